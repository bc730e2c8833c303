using System.ComponentModel;

namespace Homelab.Activities.Prometheus;

[Activity(
    "prometheus.reload_configuration", "Reload Prometheus", "Makes Prometheus read its configuration and rules again; a bad file is refused by it and the old one stays.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, Idempotent = true, NoUndo = "Restore the files and reload again.")]
internal sealed class ReloadConfiguration(PrometheusClients clients) : IEffectActivity<ReloadConfiguration.Input, ReloadConfiguration.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.ReloadAsync(cancellationToken);
        return new() { Reloaded = true };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        PrometheusTarget.ResolveAsync(clients, input.Connection, cancellationToken);

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Prometheus took the files.")]
        public required bool Reloaded { get; init; }
    }
}

internal static class PrometheusTarget
{
    public static async Task<ActivityTarget> ResolveAsync(PrometheusClients clients, string connection, CancellationToken cancellationToken)
    {
        var name = (await clients.OptionsAsync(connection, cancellationToken)).Name;
        return new("service", $"prometheus:{name}/service/prometheus", $"Prometheus {name}");
    }
}
