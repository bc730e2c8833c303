namespace Homelab.Activities.Postgres;

/// <summary>Sessions of a server as targets.</summary>
internal static class Sessions
{
    public static async Task<ActivityTarget> TargetAsync(PostgresClients clients, SessionInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var found = await client.ReadAsync(
            "SELECT coalesce(datname, ''), coalesce(usename, ''), backend_start FROM pg_stat_activity WHERE pid = @pid AND backend_type = 'client backend'",
            row => (Database: row.GetString(0), User: row.GetString(1), Start: new DateTimeOffset(row.GetDateTime(2))), cancellationToken, ("pid", input.Pid));
        if (found.Count == 0)
            throw new ActivityException($"PostgreSQL '{client.Name}' has no session {input.Pid}.", retryable: false);
        // Stored times lose what is below a millisecond.
        if (input.BackendStart is { } start && (found[0].Start - start).Duration() > TimeSpan.FromSeconds(1))
            throw new ActivityException($"Session {input.Pid} of PostgreSQL '{client.Name}' is another one than the one meant: it began at {found[0].Start:O}.", retryable: false);
        return new("session", $"postgres:{client.Name}/session/{input.Pid}", $"{input.Pid} ({found[0].User}@{found[0].Database})");
    }

    public static async Task<SessionOutput> SignalAsync(
        PostgresClients clients, SessionInput input, string function, ActivityContext context, CancellationToken cancellationToken)
    {
        await TargetAsync(clients, input, context, cancellationToken);
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new() { Signalled = (bool)(await client.ChangeAsync($"SELECT {function}(@pid)", cancellationToken, null, ("pid", input.Pid)))! };
    }
}
