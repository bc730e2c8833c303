using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Notify;

namespace Homelab.Activities.Ntfy;

[Activity("ntfy.publish_message", "Publish message", "Publishes a message on a topic.", Sends = true)]
internal sealed class PublishMessage(NtfyClients clients, MessagePacer pacer) : IActivity<PublishMessage.Input, PublishMessage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new()
        {
            MessageId = await pacer.SendAsync(
                // 4 KB is what a server of ntfy shows as text.
                new($"Ntfy '{client.Name}' {input.Topic} {input.Title} {input.Priority} {string.Join(',', input.Tags)} {input.Link}", client.MessagesPerMinute, input.Text(), 4096),
                context, (text, ends) => client.PublishAsync(input.Topic, text, input.Title, input.Priority, input.Tags, input.Link?.AbsoluteUri, ends), cancellationToken),
        };
    }

    internal sealed record Input : MessageInput
    {
        [Description("The topic; the connection's when empty.")]
        [RegularExpression("[A-Za-z0-9_-]{1,64}")]
        public string? Topic { get; init; }

        [Description("Title.")]
        [StringLength(250, MinimumLength = 1)]
        public string? Title { get; init; }

        [Description("1 (least) to 5 (most).")]
        [Range(1, 5)]
        public int Priority { get; init; } = 3;

        [Description("Tags; names of emoji are shown as such.")]
        public IReadOnlyList<string> Tags { get; init; } = [];

        [Description("Address to open by a touch.")]
        public Uri? Link { get; init; }
    }

    internal sealed record Output
    {
        [Description("Id of the message, where the service gives one.")]
        public string? MessageId { get; init; }
    }
}
