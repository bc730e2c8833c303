using Dapper;
using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Engine.Incidents;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Playbooks;

/// <summary>Did it work? What people answer is counted with what looking said: a no overturns it, a yes counts once more.</summary>
internal sealed class FeedbackDesk(Database database, IncidentStore incidents, TimeProvider time)
{
    /// <summary>False where there is no such incident.</summary>
    public async Task<bool> SayAsync(string incidentId, string person, bool worked, string? comment, CancellationToken cancellationToken)
    {
        if (await incidents.FindAsync(incidentId, cancellationToken) is null)
            return false;
        var now = time.GetUtcNow();
        await database.WriteAsync(
            async session =>
            {
                await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
                await session.ExecuteAsync(
                    """
                    INSERT INTO incident_feedback (incident_id, person, worked, comment, at) VALUES (@incidentId, @person, @said, @comment, @at)
                    ON CONFLICT (incident_id, person) DO UPDATE SET worked = @said, comment = @comment, at = @at
                    """,
                    new { incidentId, person, said = worked ? 1 : 0, comment, at = now.ToUnixTimeMilliseconds() }, cancellationToken);
                await IncidentLog.AppendAsync(
                    session, now, incidentId, "feedback", $"{person} says that it {(worked ? "worked" : "did not work")}.{(string.IsNullOrWhiteSpace(comment) ? "" : $" {comment.Trim()}")}", null, person, cancellationToken);
                await AuditTrail.AppendAsync(session, now, person, "feedback", incidentId, new { worked }, cancellationToken);
            },
            cancellationToken);
        return true;
    }

    /// <summary>Oldest first.</summary>
    public Task<IReadOnlyList<FeedbackRow>> OfAsync(string incidentId, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<FeedbackRow>>(
        async session => (await session.QueryAsync<FeedbackRow>(
            $"SELECT {Sql.Columns<FeedbackRow>()} FROM incident_feedback WHERE incident_id = @incidentId ORDER BY at, person", new { incidentId }, cancellationToken)).AsList(),
        cancellationToken);
}

internal sealed record FeedbackRow
{
    public string Person { get; init; } = "";

    public long Worked { get; init; }

    public string? Comment { get; init; }

    public long At { get; init; }
}
