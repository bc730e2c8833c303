using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

internal record GuestInput : ConnectedInput
{
    [Description("Number of the guest.")]
    [Range(100, 999_999_999)]
    [Options("proxmox.guests")]
    [Example(101)]
    public required int Vmid { get; init; }
}

internal record SnapshotInput : GuestInput
{
    public const string Pattern = "[A-Za-z][A-Za-z0-9_-]{1,39}";

    [Description("Name of the snapshot.")]
    [RegularExpression(Pattern)]
    [Example("before")]
    public required string Snapshot { get; init; }
}

internal sealed record GuestChange
{
    [Description("State before: running, stopped.")]
    public required string Before { get; init; }

    [Description("State after.")]
    public required string After { get; init; }

    [Description("Id of the task that did it; empty where nothing was to be done.")]
    public string? Task { get; init; }
}

internal sealed record TaskDone
{
    [Description("Id of the task that did it; empty where it was done at once.")]
    public string? Task { get; init; }
}

/// <summary>What every verb on a guest has in common: the guest is found wherever in the cluster it runs.</summary>
internal abstract class GuestVerb<TInput, TOutput>(ProxmoxClients clients) : IEffectActivity<TInput, TOutput>
    where TInput : GuestInput
    where TOutput : class
{
    public async Task<TOutput> ExecuteAsync(TInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await DoAsync(client, await client.GuestAsync(input.Vmid, cancellationToken), input, context, cancellationToken);
    }

    public async Task<ActivityTarget> TargetAsync(TInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return client.Target(await client.GuestAsync(input.Vmid, cancellationToken));
    }

    public async Task<Probe> ProbeAsync(TInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await ProbeAsync(client, await client.GuestAsync(input.Vmid, cancellationToken), input, context, cancellationToken);
    }

    public virtual UndoStep? Undo(TInput input, TOutput output) => null;

    protected abstract Task<TOutput> DoAsync(ProxmoxClient client, ProxmoxClient.GuestEntry guest, TInput input, ActivityContext context, CancellationToken cancellationToken);

    protected abstract Task<Probe> ProbeAsync(ProxmoxClient client, ProxmoxClient.GuestEntry guest, TInput input, ActivityContext context, CancellationToken cancellationToken);

    protected static Probe When(bool happened) => happened ? Probe.Happened : Probe.DidNotHappen;
}

/// <summary>Start, stop, shut down: nothing is sent to a guest that is so already.</summary>
internal abstract class GuestPower<TInput>(ProxmoxClients clients, string verb, string wanted) : GuestVerb<TInput, GuestChange>(clients)
    where TInput : GuestInput
{
    protected override async Task<GuestChange> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, TInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var before = (await client.StateAsync(guest, cancellationToken)).Status ?? "";
        if (before == wanted)
            return new() { Before = before, After = before };
        var task = await client.ChangeAsync(HttpMethod.Post, $"{guest.Path}/status/{verb}", cancellationToken, Fields(input));
        return new() { Before = before, After = (await client.StateAsync(guest, cancellationToken)).Status ?? "", Task = task };
    }

    protected override async Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, TInput input, ActivityContext context, CancellationToken cancellationToken) =>
        When((await client.StateAsync(guest, cancellationToken)).Status == wanted);

    protected virtual IEnumerable<(string Name, object? Value)> Fields(TInput input) => [];
}
