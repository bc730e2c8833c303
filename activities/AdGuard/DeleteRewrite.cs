namespace Homelab.Activities.AdGuard;

[Activity(
    "adguard.delete_rewrite", "Delete rewrite", "Makes it ask others for a name again.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class DeleteRewrite(AdGuardClients clients) : IEffectActivity<RewriteInput, RewriteChange>
{
    public async Task<RewriteChange> ExecuteAsync(RewriteInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var before = (await client.RewritesAsync(cancellationToken)).Contains(new(input.Domain, input.Answer));
        if (before != false)
            await client.ChangeRewriteAsync("delete", input.Domain, input.Answer, cancellationToken);
        return new() { Changed = before != false };
    }

    public async Task<ActivityTarget> TargetAsync(RewriteInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.RewritesAsync(cancellationToken);
        return new("name", $"adguard:{client.Name}/rewrite/{input.Domain}", input.Domain);
    }

    public async Task<Probe> ProbeAsync(RewriteInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return (await client.RewritesAsync(cancellationToken)).Contains(new(input.Domain, input.Answer)) == false ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(RewriteInput input, RewriteChange output) =>
        output.Changed ? Activities.Undo.By("adguard.add_rewrite", input) : null;
}
