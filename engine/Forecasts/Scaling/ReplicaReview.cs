using System.Text.Json;
using Homelab.Activities;

namespace Homelab.Engine.Forecasts;

/// <summary>What the containers of a service used together, and whether one less of them is enough.</summary>
/// <param name="First">The forecast of the container that compose keeps the longest: by it is seen whether the others are enough.</param>
/// <param name="Usual">Percent of what all of them have.</param>
/// <param name="Peak">The same at the highest point, ahead included.</param>
/// <param name="History">Hour by hour, of one container's limit.</param>
/// <param name="Verdict">For the report.</param>
internal sealed record ReplicaReview(ForecastRow First, int Count, double Usual, double Peak, IReadOnlyList<double?> History, string Verdict, bool IsLower)
{
    /// <summary>Null where a single one runs, or of one too little is known: a container that was just added is not taken away.</summary>
    /// <param name="forecasts">Of processors, by container.</param>
    /// <param name="leastHours">So many of each must be known.</param>
    public static async Task<ReplicaReview?> OfAsync(
        ScaleTools tools, ScaleTarget service, IReadOnlyDictionary<string, ForecastRow> forecasts, double targetPercent, int leastHours, ActivityContext context, CancellationToken cancellationToken)
    {
        var names = await tools.ContainersAsync(service, context, cancellationToken);
        if (names.Count < 2 || names.Any(name => !forecasts.ContainsKey(name)))
            return null;
        var rows = names.Select(name => forecasts[name]).Select(row => (Row: row, Curve: JsonSerializer.Deserialize<ForecastCurve>(row.Curve)!, Scale: 100 / (row.LimitValue ?? 100))).ToArray();
        if (rows.Any(row => row.Curve.History.Count(value => value is not null) < leastHours))
            return null;

        // From the end, where all of them are.
        var history = Enumerable.Range(1, rows.Max(row => row.Curve.History.Count)).Reverse()
            .Select(back => rows.Select(row => back <= row.Curve.History.Count ? row.Curve.History[^back] * row.Scale : null).Aggregate((sum, value) => sum is null && value is null ? null : (sum ?? 0) + (value ?? 0))).ToArray();
        double[] used = [.. history.OfType<double>()];
        var ahead = rows.SelectMany(row => row.Curve.Ahead.Select(point => (point.Hours, High: point.High * row.Scale))).GroupBy(point => point.Hours, point => point.High).Max(group => group.Sum());
        var peak = Math.Max(Robust.Quantile(used, 0.999), ahead);
        var (verdict, lower) = rows.Any(row => row.Row.ReachesAt is not null) ? ("grows", false) : Sizing.IsOneTooMany(names.Count, peak, targetPercent) ? await DeclaredAsync() : ("fits", false);
        return new(rows[0].Row, names.Count, Robust.Median(used) / names.Count, peak / names.Count, history, verdict, lower);

        async Task<(string, bool)> DeclaredAsync()
        {
            try
            {
                return await tools.DeclaredAsync(service, context, cancellationToken) is var declared && declared < names.Count ? ($"lower to {ScalePlans.Text("replicas", names.Count - 1)}", true) : ($"its file declares {declared}", false);
            }
            catch (ActivityException exception)
            {
                return ($"not lowered: {exception.Message.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)}", false);
            }
        }
    }
}
