using System.Globalization;
using Homelab.Engine.Schedules;

namespace Homelab.Engine.Forecasts;

/// <param name="Hour">UTC.</param>
/// <param name="Schedules">Workflows that start by the clock around that hour.</param>
internal sealed record ExplainedPattern(DayOfWeek Day, int Hour, double Typical, double Usual, int Weeks, string Direction, IReadOnlyList<string> Schedules)
{
    public string Text(string unit) => string.Create(
        CultureInfo.InvariantCulture,
        $"In {Weeks} weeks it was {Direction} than around it then: {Typical:0.##} {unit} instead of {Usual:0.##}.{(Schedules.Count > 0 ? $" At that time runs: {string.Join(", ", Schedules)}." : "")}");
}

/// <summary>Which workflows run at the hour at which something recurs.</summary>
internal sealed class RecurringSchedules(IServiceProvider services, TimeProvider time)
{
    /// <summary>What runs more often than this a week explains nothing.</summary>
    private const int MostFirings = 21;

    public async Task<IReadOnlyList<ExplainedPattern>> ExplainAsync(IReadOnlyList<RecurringPattern> patterns, CancellationToken cancellationToken)
    {
        if (patterns.Count == 0)
            return [];
        var firings = await FiringsAsync(cancellationToken);
        return [.. patterns.Select(pattern => new ExplainedPattern(
            pattern.Day, pattern.HourOfDay, pattern.Typical, pattern.Usual, pattern.Weeks, pattern.Direction,
            [.. firings.Where(job => job.Hours.Contains(pattern.Hour) || job.Hours.Contains((pattern.Hour + 167) % 168)).Select(job => job.Name).Distinct()]))];
    }

    private async Task<List<(string Name, HashSet<int> Hours)>> FiringsAsync(CancellationToken cancellationToken)
    {
        List<(string, HashSet<int>)> found = [];
        var now = time.GetUtcNow();
        foreach (var job in (await services.GetRequiredService<Jobs>().ListAsync(0, 500, cancellationToken)).Items.Where(job => job is { Schedule: not null, Workflow: not null }))
        {
            HashSet<int> hours = [];
            try
            {
                var cron = ElsaCron.Parse(job.Schedule!.Split(" (")[0], TimeZoneInfo.Utc);
                var at = now;
                for (var i = 0; i <= MostFirings && cron.GetNextValidTimeAfter(at) is { } next && next < now.AddDays(7); i++)
                {
                    hours.Add(SeriesModel.HourOfWeek(next.ToUniversalTime()));
                    at = next;
                    if (i == MostFirings)
                        hours.Clear();
                }
            }
            catch (FormatException)
            {
                // An interval, which has no hour of its own.
            }

            found.Add((job.Workflow!, hours));
        }

        return found;
    }
}
