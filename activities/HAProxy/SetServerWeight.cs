using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.HAProxy;

[Activity(
    "haproxy.set_server_weight", "Set server weight", "Changes how many of the requests a server gets; until HAProxy starts anew.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class SetServerWeight(HAProxyClients clients) : IEffectActivity<SetServerWeight.Input, SetServerWeight.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await WeightAsync(client, input, cancellationToken);
        await client.ChangeAsync($"set server {input.Backend}/{input.Server} weight {input.Weight.ToString(CultureInfo.InvariantCulture)}", cancellationToken);
        return new() { Before = before, After = await WeightAsync(client, input, cancellationToken) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.ServerAsync(input.Backend, input.Server, cancellationToken);
        return client.Target(input.Backend, input.Server);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await WeightAsync(await clients.OpenAsync(input.Connection, context, cancellationToken), input, cancellationToken) == input.Weight ? Probe.Happened : Probe.DidNotHappen;

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("haproxy.set_server_weight", input with { Weight = output.Before });

    /// <summary>What was set, which draining does not change.</summary>
    private static async Task<int> WeightAsync(HAProxyClient client, Input input, CancellationToken cancellationToken) =>
        (int)(await client.ServerAsync(input.Backend, input.Server, cancellationToken)).Number("uweight");

    internal sealed record Input : ServerInput
    {
        [Description("0 (none) to 256.")]
        [Range(0, 256)]
        [Example(50)]
        public required int Weight { get; init; }
    }

    internal sealed record Output
    {
        [Description("What it was.")]
        public required int Before { get; init; }

        [Description("What it is.")]
        public required int After { get; init; }
    }
}
