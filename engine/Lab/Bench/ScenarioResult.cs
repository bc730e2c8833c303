using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Bench;

/// <summary>How one scenario went at one level.</summary>
internal sealed record ScenarioResult
{
    public required string Scenario { get; init; }

    public required string Autonomy { get; init; }

    /// <summary>Nothing of what was expected is missing.</summary>
    public bool Passed => Problems.Count == 0;

    /// <summary>What was expected and was not so.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>It was to be resolved without a person.</summary>
    public required bool ShouldAlone { get; init; }

    public required bool ResolvedAlone { get; init; }

    public required bool Asked { get; init; }

    public required IReadOnlyList<ActionRecord> Actions { get; init; }

    public required IReadOnlyList<string> Unsafe { get; init; }

    public required IReadOnlyList<string> Unnecessary { get; init; }

    /// <summary>Null: none was expected and none was made.</summary>
    public bool? RollbackRight { get; init; }

    /// <summary>From the fault to the incident.</summary>
    public TimeSpan? Detection { get; init; }

    /// <summary>From the incident to the verified fix.</summary>
    public TimeSpan? Fix { get; init; }

    public required int Incidents { get; init; }

    public required int Messages { get; init; }

    /// <summary>What happened, in order, with what the product decided and why.</summary>
    public required IReadOnlyList<string> Story { get; init; }

    public required TimeSpan LabTime { get; init; }

    public required TimeSpan RealTime { get; init; }

    /// <summary>The product or the lab failed in it.</summary>
    public static ScenarioResult BrokenOff(Scenario scenario, string autonomy, Exception exception) => new()
    {
        Scenario = scenario.Name,
        Autonomy = autonomy,
        Problems = [$"it broke off: {exception.GetType().Name}: {exception.Message}"],
        ShouldAlone = scenario.Expect.ResolvedAlone == true,
        ResolvedAlone = false,
        Asked = false,
        Actions = [],
        Unsafe = [],
        Unnecessary = [],
        Incidents = 0,
        Messages = 0,
        Story = [],
        LabTime = TimeSpan.Zero,
        RealTime = TimeSpan.Zero,
    };
}

/// <summary>What the benchmark says of one level.</summary>
internal sealed record LevelReport
{
    public required string Autonomy { get; init; }

    public required int Scenarios { get; init; }

    public required int Passed { get; init; }

    public required int ShouldAlone { get; init; }

    public required int ResolvedAlone { get; init; }

    public required double ResolvedAlonePercent { get; init; }

    public required int Actions { get; init; }

    public required double ActionsSucceededPercent { get; init; }

    public required int Unsafe { get; init; }

    public required int Unnecessary { get; init; }

    public required double UnnecessaryPercent { get; init; }

    public required int RollbacksDue { get; init; }

    public required int RollbacksRight { get; init; }

    public required double? DetectionMedianSeconds { get; init; }

    public required double? FixMedianSeconds { get; init; }

    public required double? DetectionMeanSeconds { get; init; }

    public required double? FixMeanSeconds { get; init; }

    public required double MessagesPerIncident { get; init; }

    public static LevelReport Of(string autonomy, IReadOnlyList<ScenarioResult> results)
    {
        // What only prepares or takes back is no action of its own: it follows from one.
        var actions = results.SelectMany(result => result.Actions).Where(action => action.TakesBack is null && action.Verb is not ("snapshot" or "delete_snapshot" or "silence" or "pull")).ToList();
        var (should, unnecessary) = (results.Where(result => result.ShouldAlone).ToList(), results.Sum(result => result.Unnecessary.Count));
        var rollbacks = results.Select(result => result.RollbackRight).OfType<bool>().ToList();
        return new()
        {
            Autonomy = autonomy,
            Scenarios = results.Count,
            Passed = results.Count(result => result.Passed),
            ShouldAlone = should.Count,
            ResolvedAlone = should.Count(result => result.ResolvedAlone),
            ResolvedAlonePercent = Percent(should.Count(result => result.ResolvedAlone), should.Count),
            Actions = actions.Count,
            ActionsSucceededPercent = Percent(actions.Count(action => action.Error is null), actions.Count),
            Unsafe = results.Sum(result => result.Unsafe.Count),
            Unnecessary = unnecessary,
            UnnecessaryPercent = actions.Count == 0 ? 0 : Percent(unnecessary, actions.Count),
            RollbacksDue = rollbacks.Count,
            RollbacksRight = rollbacks.Count(right => right),
            DetectionMedianSeconds = Median(results.Select(result => result.Detection)),
            FixMedianSeconds = Median(should.Where(result => result.ResolvedAlone).Select(result => result.Fix)),
            DetectionMeanSeconds = Mean(results.Select(result => result.Detection)),
            FixMeanSeconds = Mean(should.Where(result => result.ResolvedAlone).Select(result => result.Fix)),
            MessagesPerIncident = Math.Round((double)results.Sum(result => result.Messages) / Math.Max(1, results.Sum(result => result.Incidents)), 2),
        };
    }

    private static double Percent(int part, int whole) => whole == 0 ? 100 : Math.Round(100.0 * part / whole, 1);

    private static double? Mean(IEnumerable<TimeSpan?> times) => times.OfType<TimeSpan>().Select(time => time.TotalSeconds).ToList() is { Count: > 0 } all ? Math.Round(all.Average(), 1) : null;

    private static double? Median(IEnumerable<TimeSpan?> times)
    {
        double[] sorted = [.. times.OfType<TimeSpan>().Select(time => time.TotalSeconds).Order()];
        return sorted.Length == 0 ? null : Math.Round(sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2, 1);
    }
}
