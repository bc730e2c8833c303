using Dapper;
using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Notifications;

/// <summary>
/// Did a run help? For one that was for an incident the answer is the incident's. For any other a person's no is stronger than what a look said: its changes count as not verified,
/// and confidence learns from it.
/// </summary>
internal sealed class RunFeedback(Database database, ChangeLog changes, FeedbackDesk incidents, TimeProvider time)
{
    /// <summary>The first answer of each person counts; false when this person had answered.</summary>
    public async Task<bool> AnswerAsync(string runId, string by, bool helped, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var isFirst = await database.WriteAsync(
            async session =>
            {
                await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
                if (await session.ExecuteAsync(
                    "INSERT INTO feedback (run_id, answered_by, helped, at) VALUES (@runId, @by, @helped, @at) ON CONFLICT (run_id, answered_by) DO NOTHING",
                    new { runId, by, helped = helped ? 1 : 0, at = now.ToUnixTimeMilliseconds() }, cancellationToken) == 0)
                    return false;
                await AuditTrail.AppendAsync(session, now, by, helped ? "feedback.helped" : "feedback.notHelped", runId, new { }, cancellationToken);
                return true;
            },
            cancellationToken);
        if (!isFirst)
            return false;
        var cause = await database.ReadAsync(session => session.ScalarAsync<string?>("SELECT MAX(cause) FROM authorizations WHERE run_id = @runId", new { runId }, cancellationToken), cancellationToken);
        if (cause is not null && await incidents.SayAsync(cause, by, helped, null, cancellationToken) || helped)
            return true;

        foreach (var id in await database.ReadAsync(
            async session => (await session.QueryAsync<string>("SELECT id FROM changes WHERE run_id = @runId AND result = 'succeeded' AND undo_of IS NULL", new { runId }, cancellationToken)).AsList(),
            cancellationToken))
            await changes.JudgeAsync(id, "notVerified", $"{by} says that it did not help.", cancellationToken);
        return true;
    }
}
