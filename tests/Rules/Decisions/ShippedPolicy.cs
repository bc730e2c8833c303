using Homelab.Rules.Decisions;

namespace Homelab.Tests.Rules.Decisions;

/// <summary>The rules as they are shipped, and facts with harmless defaults.</summary>
internal static class ShippedPolicy
{
    public static string Directory { get; } = Find();

    public static IReadOnlyDictionary<string, string> Files { get; } =
        System.IO.Directory.EnumerateFiles(Directory, "*.json").ToDictionary(file => Path.GetFileName(file), File.ReadAllText);

    public static DecisionPolicy Policy { get; } = Read();

    public static CandidateFacts Candidate { get; } = new()
    {
        Action = "docker.restart_container",
        Target = new TargetFacts { Id = "docker:local/container/web", Kind = "container", Name = "web" },
        Effect = EffectKind.Reversible,
        DataRisk = Hazard.None,
        AvailabilityRisk = Hazard.None,
        Prediction = 1,
        ImpactCertainty = 1,
        RollbackFeasibility = 1,
        HistoricalSuccess = 1,
    };

    public static FactsSnapshot Facts(CandidateFacts candidate, AutonomyLevel level = AutonomyLevel.Aggressive) => new()
    {
        At = new DateTimeOffset(2026, 3, 4, 3, 0, 0, TimeSpan.Zero),
        Time = new TimeFacts { Hour = 3, Day = DayOfWeek.Wednesday },
        Controls = new ControlFacts { Autonomy = level },
        Candidates = [candidate],
    };

    /// <summary>A candidate whose confidence is exactly this, whatever the weights make of it.</summary>
    public static CandidateFacts Sure(double confidence) => Candidate with
    {
        Prediction = confidence,
        HistoricalSuccess = confidence,
        ImpactCertainty = confidence,
        RollbackFeasibility = confidence,
    };

    private static DecisionPolicy Read()
    {
        var (policy, problems) = DecisionPolicyReader.Read(Files);
        return policy ?? throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
    }

    private static string Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var library = Path.Combine(at.FullName, "rules", "library");
            if (System.IO.Directory.Exists(library) && File.Exists(Path.Combine(library, DecisionPolicyReader.PolicyFile)))
                return library;
        }

        throw new DirectoryNotFoundException("rules/library was not found above the tests.");
    }
}
