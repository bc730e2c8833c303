using Homelab.Engine.Storage;

namespace Homelab.Engine.SignIn;

/// <summary>Makes guessing passwords slow, and stays slow over a restart and on every node, because the counts are in the database.</summary>
/// <remarks>
/// Three counts: a name from one address (waits double up to 15 minutes), an address whatever the name (the same, but later), and a name from
/// anywhere (at most 30 seconds: enough to make guessing hopeless, too little to lock the owner out).
/// </remarks>
internal sealed class SlowDown(Database database)
{
    private static readonly TimeSpan Forget = TimeSpan.FromHours(24);

    private sealed record Limit(string Subject, int Free, TimeSpan Longest);

    /// <summary>How long to wait before the next try; zero when it may be tried now.</summary>
    public async Task<TimeSpan> WaitAsync(string name, string address, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var subjects = Limits(name, address).Select(limit => limit.Subject).ToArray();
        var until = await database.ReadAsync(
            session => session.QueryFirstOrDefaultAsync<long?>(
                "SELECT MAX(blocked_until) FROM sign_in_failures WHERE subject IN (@a, @b, @c)",
                new { a = subjects[0], b = subjects[1], c = subjects[2] },
                cancellationToken),
            cancellationToken) ?? 0;
        var wait = until - now.ToUnixTimeMilliseconds();
        return wait > 0 ? TimeSpan.FromMilliseconds(wait) : TimeSpan.Zero;
    }

    public Task FailedAsync(string name, string address, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            foreach (var limit in Limits(name, address))
            {
                var at = now.ToUnixTimeMilliseconds();
                // The count is raised in the statement: two guesses at the same moment are two.
                await session.ExecuteAsync(
                    """
                    INSERT INTO sign_in_failures (subject, failures, last_at, blocked_until) VALUES (@subject, 1, @at, 0)
                    ON CONFLICT (subject) DO UPDATE SET
                      failures = CASE WHEN sign_in_failures.last_at < @forget THEN 1 ELSE sign_in_failures.failures + 1 END, last_at = @at
                    """,
                    new { subject = limit.Subject, at, forget = (now - Forget).ToUnixTimeMilliseconds() },
                    cancellationToken);
                var failures = await session.QueryFirstOrDefaultAsync<int>(
                    "SELECT failures FROM sign_in_failures WHERE subject = @subject", new { subject = limit.Subject }, cancellationToken);
                await session.ExecuteAsync(
                    "UPDATE sign_in_failures SET blocked_until = @until WHERE subject = @subject",
                    new { subject = limit.Subject, until = (now + Wait(failures, limit)).ToUnixTimeMilliseconds() },
                    cancellationToken);
            }

            return 0;
        },
        cancellationToken);

    /// <summary>A right password clears the name's counts; the address keeps its own, or one known account would open the door to guessing the others.</summary>
    public Task SucceededAsync(string name, string address, CancellationToken cancellationToken) => database.WriteAsync(
        session =>
        {
            var limits = Limits(name, address);
            return session.ExecuteAsync("DELETE FROM sign_in_failures WHERE subject IN (@a, @b)", new { a = limits[0].Subject, b = limits[1].Subject }, cancellationToken);
        },
        cancellationToken);

    public Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("DELETE FROM sign_in_failures WHERE last_at < @before", new { before = (now - Forget).ToUnixTimeMilliseconds() }, cancellationToken),
        cancellationToken);

    private static Limit[] Limits(string name, string address)
    {
        // Names come from strangers: a hash keeps what they typed, perhaps a password, out of the table, and its size fixed.
        var who = Tokens.Hash(User.Normalise(name));
        return
        [
            new($"pair:{who}:{address}", 4, TimeSpan.FromMinutes(15)),
            new($"name:{who}", 10, TimeSpan.FromSeconds(30)),
            new($"address:{address}", 20, TimeSpan.FromMinutes(15)),
        ];
    }

    private static TimeSpan Wait(int failures, Limit limit)
    {
        var over = failures - limit.Free;
        return over <= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(limit.Longest.TotalSeconds, Math.Pow(2, Math.Min(over, 20))));
    }
}
