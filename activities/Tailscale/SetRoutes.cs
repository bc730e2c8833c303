using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Tailscale;

[Activity(
    "tailscale.set_routes", "Set routes", "Approves exactly these routes of a device.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class SetRoutes(TailscaleClients clients) : IEffectActivity<SetRoutes.Input, SetRoutes.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var before = await client.RoutesAsync(input.DeviceId, cancellationToken);
        if (!Same(before, input))
            await client.SetRoutesAsync(input.DeviceId, input.Routes, cancellationToken);
        return new() { Before = before.EnabledRoutes ?? [] };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.TargetAsync(input.DeviceId, cancellationToken);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return Same(await client.RoutesAsync(input.DeviceId, cancellationToken), input) ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("tailscale.set_routes", input with { Routes = output.Before });

    private static bool Same(TailscaleClient.RouteList now, Input input) => new HashSet<string>(now.EnabledRoutes ?? []).SetEquals(input.Routes);

    internal sealed record Input : ConnectedInput
    {
        [Description("Id of the device.")]
        [RegularExpression("[A-Za-z0-9]{1,64}")]
        [Options("tailscale.devices")]
        [Example("nABC123CNTRL")]
        public required string DeviceId { get; init; }

        [Description("Routes, such as 192.0.2.0/24; none shuts all.")]
        [Example("[\"192.0.2.0/24\"]", Json = true)]
        public required IReadOnlyList<string> Routes { get; init; }
    }

    internal sealed record Output
    {
        [Description("The routes before.")]
        public required IReadOnlyList<string> Before { get; init; }
    }
}
