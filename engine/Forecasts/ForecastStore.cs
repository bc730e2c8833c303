using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Forecasts;

/// <summary>Forecasts, what they said, and what came.</summary>
internal sealed class ForecastStore(Database database, TimeProvider time)
{
    private const string Order = "CASE WHEN reaches_at IS NULL THEN 1 ELSE 0 END, reaches_at, metric, title";

    public static readonly int[] CheckedHours = [6, 24, 168, 720];

    public Task SaveAsync(ForecastRow row, IReadOnlyList<CheckRow> checks, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("DELETE FROM forecasts WHERE id = @Id", row, cancellationToken);
            await session.ExecuteAsync(Sql.Insert<ForecastRow>("forecasts"), row, cancellationToken);
            foreach (var check in checks)
                await session.ExecuteAsync($"{Sql.Insert<CheckRow>("forecast_checks")} ON CONFLICT DO NOTHING", check, cancellationToken);
        },
        cancellationToken);

    public Task<ListPage<ForecastRow>> ListAsync(string? search, bool running, int skip, int take, CancellationToken cancellationToken) =>
        new ListQuery().Holds(search, "title").NotNull("reaches_at", running).PageAsync<ForecastRow>(database, "forecasts", "id", Order, skip, take, cancellationToken);

    public Task<ForecastRow?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<ForecastRow>($"SELECT {Sql.Columns<ForecastRow>()} FROM forecasts WHERE id = @id", new { id }, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<ForecastRow>> AllAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<ForecastRow>>(
        async session => (await session.QueryAsync<ForecastRow>($"SELECT {Sql.Columns<ForecastRow>()} FROM forecasts ORDER BY {Order}", null, cancellationToken)).AsList(), cancellationToken);

    /// <summary>Whose time came and which nobody compared yet, oldest first.</summary>
    public Task<IReadOnlyList<CheckRow>> DueAsync(int most, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<CheckRow>>(
        async session => (await session.QueryAsync<CheckRow>(
            $"SELECT {Sql.Columns<CheckRow>()} FROM forecast_checks WHERE checked_at IS NULL AND due_at <= @now ORDER BY due_at, metric LIMIT @most", new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), most }, cancellationToken)).AsList(),
        cancellationToken);

    public Task CheckedAsync(IReadOnlyList<CheckRow> rows, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            foreach (var row in rows)
            {
                await session.ExecuteAsync(
                    "UPDATE forecast_checks SET actual = @Actual, checked_at = @CheckedAt WHERE forecast_id = @ForecastId AND horizon_hours = @HorizonHours AND made_at = @MadeAt", row, cancellationToken);
            }
        },
        cancellationToken);

    /// <summary>By metric and horizon: how far off, against "it stays as it is".</summary>
    public Task<IReadOnlyList<AccuracyRow>> AccuracyAsync(CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<AccuracyRow>>(
        async session => (await session.QueryAsync<AccuracyRow>(
            """
            SELECT metric AS Metric, horizon_hours AS HorizonHours, COUNT(*) AS Checks, AVG(ABS(actual - expected)) AS Error, AVG(ABS(actual - naive)) AS NaiveError,
                AVG(CASE WHEN actual >= low AND actual <= high THEN 1.0 ELSE 0.0 END) AS Inside
            FROM forecast_checks WHERE actual IS NOT NULL GROUP BY metric, horizon_hours ORDER BY metric, horizon_hours
            """,
            null, cancellationToken)).AsList(),
        cancellationToken);

    /// <summary>Series that are gone, and checks that are long over.</summary>
    public Task PruneAsync(DateTimeOffset forecastsBefore, DateTimeOffset checksBefore, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("DELETE FROM forecasts WHERE made_at < @at", new { at = forecastsBefore.ToUnixTimeMilliseconds() }, cancellationToken);
            await session.ExecuteAsync("DELETE FROM forecast_checks WHERE due_at < @at", new { at = checksBefore.ToUnixTimeMilliseconds() }, cancellationToken);
        },
        cancellationToken);
}

internal sealed class ForecastRow
{
    public string Id { get; set; } = "";

    public string Metric { get; set; } = "";

    public string Title { get; set; } = "";

    public string Service { get; set; } = "";

    public string Labels { get; set; } = "{}";

    public string Unit { get; set; } = "";

    public double? LimitValue { get; set; }

    public long MadeAt { get; set; }

    public double Value { get; set; }

    public double SlopePerDay { get; set; }

    public string Season { get; set; } = "";

    public double Skill { get; set; }

    /// <summary>1 where it is good enough to act on.</summary>
    public long Acts { get; set; }

    public string Why { get; set; } = "";

    public long? ReachesAt { get; set; }

    public long? EarliestAt { get; set; }

    public long? LatestAt { get; set; }

    /// <summary>That the limit is reached within a day.</summary>
    public double Probability { get; set; }

    public double Anomaly { get; set; }

    public double? UsualLow { get; set; }

    public double? UsualHigh { get; set; }

    public string Horizons { get; set; } = "[]";

    public string Curve { get; set; } = "{}";

    public string Patterns { get; set; } = "[]";

    public string? Scale { get; set; }
}

internal sealed class CheckRow
{
    public string ForecastId { get; set; } = "";

    public string Metric { get; set; } = "";

    public long HorizonHours { get; set; }

    public long MadeAt { get; set; }

    public long DueAt { get; set; }

    public double Expected { get; set; }

    public double Low { get; set; }

    public double High { get; set; }

    public double Naive { get; set; }

    public double? Actual { get; set; }

    public long? CheckedAt { get; set; }
}

internal sealed class AccuracyRow
{
    public string Metric { get; set; } = "";

    public long HorizonHours { get; set; }

    public long Checks { get; set; }

    public double Error { get; set; }

    public double NaiveError { get; set; }

    public double Inside { get; set; }
}
