using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Notify;

namespace Homelab.Activities.Discord;

[Activity("discord.send_message", "Send message", "Sends a message to a channel by its webhook; it calls nobody.", Sends = true)]
internal sealed class SendMessage(DiscordClients clients, MessagePacer pacer) : IActivity<SendMessage.Input, SendMessage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new()
        {
            MessageId = await pacer.SendAsync(
                new($"Discord '{client.Name}' as {input.Sender}", client.MessagesPerMinute, MessageInput.Fit(input.Text(), 2000), 2000),
                context, (text, ends) => client.SendAsync(text, input.Sender, ends), cancellationToken),
        };
    }

    internal sealed record Input : MessageInput
    {
        [Description("Name shown as sender.")]
        [StringLength(80, MinimumLength = 1)]
        public string? Sender { get; init; }
    }

    internal sealed record Output
    {
        [Description("Id of the message, where the service gives one.")]
        public string? MessageId { get; init; }
    }
}
