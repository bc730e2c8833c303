using System.ComponentModel;
using System.Globalization;
using System.Text.Json;
using Homelab.Activities;
using Homelab.Engine.Findings;
using Homelab.Engine.Gate;

namespace Homelab.Engine.Forecasts;

[Activity(
    "forecasts.make_forecasts", "Make forecasts",
    "Forecasts every metric from its history in Prometheus, compares it with other days, looks for leaks and for what becomes slower, and stores it all. Nothing outside is changed.",
    TimeoutSeconds = 600)]
internal sealed class MakeForecasts(ForecastStore store, FindingStore findings, MetricHistory history, RecurringSchedules schedules, ForecastMetrics metrics, IConfiguration configuration)
    : IActivity<MakeForecasts.Input, MakeForecasts.Output>
{
    /// <summary>So many checked forecasts decide whether a metric's forecasts are good enough; before, the trial on the history does.</summary>
    private const int EnoughChecks = 20;
    private const double LeastSkill = 0.02;

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Forecasts").Get<ForecastSettings>() ?? new();
        var definitions = ForecastDefinition.Read(Path.Combine(GateSetup.RulesDirectory(configuration), "forecasts", "forecasts.json"));
        var board = (await store.AccuracyAsync(cancellationToken)).ToLookup(row => row.Metric, StringComparer.Ordinal);
        var now = context.Time.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        List<string> problems = [];
        var made = 0;

        // On a fresh machine there is nothing to forecast from, which is no failure.
        if (!configuration.GetSection($"Activities:Prometheus:{settings.Connection}").Exists())
            return new() { Forecasts = 0, Problems = [$"There is no connection to Prometheus named '{settings.Connection}' (Activities:Prometheus:{settings.Connection}:Url), so nothing is forecast."], RunningOut = [] };
        foreach (var definition in definitions)
        {
            context.Progress?.Report(new ActivityProgress(100.0 * made / Math.Max(1, definitions.Count), definition.Name));
            try
            {
                var hourly = await history.HourlyAsync(definition, settings.Connection, settings.HistoryDays, hour, context, cancellationToken);
                var fine = hourly.Count == 0 ? [] : (await history.FineAsync(definition, settings.Connection, now, context, cancellationToken)).ToDictionary(series => series.Id, StringComparer.Ordinal);
                foreach (var series in hourly.Take(settings.MostSeries))
                {
                    if (await OneAsync(definition, series, fine.GetValueOrDefault(series.Id), board[definition.Name], hour, cancellationToken))
                        made++;
                }
            }
            catch (ActivityException exception)
            {
                problems.Add($"{definition.Name}: {exception.Message}");
            }
        }

        // All of them failed: Prometheus is gone, and that is worth failing for.
        if (problems.Count == definitions.Count && problems.Count > 0)
            throw new ActivityException(problems[0], retryable: true);
        await store.PruneAsync(now.AddDays(-2), now.AddDays(-90), cancellationToken);
        var all = await store.AllAsync(cancellationToken);
        metrics.Show(all, await store.AccuracyAsync(cancellationToken));
        return new()
        {
            Forecasts = made,
            Problems = problems,
            RunningOut = [.. all.Where(row => row is { ReachesAt: not null, Acts: 1 }).Select(row => new RunningOut(
                row.Id, row.Title, DateTimeOffset.FromUnixTimeMilliseconds(row.ReachesAt!.Value), row.Scale is not null))],
        };
    }

    private async Task<bool> OneAsync(ForecastDefinition definition, MetricSeries series, MetricSeries? fine, IEnumerable<AccuracyRow> board, DateTimeOffset hour, CancellationToken cancellationToken)
    {
        if (Forecaster.Make(series.Values, hour, definition.Limit) is not { } forecast)
            return false;
        var title = ForecastDefinition.Fill(definition.Title, series.Labels);
        var service = ForecastDefinition.Fill(definition.Service, series.Labels);
        var (acts, why) = Trust(forecast, board.FirstOrDefault(row => row.HorizonHours == 24));
        var compared = fine is null ? null : Detectors.CompareWithDays(fine.Values);
        var patterns = await schedules.ExplainAsync(Detectors.Recurring(series.Values, hour), cancellationToken);
        var row = new ForecastRow
        {
            Id = series.Id,
            Metric = definition.Name,
            Title = title,
            Service = service,
            Labels = JsonSerializer.Serialize(series.Labels),
            Unit = definition.Unit,
            LimitValue = definition.Limit,
            MadeAt = hour.ToUnixTimeMilliseconds(),
            Value = forecast.Value,
            SlopePerDay = forecast.SlopePerDay,
            Season = forecast.Season,
            Skill = forecast.Skill,
            Acts = acts ? 1 : 0,
            Why = why,
            ReachesAt = At(forecast.Reaches),
            EarliestAt = At(forecast.Earliest),
            LatestAt = At(forecast.Latest),
            Probability = forecast.Probability24,
            Anomaly = compared?.Score ?? 0,
            UsualLow = Known(compared?.Low),
            UsualHigh = Known(compared?.High),
            Horizons = JsonSerializer.Serialize(forecast.Horizons),
            Curve = JsonSerializer.Serialize(new ForecastCurve([.. series.Values.Select(value => double.IsFinite(value) ? Math.Round(value, 3) : (double?)null)], forecast.Curve)),
            Patterns = JsonSerializer.Serialize(patterns),
            Scale = definition.Scale is { } scale ? JsonSerializer.Serialize(scale with { Target = ForecastDefinition.Fill(scale.Target, series.Labels) }) : null,
        };
        await store.SaveAsync(row, [.. Checks(definition, series, hour, forecast)], cancellationToken);
        await ReportAsync(definition, row, forecast, compared, fine, patterns, cancellationToken);
        return true;

        long? At(double? hours) => hours is { } some ? hour.AddHours(some).ToUnixTimeMilliseconds() : null;
        static double? Known(double? value) => value is { } number && double.IsFinite(number) ? number : null;
    }

    private static (bool Acts, string Why) Trust(SeriesForecast forecast, AccuracyRow? board)
    {
        if (board is { Checks: >= EnoughChecks })
        {
            return board.Error < board.NaiveError
                ? (true, string.Create(CultureInfo.InvariantCulture, $"{board.Checks} checked forecasts were {Percent(1 - (board.Error / board.NaiveError))} nearer than \"it stays as it is\"."))
                : (false, string.Create(CultureInfo.InvariantCulture, $"{board.Checks} checked forecasts were no better than \"it stays as it is\", so nothing is done for it."));
        }

        return forecast.Skill > LeastSkill
            ? (true, $"Tried on its own history it was {Percent(forecast.Skill)} nearer than \"it stays as it is\".")
            : (false, "Tried on its own history it was no better than \"it stays as it is\", so nothing is done for it.");
    }

    private static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0} %");

    private static IEnumerable<CheckRow> Checks(ForecastDefinition definition, MetricSeries series, DateTimeOffset hour, SeriesForecast forecast)
    {
        foreach (var hours in ForecastStore.CheckedHours)
        {
            var point = forecast.Curve.First(point => point.Hours == hours);
            yield return new CheckRow
            {
                ForecastId = series.Id,
                Metric = definition.Name,
                HorizonHours = hours,
                MadeAt = hour.ToUnixTimeMilliseconds(),
                DueAt = hour.AddHours(hours).ToUnixTimeMilliseconds(),
                Expected = point.Value,
                Low = point.Low,
                High = point.High,
                Naive = forecast.Value,
            };
        }
    }

    private async Task ReportAsync(
        ForecastDefinition definition, ForecastRow row, SeriesForecast forecast, DayComparison? compared, MetricSeries? fine, IReadOnlyList<ExplainedPattern> patterns, CancellationToken cancellationToken)
    {
        var number = string.Create(CultureInfo.InvariantCulture, $"{row.Value:0.##} {row.Unit}");
        await StandsAsync("exhaustion", row is { ReachesAt: not null, Acts: 1 }, () =>
        {
            var days = forecast.Reaches!.Value / 24;
            var severity = days <= 1 ? "critical" : days <= 7 ? "warning" : "info";
            return (
                "capacity", severity, string.Create(CultureInfo.InvariantCulture, $"{row.Title} will be full"),
                string.Create(CultureInfo.InvariantCulture, $"It is at {number} and grows by {row.SlopePerDay:0.##} a day; {row.LimitValue:0.##} {row.Unit} is reached {DateTimeOffset.FromUnixTimeMilliseconds(row.ReachesAt!.Value):yyyy-MM-dd HH:mm} UTC, in {days:0.#} days (at the earliest in {forecast.Earliest / 24:0.#}). {row.Why}"));
        });
        await StandsAsync("anomaly", compared is { IsAnomaly: true }, () => (
            "performance", "warning", $"{row.Title} is unusual for this time of day",
            string.Create(CultureInfo.InvariantCulture, $"It is at {number}; at this time it was between {compared!.Low:0.##} and {compared.High:0.##} on the seven days before ({compared.Score:0.#} deviations).")));
        var leak = definition.Kind == "memory" && fine is not null ? Detectors.Leak(fine.Values) : null;
        await StandsAsync("leak", leak is not null, () => (
            "performance", "warning", $"{row.Title} grows steadily: perhaps a leak",
            string.Create(CultureInfo.InvariantCulture, $"It grew by {leak!.Total:0.##} {row.Unit} in a day, {leak.PerHour:0.###} an hour, nearly every two hours and without falling back.")));
        var slower = definition.Kind == "response" && fine is not null ? Detectors.Degradation(fine.Values) : null;
        await StandsAsync("slower", slower >= 0.2, () => (
            "performance", "warning", $"{row.Title} became longer",
            $"The last day was {Percent(slower!.Value)} above the week before it."));
        foreach (var pattern in patterns.Where(pattern => pattern is { Direction: "higher", Schedules.Count: > 0 }))
        {
            await findings.ReportAsync(
                new NewFinding($"pattern/{row.Id}/{pattern.Day}/{pattern.Hour}", "forecasts", "performance", "info", 6, $"{row.Title} rises {pattern.Day}s at {pattern.Hour:00}:00 UTC", pattern.Text(row.Unit), row.Service, row.Metric),
                cancellationToken);
        }

        async Task StandsAsync(string kind, bool holds, Func<(string Class, string Severity, string Title, string Text)> say)
        {
            if (!holds)
            {
                await findings.ResolveAsync("forecasts", [$"{kind}/{row.Id}"], cancellationToken);
                return;
            }

            var (@class, severity, title, text) = say();
            await findings.ReportAsync(
                new NewFinding($"{kind}/{row.Id}", "forecasts", @class, severity, severity switch { "critical" => 2, "warning" => 4, _ => 6 }, title, text, row.Service, row.Metric), cancellationToken);
        }
    }

    internal sealed record Input;

    internal sealed record Output
    {
        [Description("Series that were forecast.")]
        public required int Forecasts { get; init; }

        [Description("What went wrong, by metric.")]
        public required IReadOnlyList<string> Problems { get; init; }

        [Description("What reaches its limit within 30 days, by forecasts good enough to act on; the soonest first.")]
        public required IReadOnlyList<RunningOut> RunningOut { get; init; }
    }

    /// <param name="CanScale">The product knows what to make larger.</param>
    internal sealed record RunningOut(string Forecast, string Title, DateTimeOffset At, bool CanScale);
}

/// <param name="History">One an hour, oldest first, the last at the time the forecast was made.</param>
internal sealed record ForecastCurve(IReadOnlyList<double?> History, IReadOnlyList<ForecastPoint> Ahead);
