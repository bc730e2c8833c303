using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Findings;

/// <summary>Findings: one row a cause. Reported again it is counted on, and opened again where it was closed.</summary>
internal sealed class FindingStore(Database database, TimeProvider time)
{
    private const int KeptEvidence = 10;

    /// <returns>The finding, and whether people do not know it yet: it is new, or came back.</returns>
    public Task<(Finding Finding, bool IsNew)> ReportAsync(NewFinding found, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            var now = time.GetUtcNow().ToUnixTimeMilliseconds();
            var fingerprint = FingerprintOf(found.Area, found.Key);
            var known = await session.QueryFirstOrDefaultAsync<FindingRow>($"SELECT {Gate.Sql.Columns<FindingRow>()} FROM findings WHERE fingerprint = @fingerprint", new { fingerprint }, cancellationToken);
            var isNew = known is null || known.State == "closed";
            var row = new FindingRow
            {
                Id = known?.Id ?? Guid.CreateVersion7(time.GetUtcNow()).ToString("N"),
                Fingerprint = fingerprint,
                Area = found.Area,
                Class = found.Class,
                Severity = found.Severity,
                Level = found.Level,
                Title = Short(found.Title, 200),
                Text = Short(found.Text, 4000),
                Service = found.Service,
                Source = found.Source,
                Evidence = JsonSerializer.Serialize(found.Evidence.Concat(known is null ? [] : JsonSerializer.Deserialize<string[]>(known.Evidence) ?? []).Distinct().Take(KeptEvidence).Select(line => Short(line, 500))),
                Occurrences = (known?.Occurrences ?? 0) + found.Occurrences,
                State = "open",
                FirstAt = known?.FirstAt ?? now,
                LastAt = now,
                Issue = isNew ? null : known!.Issue,
                IssueUrl = isNew ? null : known!.IssueUrl,
                ToldAt = isNew || (found.Severity == "critical" && known!.Severity != "critical") ? null : known!.ToldAt,
            };
            await session.ExecuteAsync(
                known is null
                    ? Gate.Sql.Insert<FindingRow>("findings")
                    : """
                    UPDATE findings SET class = @Class, severity = @Severity, level = @Level, title = @Title, text = @Text, evidence = @Evidence, occurrences = @Occurrences, state = @State,
                        last_at = @LastAt, issue = @Issue, issue_url = @IssueUrl, told_at = @ToldAt WHERE id = @Id
                    """,
                row, cancellationToken);
            return (Finding.Of(row), isNew);
        },
        cancellationToken);

    public async Task<ListPage<FindingRow>> ListAsync(FindingFilter filter, int skip, int take, CancellationToken cancellationToken)
    {
        var (where, parameters) = filter.Sql();
        parameters.Add("skip", skip);
        parameters.Add("take", take);
        return await database.ReadAsync(
            async session => new ListPage<FindingRow>(
                (await session.QueryAsync<FindingRow>($"SELECT {Gate.Sql.Columns<FindingRow>()} FROM findings {where} ORDER BY last_at DESC, id DESC LIMIT @take OFFSET @skip", parameters, cancellationToken)).AsList(),
                await session.ScalarAsync<long>($"SELECT COUNT(*) FROM findings {where}", parameters, cancellationToken)),
            cancellationToken);
    }

    public Task<FindingRow?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<FindingRow>($"SELECT {Gate.Sql.Columns<FindingRow>()} FROM findings WHERE id = @id", new { id }, cancellationToken), cancellationToken);

    /// <summary>Open, of one area, and without an issue: the most urgent first.</summary>
    public Task<IReadOnlyList<Finding>> WithoutIssueAsync(string area, int most, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<Finding>>(
        async session => [.. (await session.QueryAsync<FindingRow>(
            $"SELECT {Gate.Sql.Columns<FindingRow>()} FROM findings WHERE state = 'open' AND issue IS NULL AND area = @area AND severity <> 'info' ORDER BY level, last_at DESC LIMIT @most",
            new { area, most }, cancellationToken)).Select(Finding.Of)],
        cancellationToken);

    public Task<IReadOnlyList<Finding>> CriticalNotToldAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<Finding>>(
        async session => [.. (await session.QueryAsync<FindingRow>(
            $"SELECT {Gate.Sql.Columns<FindingRow>()} FROM findings WHERE state = 'open' AND told_at IS NULL AND severity = 'critical' ORDER BY first_at LIMIT 50", null, cancellationToken)).Select(Finding.Of)],
        cancellationToken);

    public Task<bool> LinkIssueAsync(string id, string issue, string? url, CancellationToken cancellationToken) =>
        ChangeAsync("UPDATE findings SET issue = @issue, issue_url = @url WHERE id = @id", new { id, issue, url }, cancellationToken);

    public Task<bool> SetStateAsync(string id, string state, CancellationToken cancellationToken) =>
        ChangeAsync("UPDATE findings SET state = @state WHERE id = @id", new { id, state }, cancellationToken);

    /// <summary>What no longer holds: open findings of these keys are closed.</summary>
    public Task ResolveAsync(string area, IReadOnlyCollection<string> keys, CancellationToken cancellationToken) => keys.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        async session =>
        {
            foreach (var key in keys)
                await session.ExecuteAsync("UPDATE findings SET state = 'closed' WHERE fingerprint = @fingerprint AND state = 'open'", new { fingerprint = FingerprintOf(area, key) }, cancellationToken);
        },
        cancellationToken);

    /// <summary>Closes what did not come back, removes what is old.</summary>
    public Task<int> PruneAsync(DateTimeOffset closeBefore, DateTimeOffset removeBefore, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("UPDATE findings SET state = 'closed' WHERE state = 'open' AND last_at < @at", new { at = closeBefore.ToUnixTimeMilliseconds() }, cancellationToken);
            return await session.ExecuteAsync("DELETE FROM findings WHERE state = 'closed' AND last_at < @at", new { at = removeBefore.ToUnixTimeMilliseconds() }, cancellationToken);
        },
        cancellationToken);

    public static string FingerprintOf(string area, string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{area}\n{key}")))[..32];

    private Task<bool> ChangeAsync(string sql, object parameters, CancellationToken cancellationToken) =>
        database.WriteAsync(async session => await session.ExecuteAsync(sql, parameters, cancellationToken) > 0, cancellationToken);

    private static string Short(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "…";
}
