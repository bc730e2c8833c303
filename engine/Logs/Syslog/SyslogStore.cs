using System.Globalization;
using Dapper;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Logs;

/// <summary>Lines that came by syslog, until they were looked at: in the store, so that a restart loses none and any node may look.</summary>
internal sealed class SyslogStore(Database database, TimeProvider time)
{
    /// <summary>More than these wait only where nothing looks at them; the oldest go.</summary>
    private const int MostWaiting = 200_000;

    private long _last;

    public Task AddAsync(IReadOnlyList<SyslogMessage> messages, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            foreach (var message in messages)
            {
                await session.ExecuteAsync(
                    "INSERT INTO syslog_lines (id, at, host, service, level, text) VALUES (@id, @at, @Host, @Service, @Level, @Text)",
                    new { id = NextId(), at = message.At.ToUnixTimeMilliseconds(), message.Host, message.Service, message.Level, message.Text }, cancellationToken);
            }
        },
        cancellationToken);

    /// <summary>What waits, oldest first. What an earlier look took, up to its position, is removed.</summary>
    public async Task<(IReadOnlyList<LogEntry> Entries, string Position)> TakeAsync(string position, int most, CancellationToken cancellationToken)
    {
        if (position.Length > 0)
            await database.WriteAsync(session => session.ExecuteAsync("DELETE FROM syslog_lines WHERE id <= @position", new { position }, cancellationToken), cancellationToken);
        var rows = await database.ReadAsync(
            async session => (await session.QueryAsync<Row>("SELECT id AS Id, at AS At, host AS Host, service AS Service, level AS Level, text AS Text FROM syslog_lines ORDER BY id LIMIT @most", new { most }, cancellationToken)).AsList(),
            cancellationToken);
        return (
            [.. rows.Select(row => new LogEntry(DateTimeOffset.FromUnixTimeMilliseconds(row.At), $"{row.Host}/{row.Service}", row.Level < 6 ? (int)Math.Min(row.Level, LogLevels.Of(row.Text)) : LogLevels.Of(row.Text), row.Text))],
            rows.Count > 0 ? rows[^1].Id : position);
    }

    public Task<int> TrimAsync(CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync(
            string.Create(CultureInfo.InvariantCulture, $"DELETE FROM syslog_lines WHERE id <= (SELECT id FROM syslog_lines ORDER BY id DESC LIMIT 1 OFFSET {MostWaiting})"), null, cancellationToken),
        cancellationToken);

    // In the order of arrival, also within one tick: what a look has taken is removed up to its last one.
    private string NextId()
    {
        var (last, next) = (0L, 0L);
        do
        {
            last = Interlocked.Read(ref _last);
            next = Math.Max(last + 1, time.GetUtcNow().Ticks);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);
        return next.ToString("D20", CultureInfo.InvariantCulture);
    }

    private sealed class Row
    {
        public string Id { get; set; } = "";

        public long At { get; set; }

        public string Host { get; set; } = "";

        public string Service { get; set; } = "";

        public long Level { get; set; }

        public string Text { get; set; } = "";
    }
}
