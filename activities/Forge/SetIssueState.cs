namespace Homelab.Activities.Forge;

/// <summary>Closes or opens again; one that is so already stays untouched.</summary>
internal abstract class SetIssueStateOn(IForgeClients clients, string state) : IEffectActivity<IssueInput, IssueState>
{
    public async Task<IssueState> ExecuteAsync(IssueInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenForgeAsync(input.Connection, context, cancellationToken);
        var before = (await client.IssueAsync(input, input.Number, cancellationToken)).State;
        if (before != state)
            await client.SetStateAsync(input, input.Number, state, cancellationToken);
        return new() { Before = before };
    }

    public Task<ActivityTarget> TargetAsync(IssueInput input, ActivityContext context, CancellationToken cancellationToken) => ForgeTarget.IssueAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(IssueInput input, ActivityContext context, CancellationToken cancellationToken) =>
        (await (await clients.OpenForgeAsync(input.Connection, context, cancellationToken)).IssueAsync(input, input.Number, cancellationToken)).State == state
            ? Probe.Happened
            : Probe.DidNotHappen;

    public abstract UndoStep? Undo(IssueInput input, IssueState output);
}
