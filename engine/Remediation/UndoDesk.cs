using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Remediation;

/// <summary>
/// Takes changes back: the stored undo step becomes a plan of its own, carried out by a durable run through the gate. The same change is taken back once: whoever asks again gets the
/// same run, until that one has failed.
/// </summary>
internal sealed class UndoDesk(Database database, ChangeLog changes, PlanDesk plans, Dispatch.Runs runs, TimeProvider time)
{
    /// <param name="isPerson">Whether a person asked: who asks to take back one certain change has approved it, as far as the preferences let that person.</param>
    public Task<UndoResult> UndoAsync(string changeId, string by, bool isPerson, bool dryRun, CancellationToken cancellationToken) =>
        UndoAsync(changeId, by, isPerson, wayBack: false, dryRun, cancellationToken);

    private async Task<UndoResult> UndoAsync(string changeId, string by, bool isPerson, bool wayBack, bool dryRun, CancellationToken cancellationToken)
    {
        if (await changes.FindAsync(changeId, cancellationToken) is not { } change)
            return new UndoResult.Unknown();
        if (await WhyNotAsync(change, cancellationToken) is { } reason)
            return new UndoResult.Refused(change.Id, reason);

        // One try has one name: two who ask at once get one run. A try that failed makes the next one another.
        var attempt = change.UndoneBy is { } failed ? $"-{failed[^8..]}" : "";
        var id = dryRun ? $"undo-{change.Id}-dry-{Guid.CreateVersion7(time.GetUtcNow()):N}" : $"undo-{change.Id}{attempt}";
        var title = $"Undo {change.ActivityId} on {change.TargetName}";
        var request = new PlanStepRequest(change.UndoActivity!, JsonNode.Parse(change.UndoInput!)!.AsObject()); // WhyNotAsync has seen that both are there
        return await plans.SubmitUndoAsync(id, title, request, change, by, isPerson, wayBack, dryRun, cancellationToken) switch
        {
            PlanResult.Started started => await ClaimedAsync(change, started, by, dryRun, cancellationToken),
            PlanResult.Invalid invalid => new UndoResult.Refused(change.Id, string.Join(" ", invalid.Faults.Select(fault => fault.Rule))),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    public async Task<UndoResult> UndoLastAsync(string by, bool isPerson, bool dryRun, CancellationToken cancellationToken) =>
        await changes.LastUndoableAsync(cancellationToken) is { } last
            ? await UndoAsync(last.Id, by, isPerson, dryRun, cancellationToken)
            : new UndoResult.Nothing();

    /// <summary>One look at taking back a run's steps, newest first: begins the next one, or says that it is not over yet.</summary>
    public async Task<JsonNode?> UndoStepsAsync(PlanOutcome outcome, JsonElement input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (context.DryRun)
            return Answer(finished: true, succeeded: true, "");
        foreach (var change in (await outcome.ActionsAsync(PlanOutcome.Text(input, "plan"), context.RunId, cancellationToken)).Reverse())
        {
            switch (change.Result)
            {
                case "failed":
                    continue;
                case "started" or "inDoubt":
                    return Answer(finished: true, succeeded: false, $"Whether {change.ActivityId} on {change.TargetName} happened is not known.");
            }

            if (change.UndoneBy is { } undoing)
            {
                var state = await StateOfAsync(undoing, change.Id, cancellationToken);
                if (state == UndoState.Done)
                    continue;
                return state == UndoState.Running
                    ? Answer(finished: false, succeeded: false, "")
                    : Answer(finished: true, succeeded: false, $"Taking back {change.ActivityId} on {change.TargetName} failed (run {undoing}).");
            }

            if (await UndoAsync(change.Id, "plan", isPerson: false, wayBack: true, dryRun: false, cancellationToken) is UndoResult.Refused refused)
                return Answer(finished: true, succeeded: false, refused.Reason);
            return Answer(finished: false, succeeded: false, "");
        }

        return Answer(finished: true, succeeded: true, "");
    }

    private static JsonObject Answer(bool finished, bool succeeded, string message) => new() { ["finished"] = finished, ["succeeded"] = succeeded, ["message"] = message };

    private async Task<UndoResult> ClaimedAsync(AuthorizationRow change, PlanResult.Started started, string by, bool dryRun, CancellationToken cancellationToken)
    {
        if (!dryRun)
            await changes.ClaimUndoAsync(change.Id, started.Run.Value, by, change.UndoneBy, cancellationToken);
        return new UndoResult.Started(change.Id, started.Run, started.PlanId);
    }

    private async Task<string?> WhyNotAsync(AuthorizationRow change, CancellationToken cancellationToken)
    {
        switch (change.Result)
        {
            case "started":
                return "It is still being done. Wait until it ended.";
            case "failed":
                return "It failed, so there is nothing to take back.";
            case "inDoubt":
                return "Whether it happened is not known. Look at the target, and change it by hand where needed.";
            case "rolledBack":
                return "It was rolled back already.";
        }

        if (change.UndoneBy is { } run)
        {
            switch (await StateOfAsync(run, change.Id, cancellationToken))
            {
                case UndoState.Done:
                    return $"It was taken back already, by run {run}.";
                case UndoState.Running:
                    return $"It is being taken back, by run {run}.";
            }
        }

        if (change.UndoActivity is null || change.UndoInput is null)
            return $"It cannot be taken back: {change.NoUndoReason ?? $"{change.ActivityId} gave no step that undoes it."}";
        return await LaterAsync(change, cancellationToken) is { } later
            ? $"{change.TargetName} was changed since: {later.ActivityId} at {DateTimeOffset.FromUnixTimeMilliseconds(later.UsedAt ?? later.IssuedAt):yyyy-MM-dd HH:mm} (change {later.Id}). Take that back first."
            : null;
    }

    private async Task<UndoState> StateOfAsync(string run, string changeId, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(new RunId(run), cancellationToken) is { Status: not RunStatus.Finished })
            return UndoState.Running;
        var done = await database.ReadAsync(
            session => session.ScalarAsync<long>("SELECT COUNT(*) FROM changes WHERE run_id = @run AND undo_of = @changeId AND result IN ('succeeded', 'notVerified')", new { run, changeId }, cancellationToken),
            cancellationToken);
        return done > 0 ? UndoState.Done : UndoState.Failed;
    }

    /// <summary>What we know to have changed the target after it and still stands.</summary>
    private Task<AuthorizationRow?> LaterAsync(AuthorizationRow change, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<AuthorizationRow>(
            $"""
            SELECT {Sql.Columns<AuthorizationRow>()} FROM changes
            WHERE target_id = @TargetId AND id <> @Id AND used_at >= @UsedAt AND (used_at > @UsedAt OR id > @Id) AND undo_of IS NULL AND {ChangeLog.Stands}
              AND result IN ('started', 'succeeded', 'inDoubt', 'notVerified')
            ORDER BY used_at DESC, id DESC LIMIT 1
            """,
            change, cancellationToken),
        cancellationToken);

    private enum UndoState
    {
        Running,
        Done,
        Failed,
    }
}

internal abstract record UndoResult
{
    private UndoResult()
    {
    }

    public sealed record Started(string ChangeId, RunId Run, string PlanId) : UndoResult;

    public sealed record Refused(string ChangeId, string Reason) : UndoResult;

    public sealed record Unknown : UndoResult;

    /// <summary>No change stands that could be taken back.</summary>
    public sealed record Nothing : UndoResult;
}
