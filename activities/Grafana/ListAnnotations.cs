using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Grafana;

[Activity("grafana.list_annotations", "List annotations", "Lists the annotations of the last minutes, of all or of those with tags.")]
internal sealed class ListAnnotations(GrafanaClients clients) : IActivity<ListAnnotations.Input, ListAnnotations.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var now = context.Time.GetUtcNow();
        var annotations = await client.AnnotationsAsync(now.AddMinutes(-input.Minutes), now, input.Tags, 1000, cancellationToken);
        return new() { Annotations = [.. annotations.Select(one => new Entry(one.Id, one.Text ?? "", one.Tags ?? [], DateTimeOffset.FromUnixTimeMilliseconds(one.Time), one.DashboardUID))] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Length of the time looked at.")]
        [Range(1, 525_600)]
        public int Minutes { get; init; } = 1440;

        [Description("Tags that all must be there.")]
        public IReadOnlyList<string> Tags { get; init; } = [];
    }

    internal sealed record Output
    {
        [Description("Annotations.")]
        public required IReadOnlyList<Entry> Annotations { get; init; }
    }

    internal sealed record Entry(long Id, string Text, IReadOnlyList<string> Tags, DateTimeOffset Time, string? DashboardUid);
}
