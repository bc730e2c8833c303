using System.ComponentModel;

namespace Homelab.Activities.HomeAssistant;

[Activity(
    "homeassistant.restart_server", "Restart Home Assistant", "Restarts Home Assistant after its configuration was found good.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 120, Idempotent = true, NoUndo = "There is nothing to take back.")]
internal sealed class RestartServer(HomeAssistantClients clients) : IEffectActivity<RestartServer.Input, RestartServer.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var check = await client.CheckAsync(cancellationToken);
        if (check.Result != "valid")
            throw new ActivityException($"The configuration of Home Assistant is not valid, so it is left alone: {check.Errors}", retryable: false);
        await client.CallAsync("homeassistant", "restart", new { }, cancellationToken);
        return new() { Requested = true };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        await client.VersionAsync(cancellationToken);
        return new("service", $"homeassistant:{client.Name}/service/core", $"Home Assistant {client.Name}");
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Home Assistant took the request.")]
        public required bool Requested { get; init; }
    }
}
