using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.UniFi;

[Activity(
    "unifi.power_cycle_port", "Power-cycle port", "Cuts and restores the power of a port of a switch, which restarts what it feeds.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, NoUndo = "What hangs on the port starts again by itself.")]
internal sealed class PowerCyclePort(UniFiClients clients) : IEffectActivity<PowerCyclePort.Input, PowerCyclePort.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        await client.PowerCycleAsync(input.DeviceId, input.Port, cancellationToken);
        return new() { Requested = true };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.TargetAsync(input.DeviceId, input.Port, cancellationToken);
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Id of the device.")]
        [RegularExpression(UniFiClient.IdPattern)]
        [Options("unifi.devices")]
        [Example("6a1e1f5c-8c0e-4c0b-9d3d-1f2e3d4c5b6a")]
        public required string DeviceId { get; init; }

        [Description("Number of the port.")]
        [Range(1, 128)]
        [Example(3)]
        public required int Port { get; init; }
    }

    internal sealed record Output
    {
        [Description("The controller took it.")]
        public required bool Requested { get; init; }
    }
}
