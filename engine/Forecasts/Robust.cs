using MathNet.Numerics.Statistics;

namespace Homelab.Engine.Forecasts;

/// <summary>Statistics that a few wild values do not move.</summary>
internal static class Robust
{
    public static double Median(IEnumerable<double> values) => values.Median();

    /// <summary>Comparable to a standard deviation.</summary>
    public static double Spread(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
            return 0;
        var median = values.Median();
        return 1.4826 * values.Select(value => Math.Abs(value - median)).Median();
    }

    public static double Quantile(IEnumerable<double> values, double part) => values.Quantile(part);

    /// <summary>The median of the slopes of all pairs, a step apart; zero where the pairs do not agree on a direction (Mann and Kendall).</summary>
    public static double Slope(IReadOnlyList<double> values)
    {
        var n = values.Count;
        if (n < 3)
            return 0;
        List<double> slopes = new(n * (n - 1) / 2);
        var agreement = 0;
        for (var i = 0; i < n; i++)
        {
            for (var j = i + 1; j < n; j++)
            {
                slopes.Add((values[j] - values[i]) / (j - i));
                agreement += Math.Sign(values[j] - values[i]);
            }
        }

        var deviation = Math.Sqrt(n * (n - 1.0) * ((2 * n) + 5) / 18);
        return Math.Abs(agreement) < 1.3 * deviation ? 0 : slopes.Median();
    }

    /// <summary>How much of a value's distance from its centre is left a step later.</summary>
    public static double Persistence(IReadOnlyList<double> values)
    {
        double product = 0, square = 0;
        for (var i = 1; i < values.Count; i++)
        {
            product += values[i] * values[i - 1];
            square += values[i - 1] * values[i - 1];
        }

        return square <= 0 ? 0 : Math.Clamp(product / square, 0, 0.995);
    }

    /// <summary>Probability that a normal value is above a bound so many deviations away.</summary>
    public static double Above(double deviations) => 1 - MathNet.Numerics.Distributions.Normal.CDF(0, 1, deviations);
}
