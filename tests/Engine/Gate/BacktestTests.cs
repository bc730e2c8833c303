using FluentAssertions;
using Homelab.Engine.Gate;
using Homelab.Rules.Decisions;
using Homelab.Tests.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

public sealed class BacktestTests
{
    [Fact]
    public void Run_StricterRules_ShowsWhatDiffersAndItsLimits()
    {
        var facts = GateJson.Read<FactsSnapshot>(GateJson.Write(ShippedPolicy.Facts(ShippedPolicy.Sure(0.92))));
        facts.Should().BeEquivalentTo(ShippedPolicy.Facts(ShippedPolicy.Sure(0.92)), "facts come back from the store as they were");
        var files = new Dictionary<string, string>(ShippedPolicy.Files);
        files["policy.json"] = files["policy.json"].Replace("\"above\": 0.90", "\"above\": 0.93", StringComparison.Ordinal);
        var other = DecisionPolicyReader.Read(files).Policy!;

        Backtest.Run([("a", facts, Verdict.Execute)], ShippedPolicy.Policy).Differences.Should().BeEmpty();
        var result = Backtest.Run([("a", facts, Verdict.Execute), ("b", facts, Verdict.Ask)], other);
        result.Decisions.Should().Be(2);
        var difference = result.Differences.Should().ContainSingle().Subject;
        (difference.DecisionId, difference.Was, difference.Would).Should().Be(("a", Verdict.Execute, Verdict.Ask));
        (difference.Action, difference.Target).Should().Be((facts.Candidates[0].Action, facts.Candidates[0].Target.Name));
        result.Caveat.Should().Contain("decisions, not outcomes");
    }
}
