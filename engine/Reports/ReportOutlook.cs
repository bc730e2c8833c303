using Dapper;
using Homelab.Engine.Findings;
using Homelab.Engine.Forecasts;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Reports;

/// <summary>What a weekly or monthly report says beside what happened: how good forecasts were, where resources go, what it all costs.</summary>
internal sealed class ReportOutlook(Database database, ForecastStore forecasts, ScalingStore scalings, IOptions<ForecastSettings> settings)
{
    private const int Trends = 10;

    public async Task<Report> AddAsync(Report report, CancellationToken cancellationToken)
    {
        var (accuracy, sizes) = await database.ReadAsync(
            async session => (
                (await session.QueryAsync<ReportAccuracy>(
                    """
                    SELECT metric AS Metric, COUNT(*) AS Checks, AVG(CASE WHEN actual >= low AND actual <= high THEN 1.0 ELSE 0.0 END) AS Inside,
                      AVG(ABS(actual - expected)) AS Error, AVG(ABS(actual - naive)) AS NaiveError
                    FROM forecast_checks WHERE actual IS NOT NULL AND checked_at >= @start AND checked_at < @end GROUP BY metric ORDER BY metric
                    """,
                    new { start = report.Start.ToUnixTimeMilliseconds(), end = report.End.ToUnixTimeMilliseconds() }, cancellationToken)).AsList(),
                await session.QueryFirstOrDefaultAsync<FindingRow>(
                    $"SELECT {Sql.Columns<FindingRow>()} FROM findings WHERE fingerprint = @fingerprint", new { fingerprint = FindingStore.FingerprintOf("forecasts", "sizes") }, cancellationToken)),
            cancellationToken);
        var (saved, prevented) = await scalings.TotalsAsync(cancellationToken);
        return report with
        {
            Accuracy = accuracy,
            Trends = [.. (await forecasts.AllAsync(cancellationToken)).Where(row => row is { LimitValue: > 0 } && row.SlopePerDay != 0)
                .OrderByDescending(row => Math.Abs(row.SlopePerDay / row.LimitValue!.Value)).ThenBy(row => row.Title, StringComparer.Ordinal).Take(Trends)
                .Select(row => new ReportTrend(row.Title, 100 * row.Value / row.LimitValue!.Value, 100 * row.SlopePerDay * 30 / row.LimitValue.Value))],
            Cost = new ReportCost(sizes is null ? null : SentenceOf(sizes.Text), saved, settings.Value.Currency, prevented),
        };
    }

    /// <summary>What the last review of sizes said of cost: the one line of it that is neither heading nor table.</summary>
    private static string? SentenceOf(string text) => text.Split('\n').Select(line => line.Trim()).FirstOrDefault(line => line.Length > 0 && line[0] is not ('#' or '|'));
}
