namespace Homelab.Rules.Decisions;

/// <summary>The distribution of an unknown rate after counted outcomes.</summary>
public static class BetaDistribution
{
    /// <summary>The rate below which the true one lies with probability <paramref name="probability"/>; accurate to about 1e-10.</summary>
    public static double Quantile(double probability, double a, double b)
    {
        if (probability <= 0)
            return 0;
        if (probability >= 1)
            return 1;

        // Halving is slow and cannot fail; callers keep the results.
        double low = 0, high = 1;
        for (var i = 0; i < 48; i++)
        {
            var middle = (low + high) / 2;
            if (Cumulative(middle, a, b) < probability)
                low = middle;
            else
                high = middle;
        }

        return (low + high) / 2;
    }

    /// <summary>The regularised incomplete beta function.</summary>
    public static double Cumulative(double x, double a, double b)
    {
        if (x <= 0)
            return 0;
        if (x >= 1)
            return 1;
        var front = Math.Exp(LogGamma(a + b) - LogGamma(a) - LogGamma(b) + (a * Math.Log(x)) + (b * Math.Log(1 - x)));

        // The fraction converges fast only on this side of the mean; the other side is its mirror.
        return x < (a + 1) / (a + b + 2)
            ? front * Fraction(x, a, b) / a
            : 1 - (front * Fraction(1 - x, b, a) / b);
    }

    /// <summary>Continued fraction by Lentz's method.</summary>
    private static double Fraction(double x, double a, double b)
    {
        const double Tiny = 1e-300;
        var c = 1.0;
        var d = Bounded(1 - ((a + b) * x / (a + 1)));
        d = 1 / d;
        var result = d;
        for (var m = 1; m <= 300; m++)
        {
            var even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / Bounded(1 + (even * d));
            c = Bounded(1 + (even / c));
            result *= d * c;

            var odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / Bounded(1 + (odd * d));
            c = Bounded(1 + (odd / c));
            var step = d * c;
            result *= step;
            if (Math.Abs(step - 1) < 1e-14)
                break;
        }

        return result;

        static double Bounded(double value) => Math.Abs(value) < Tiny ? Tiny : value;
    }

    /// <summary>Stirling's series after moving the argument above 10.</summary>
    private static double LogGamma(double x)
    {
        var shift = 0.0;
        while (x < 10)
            shift -= Math.Log(x++);
        var inverse = 1 / (x * x);
        return shift + ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI))
            + ((1 / 12.0) - (inverse * ((1 / 360.0) - (inverse * ((1 / 1260.0) - (inverse / 1680.0)))))) / x;
    }
}
