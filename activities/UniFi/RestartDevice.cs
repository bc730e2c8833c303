using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.UniFi;

[Activity(
    "unifi.restart_device", "Restart device", "Restarts a switch, access point or gateway.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.High, NoUndo = "A restart leaves nothing to take back.")]
internal sealed class RestartDevice(UniFiClients clients) : IEffectActivity<RestartDevice.Input, RestartDevice.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        await client.RestartAsync(input.DeviceId, cancellationToken);
        return new() { Requested = true };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.TargetAsync(input.DeviceId, null, cancellationToken);
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
    }

    internal sealed record Output
    {
        [Description("The controller took it.")]
        public required bool Requested { get; init; }
    }
}
