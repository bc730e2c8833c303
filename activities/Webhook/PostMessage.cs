using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Notify;

namespace Homelab.Activities.Webhook;

[Activity("webhook.post_message", "Post message", "Posts a text or JSON to the address of the connection.", Sends = true)]
internal sealed class PostMessage(WebhookClients clients, MessagePacer pacer) : IActivity<PostMessage.Input, PostMessage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        await pacer.SendAsync(
            // Two of JSON are not one.
            new($"Webhook '{client.Name}'{input.MediaType}", client.MessagesPerMinute, input.Text(), 100_000, Joins: input.MediaType == "text/plain"),
            context,
            async (text, ends) =>
            {
                await client.PostAsync(text, input.MediaType, ends);
                return null;
            },
            cancellationToken);
        return new();
    }

    internal sealed record Input : MessageInput
    {
        [Description("Media type of the text.")]
        [AllowedValues("text/plain", "application/json")]
        public string MediaType { get; init; } = "text/plain";
    }

    internal sealed record Output
    {
        [Description("Id of the message, where the service gives one.")]
        public string? MessageId { get; init; }
    }
}
