using Homelab.Engine.Storage;

namespace Homelab.Engine.Controls;

/// <summary>Opens when the last so many steps with an effect all failed; attempts of one step are one failure. Only a person closes it.</summary>
internal static class Breaker
{
    public static async Task CountAsync(DatabaseSession session, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var state = await session.QueryFirstOrDefaultAsync<ControlRow>(
            $"SELECT {Gate.Sql.Columns<ControlRow>()} FROM controls WHERE name = 'breaker'", null, cancellationToken);
        if (state is not null && state.Value != "off")
            return;
        var ended = await session.QueryAsync<Ended>(
            """
            SELECT run_id AS RunId, step_id AS StepId, result AS Result FROM authorizations
            WHERE finished_at IS NOT NULL AND result <> 'inDoubt' AND finished_at > @since ORDER BY finished_at DESC, id DESC LIMIT @take
            """,
            new { since = state?.ChangedAt ?? 0, take = Math.Min(limit, 1000) * 10 },
            cancellationToken);
        HashSet<(string, string)> failed = [];
        foreach (var one in ended)
        {
            // A step's newest attempt tells how it ended; older ones of the same step say nothing new.
            if (failed.Contains((one.RunId, one.StepId)))
                continue;
            if (one.Result is not ("failed" or "notVerified" or "rolledBack"))
                break;
            failed.Add((one.RunId, one.StepId));
        }

        if (failed.Count >= limit)
            await ControlStore.TripBreakerAsync(session, failed.Count, now, cancellationToken);
    }

    private sealed record Ended
    {
        public string RunId { get; init; } = "";

        public string StepId { get; init; } = "";

        public string Result { get; init; } = "";
    }
}
