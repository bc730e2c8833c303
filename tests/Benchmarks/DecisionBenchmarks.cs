using BenchmarkDotNet.Attributes;
using Homelab.Rules.Decisions;
using Homelab.Tests.Rules.Decisions;

namespace Homelab.Benchmarks;

/// <summary>A full decision with its explanation, of 8 candidates by 20 rules: below 50 microseconds.</summary>
[MemoryDiagnoser]
public class DecisionBenchmarks
{
    private readonly DecisionPolicy _policy = ShippedPolicy.Policy with { Rules = TwentyRules() };
    private readonly FactsSnapshot _facts = ShippedPolicy.Facts(ShippedPolicy.Candidate, AutonomyLevel.Moderate) with
    {
        Time = new TimeFacts { Hour = 12, Day = DayOfWeek.Monday },
        Candidates =
        [
            .. Enumerable.Range(0, 8).Select(number => ShippedPolicy.Candidate with
            {
                Action = $"docker.action_{number}",
                AvailabilityRisk = (Hazard)(number % 3),
                Prediction = 0.99 - (number * 0.03),
                HistoricalSuccess = null,
                History = new HistoryFacts(20 - number, number),
            }),
        ],
    };

    [Benchmark]
    public DecisionRecord Decide() => Deciding.Decide(_facts, _policy);

    // The shipped ones, then conditions of the same kind that seldom hold.
    private static IReadOnlyList<DecisionRule> TwentyRules()
    {
        var shipped = ShippedPolicy.Policy.Rules;
        var files = new Dictionary<string, string>(ShippedPolicy.Files)
        {
            ["more.json"] = $$"""{ "WorkflowName": "more", "Rules": [{{string.Join(",", Enumerable.Range(0, 20 - shipped.Count).Select(number => $$"""
                { "RuleName": "more_{{number}}", "Expression": "target.blastRadius > {{number}} && incident.severity == \"critical\" && history.failures * 2 > history.successes", "SuccessEvent": "risk +1", "Properties": { "Message": "many depend on it" } }
                """))}}] }""",
        };
        var (policy, problems) = DecisionPolicyReader.Read(files);
        return policy?.Rules ?? throw new InvalidOperationException(string.Join(Environment.NewLine, problems));
    }
}
