using System.Globalization;
using System.Text;

namespace Homelab.Tests.Engine.Forecasts;

/// <summary>Writes what promtool fills a Prometheus with.</summary>
internal static class HistoryFile
{
    /// <param name="series">Name with labels, and the value at a time.</param>
    public static void Write(string folder, DateTimeOffset until, int days, IReadOnlyDictionary<string, Func<DateTimeOffset, double>> series)
    {
        var text = new StringBuilder();
        foreach (var family in series.GroupBy(pair => pair.Key.Split('{')[0]))
        {
            text.Append("# TYPE ").Append(family.Key).Append(" gauge\n");
            foreach (var (name, value) in family)
            {
                for (var at = until.AddDays(-days); at <= until; at = at.AddMinutes(5))
                    text.Append(CultureInfo.InvariantCulture, $"{name} {value(at):R} {at.ToUnixTimeSeconds()}\n");
            }
        }

        text.Append("# EOF\n");
        File.WriteAllText(Path.Combine(folder, "history.om"), text.ToString());
    }
}
