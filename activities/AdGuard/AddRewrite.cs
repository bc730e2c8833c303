namespace Homelab.Activities.AdGuard;

[Activity(
    "adguard.add_rewrite", "Add rewrite", "Makes it answer a name itself.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class AddRewrite(AdGuardClients clients) : IEffectActivity<RewriteInput, RewriteChange>
{
    public async Task<RewriteChange> ExecuteAsync(RewriteInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var before = (await client.RewritesAsync(cancellationToken)).Contains(new(input.Domain, input.Answer));
        if (before != true)
            await client.ChangeRewriteAsync("add", input.Domain, input.Answer, cancellationToken);
        return new() { Changed = before != true };
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
        return (await client.RewritesAsync(cancellationToken)).Contains(new(input.Domain, input.Answer)) == true ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(RewriteInput input, RewriteChange output) =>
        output.Changed ? Activities.Undo.By("adguard.delete_rewrite", input) : null;
}
