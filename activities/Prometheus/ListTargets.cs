using System.ComponentModel;

namespace Homelab.Activities.Prometheus;

[Activity("prometheus.list_targets", "List targets", "Lists what Prometheus scrapes and whether that works.")]
internal sealed class ListTargets(PrometheusClients clients) : IActivity<ListTargets.Input, ListTargets.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var data = await client.TargetsAsync(cancellationToken);
        var targets = data.ActiveTargets.Select(target => new Target(
            target.Labels.GetValueOrDefault("job", ""), target.Labels.GetValueOrDefault("instance", ""), target.Health, target.LastError, target.LastScrape, target.Labels)).ToList();
        return new() { Targets = targets, Down = targets.Count(target => target.Health == "down") };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Active targets.")]
        public required IReadOnlyList<Target> Targets { get; init; }

        [Description("How many of them are down.")]
        public required int Down { get; init; }
    }

    internal sealed record Target(string Job, string Instance, string Health, string? LastError, DateTimeOffset LastScrape, IReadOnlyDictionary<string, string> Labels);
}
