using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Notify;

namespace Homelab.Activities.Discord;

[Activity("discord.send_message", "Send message", "Sends a message to a channel by its webhook; it calls nobody.")]
internal sealed class SendMessage(DiscordClients clients) : IActivity<SendMessage.Input, SendMessage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new() { MessageId = await client.SendAsync(input.Text() is { Length: <= 2000 } text ? text : input.Text()[..1997] + "...", input.Sender, cancellationToken) };
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
