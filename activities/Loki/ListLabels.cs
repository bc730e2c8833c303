using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Loki;

[Activity("loki.list_labels", "List labels", "Lists the labels that logs have, or the values of one.")]
internal sealed class ListLabels(LokiClients clients) : IActivity<ListLabels.Input, ListLabels.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new() { Labels = await client.LabelsAsync(input.Label, cancellationToken) };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Label whose values are listed.")]
        [RegularExpression("[A-Za-z_][A-Za-z0-9_]*")]
        public string? Label { get; init; }
    }

    internal sealed record Output
    {
        [Description("Labels or values.")]
        public required IReadOnlyList<string> Labels { get; init; }
    }
}
