using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Tailscale;

[Activity(
    "tailscale.authorize_device", "Authorize device", "Lets a device into the tailnet, or shuts it out.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, DataRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class AuthorizeDevice(TailscaleClients clients) : IEffectActivity<AuthorizeDevice.Input, AuthorizeDevice.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var before = (await client.DeviceAsync(input.DeviceId, cancellationToken)).Authorized;
        if (before != input.Authorized)
            await client.SetAuthorizedAsync(input.DeviceId, input.Authorized, cancellationToken);
        return new() { Before = before };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.TargetAsync(input.DeviceId, cancellationToken);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return (await client.DeviceAsync(input.DeviceId, cancellationToken)).Authorized == input.Authorized ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) =>
        output.Before == input.Authorized ? null : Activities.Undo.By("tailscale.authorize_device", input with { Authorized = output.Before });

    internal sealed record Input : ConnectedInput
    {
        [Description("Id of the device.")]
        [RegularExpression("[A-Za-z0-9]{1,64}")]
        [Options("tailscale.devices")]
        [Example("nABC123CNTRL")]
        public required string DeviceId { get; init; }

        [Description("In or out.")]
        public bool Authorized { get; init; } = true;
    }

    internal sealed record Output
    {
        [Description("What it was.")]
        public required bool Before { get; init; }
    }
}
