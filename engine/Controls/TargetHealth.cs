using Homelab.Engine.Storage;

namespace Homelab.Engine.Controls;

/// <summary>What is known to be down. Whoever watches says so; what hangs on it is left alone meanwhile.</summary>
internal sealed class TargetHealth(Database database, TimeProvider time)
{
    public Task SetDownAsync(string name, string by, CancellationToken cancellationToken) =>
        database.WriteAsync(session => SetDownAsync(session, name, by, time.GetUtcNow(), cancellationToken), cancellationToken);

    public Task SetUpAsync(string name, CancellationToken cancellationToken) =>
        database.WriteAsync(session => session.ExecuteAsync("DELETE FROM target_health WHERE name = @name", new { name }, cancellationToken), cancellationToken);

    /// <summary>Down as long as whoever says so does not take it back; a person's word stands.</summary>
    public static Task SetDownAsync(DatabaseSession session, string name, string by, DateTimeOffset since, CancellationToken cancellationToken) => session.ExecuteAsync(
        "INSERT INTO target_health (name, since, reported_by) VALUES (@name, @since, @by) ON CONFLICT (name) DO NOTHING",
        new { name, since = since.ToUnixTimeMilliseconds(), by }, cancellationToken);

    /// <summary>All that was said to be down by that one.</summary>
    public static Task SetUpByAsync(DatabaseSession session, string by, CancellationToken cancellationToken) =>
        session.ExecuteAsync("DELETE FROM target_health WHERE reported_by = @by", new { by }, cancellationToken);

    public async Task<IReadOnlyList<string>> DownAsync(CancellationToken cancellationToken) => await database.ReadAsync(
        async session => (await session.QueryAsync<string>("SELECT name FROM target_health ORDER BY name", null, cancellationToken)).ToList(), cancellationToken);
}
