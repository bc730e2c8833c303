using System.ComponentModel;

namespace Homelab.Activities.Cloudflare;

[Activity(
    "cloudflare.purge_cache", "Purge cache", "Makes Cloudflare forget what it keeps of a zone: of some addresses, or all.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, Idempotent = true, NoUndo = "The cache fills again by itself.")]
internal sealed class PurgeCache(CloudflareClients clients) : IEffectActivity<PurgeCache.Input, PurgeCache.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        await client.PurgeAsync(input.Addresses.Count > 0 ? new { files = input.Addresses } : new { purge_everything = true }, cancellationToken);
        return new() { Purged = true };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.TargetAsync("cache", "all", cancellationToken);
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Addresses, at most 30; all when empty.")]
        public IReadOnlyList<Uri> Addresses { get; init; } = [];
    }

    internal sealed record Output
    {
        [Description("It was done.")]
        public required bool Purged { get; init; }
    }
}
