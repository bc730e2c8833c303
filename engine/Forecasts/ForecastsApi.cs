using System.Text.Json;
using Homelab.Engine.Api;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Forecasts;

internal static class ForecastsApi
{
    public static IEndpointRouteBuilder MapForecasts(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").AddEndpointFilter<PagingFilter>().MapGroup("/forecasts").WithTags("Forecasts").RequireAuthorization(Policies.Viewer);
        api.MapGet("", ListAsync).WithName("ListForecasts").WithSummary("The newest forecast of each series; what reaches its limit first comes first");
        api.MapGet("/accuracy", AccuracyAsync).WithName("GetForecastAccuracy").WithSummary("How good checked forecasts were, against \"it stays as it is\"");
        api.MapGet("/scalings", ScalingsAsync).WithName("ListScalings").WithSummary("Plans made from forecasts and from what is not used, and what came of them");
        api.MapGet("/{id}", FindAsync).WithName("GetForecast").WithSummary("One forecast with its history and its curve");
        return app;
    }

    private static async Task<Ok<Listing<ForecastInfo>>> ListAsync([AsParameters] Paging paging, ForecastStore store, CancellationToken cancellationToken, string? search = null, bool running = false)
    {
        var page = await store.ListAsync(search, running, paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<ForecastInfo>.Of([.. page.Rows.Select(ForecastInfo.Of)], paging, page.Total));
    }

    private static async Task<Ok<Listing<AccuracyInfo>>> AccuracyAsync(ForecastStore store, CancellationToken cancellationToken)
    {
        var rows = await store.AccuracyAsync(cancellationToken);
        return TypedResults.Ok(new Listing<AccuracyInfo>(
            [.. rows.Select(row => new AccuracyInfo(row.Metric, (int)row.HorizonHours, row.Checks, row.Error, row.NaiveError, row.Inside, row.Error < row.NaiveError))], 1, Math.Max(1, rows.Count), rows.Count));
    }

    private static async Task<Ok<Listing<ScalingInfo>>> ScalingsAsync([AsParameters] Paging paging, ScalingStore store, CancellationToken cancellationToken)
    {
        var page = await store.ListAsync(paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<ScalingInfo>.Of([.. page.Rows.Select(ScalingInfo.Of)], paging, page.Total));
    }

    private static async Task<Results<Ok<ForecastDetail>, ProblemHttpResult>> FindAsync(string id, ForecastStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } row
            ? TypedResults.Ok(new ForecastDetail(ForecastInfo.Of(row), JsonSerializer.Deserialize<ForecastCurve>(row.Curve)!, JsonSerializer.Deserialize<ExplainedPattern[]>(row.Patterns) ?? []))
            : Problems.NotFound("forecast", id, "GET /api/forecasts lists them.");
}

/// <param name="Better">Its errors are smaller than those of "it stays as it is".</param>
/// <param name="Inside">Part of what came that was inside the interval; 0.8 is meant.</param>
internal sealed record AccuracyInfo(string Metric, int HorizonHours, long Checks, double Error, double NaiveError, double Inside, bool Better);

/// <param name="Curve">History by the hour up to when it was made, and what is expected.</param>
internal sealed record ForecastDetail(ForecastInfo Forecast, ForecastCurve Curve, IReadOnlyList<ExplainedPattern> Patterns);

internal sealed record ForecastInfo
{
    public required string Id { get; init; }

    public required string Metric { get; init; }

    public required string Title { get; init; }

    public required string Service { get; init; }

    public required string Unit { get; init; }

    public double? Limit { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    public required double Value { get; init; }

    public required double SlopePerDay { get; init; }

    public required string Season { get; init; }

    public required double Skill { get; init; }

    public required bool Acts { get; init; }

    public required string Why { get; init; }

    public DateTimeOffset? ReachesAt { get; init; }

    public DateTimeOffset? EarliestAt { get; init; }

    public DateTimeOffset? LatestAt { get; init; }

    public required double Probability24h { get; init; }

    public required double Anomaly { get; init; }

    public double? UsualLow { get; init; }

    public double? UsualHigh { get; init; }

    /// <summary>At 24 hours, 7 days and 30 days.</summary>
    public required IReadOnlyList<ForecastPoint> Horizons { get; init; }

    public static ForecastInfo Of(ForecastRow row) => new()
    {
        Id = row.Id,
        Metric = row.Metric,
        Title = row.Title,
        Service = row.Service,
        Unit = row.Unit,
        Limit = row.LimitValue,
        MadeAt = DateTimeOffset.FromUnixTimeMilliseconds(row.MadeAt),
        Value = row.Value,
        SlopePerDay = row.SlopePerDay,
        Season = row.Season,
        Skill = row.Skill,
        Acts = row.Acts != 0,
        Why = row.Why,
        ReachesAt = At(row.ReachesAt),
        EarliestAt = At(row.EarliestAt),
        LatestAt = At(row.LatestAt),
        Probability24h = row.Probability,
        Anomaly = row.Anomaly,
        UsualLow = row.UsualLow,
        UsualHigh = row.UsualHigh,
        Horizons = JsonSerializer.Deserialize<ForecastPoint[]>(row.Horizons) ?? [],
    };

    private static DateTimeOffset? At(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;
}
