using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.HAProxy;

[Activity(
    "haproxy.set_server_state", "Set server state", "Drains a server (no new sessions), takes it out for maintenance, or lets it work again; until HAProxy starts anew.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class SetServerState(HAProxyClients clients) : IEffectActivity<SetServerState.Input, SetServerState.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await client.ServerAsync(input.Backend, input.Server, cancellationToken);
        var others = (await client.RowsAsync(cancellationToken)).Count(row => row.IsServer && row.Proxy == input.Backend && row.Name != input.Server && row.Works);
        if (input.State != "ready" && !input.EvenTheLast && others == 0)
            throw new ActivityException($"No other server of backend '{input.Backend}' is up; without '{input.Server}' it would serve nobody. Set evenTheLast to do it all the same.", retryable: false);
        await client.ChangeAsync($"set server {input.Backend}/{input.Server} state {input.State}", cancellationToken);
        var after = await client.ServerAsync(input.Backend, input.Server, cancellationToken);
        return new() { Before = before.AdminState, After = after.AdminState, Status = after.Status, Sessions = after.Number("scur") };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.ServerAsync(input.Backend, input.Server, cancellationToken);
        return client.Target(input.Backend, input.Server);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return (await client.ServerAsync(input.Backend, input.Server, cancellationToken)).AdminState == input.State ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("haproxy.set_server_state", input with { State = output.Before, EvenTheLast = true });

    internal sealed record Input : ServerInput
    {
        [Description("drain, maint or ready.")]
        [AllowedValues("drain", "maint", "ready")]
        [Example("drain")]
        public required string State { get; init; }

        [Description("Also when no other server of the backend is up.")]
        public bool EvenTheLast { get; init; }
    }

    internal sealed record Output
    {
        [Description("What it was: ready, drain or maint.")]
        public required string Before { get; init; }

        [Description("What it is.")]
        public required string After { get; init; }

        [Description("Its status with its checks: UP, DOWN, DRAIN, MAINT.")]
        public required string Status { get; init; }

        [Description("Sessions it still has.")]
        public required long Sessions { get; init; }
    }
}
