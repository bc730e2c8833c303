using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Notify;

namespace Homelab.Activities.Telegram;

[Activity("telegram.send_message", "Send message", "Sends a message to a chat.")]
internal sealed class SendMessage(TelegramClients clients) : IActivity<SendMessage.Input, SendMessage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var id = await client.SendAsync(input.Chat, input.Text() is { Length: <= 4096 } text ? text : input.Text()[..4093] + "...", input.Format, input.Silent, cancellationToken);
        return new() { MessageId = id.ToString(System.Globalization.CultureInfo.InvariantCulture) };
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
