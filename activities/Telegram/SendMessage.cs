using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Notify;

namespace Homelab.Activities.Telegram;

[Activity("telegram.send_message", "Send message", "Sends a message to a chat.", Sends = true)]
internal sealed class SendMessage(TelegramClients clients, MessagePacer pacer) : IActivity<SendMessage.Input, SendMessage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var chat = client.Chat(input.Chat);
        var id = await pacer.SendAsync(
            // Texts of one format only, and loud ones not below silent ones.
            new($"Telegram '{client.Name}' chat {chat}{input.Format}{(input.Silent ? " silent" : "")}", client.MessagesPerMinute, MessageInput.Fit(input.Text(), 4096), 4096),
            context, async (text, ends) => (await client.SendAsync(chat, text, input.Format, input.Silent, ends)).ToString(System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
        return new() { MessageId = id };
    }

    internal sealed record Input : MessageInput
    {
        [Description("Id of the chat or @name of a channel; the connection's when empty.")]
        [RegularExpression("(-?[0-9]{1,20}|@[A-Za-z0-9_]{4,40})")]
        [Example("42")]
        public string? Chat { get; init; }

        [Description("HTML or MarkdownV2; plain text when empty.")]
        [AllowedValues(null, "HTML", "MarkdownV2")]
        public string? Format { get; init; }

        [Description("Without a sound.")]
        public bool Silent { get; init; }
    }

    internal sealed record Output
    {
        [Description("Id of the message, where the service gives one.")]
        public string? MessageId { get; init; }
    }
}
