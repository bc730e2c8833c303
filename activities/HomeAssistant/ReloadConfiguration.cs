using System.ComponentModel;

namespace Homelab.Activities.HomeAssistant;

[Activity(
    "homeassistant.reload_configuration", "Reload Home Assistant", "Makes Home Assistant read its core configuration again after it was found good.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 120, Idempotent = true, NoUndo = "There is nothing to take back.")]
internal sealed class ReloadConfiguration(HomeAssistantClients clients) : IEffectActivity<ReloadConfiguration.Input, ReloadConfiguration.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var check = await client.CheckAsync(cancellationToken);
        if (check.Result != "valid")
            throw new ActivityException($"The configuration of Home Assistant is not valid, so it is left alone: {check.Errors}", retryable: false);
        await client.CallAsync("homeassistant", "reload_core_config", new { }, cancellationToken);
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
