using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

public sealed class ConfidenceTests
{
    private static readonly DecisionPolicy Policy = ShippedPolicy.Policy;

    [Fact]
    public void Score_WorkedExample_Is0957() =>
        Confidence.Score(Policy.Weights, 0.89, 1.00, 0.95, 1.00).Should().Be(0.957);

    [Fact]
    public void Decide_WorkedExample_KeepsEachContribution()
    {
        var record = Deciding.Decide(
            ShippedPolicy.Facts(ShippedPolicy.Candidate with { Prediction = 0.89, HistoricalSuccess = 1.00, ImpactCertainty = 0.95, RollbackFeasibility = 1.00 }), Policy);
        record.Chosen!.Confidence.Should().Be(0.957);
        record.Chosen.Factors.Select(factor => Math.Round(factor.Contribution, 9)).Should().Equal(0.267, 0.3, 0.19, 0.2);
        record.Verdict.Should().Be(Verdict.Execute);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(-1)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void Score_FactorThatIsNoRate_CountsAsNothing(double broken) =>
        Confidence.Score(Policy.Weights, broken, 1, 1, 1).Should().Be(0.7);

    [Fact]
    public void Score_FactorAboveOne_CountsAsOne() => Confidence.Score(Policy.Weights, 7, 1, 1, 1).Should().Be(1);

    [Fact]
    public void Learned_NothingKnown_IsTheLowerBoundOfThePrior()
    {
        // The rate of Beta(2, 1) is below its square root with that probability.
        Confidence.Learned(new HistoryFacts(), Policy).Should().BeApproximately(Math.Sqrt(0.10), 1e-9);
        Confidence.IsProven(new HistoryFacts(), Policy).Should().BeFalse();
    }

    [Fact]
    public void Learned_Proven_IsTheMean()
    {
        Confidence.Learned(new HistoryFacts(10, 1), Policy).Should().BeApproximately(12.0 / 14.0, 1e-12);
        Confidence.IsProven(new HistoryFacts(10, 1), Policy).Should().BeTrue();
        Confidence.IsProven(new HistoryFacts(9, 0), Policy).Should().BeFalse();
    }

    [Fact]
    public void Learned_OneMoreFailure_IsNeverSurer()
    {
        for (var successes = 0; successes <= 20; successes++)
        {
            for (var failures = 0; failures <= 20; failures++)
            {
                var now = Confidence.Learned(new HistoryFacts(successes, failures), Policy);
                Confidence.Learned(new HistoryFacts(successes, failures + 1), Policy).Should().BeLessThan(now);
                Confidence.Learned(new HistoryFacts(successes + 1, failures), Policy).Should().BeGreaterThan(now);
            }
        }
    }

    [Theory]
    [InlineData(0, 0, "unproven (never tried)")]
    [InlineData(2, 0, "unproven (2 of 2 worked)")]
    [InlineData(0, 5, "unproven (0 of 5 worked)")]
    [InlineData(39, 1, "97.5 % of 40 worked")]
    public void Describe_History_ShowsNoPercentageUntilProven(int successes, int failures, string expected) =>
        Confidence.Describe(new HistoryFacts(successes, failures), Policy).Should().Be(expected);

    [Theory]
    [InlineData(0.5, 1, 1, 0.5)]
    [InlineData(0.05, 1, 1, 0.05)]
    [InlineData(0.10, 4, 1, 0.5623413251903491)]
    [InlineData(0.5, 2, 2, 0.5)]
    [InlineData(0.10, 1, 3, 0.034510615)]
    public void Quantile_KnownDistributions_Agree(double probability, double a, double b, double expected) =>
        BetaDistribution.Quantile(probability, a, b).Should().BeApproximately(expected, 1e-8);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    public void Quantile_CertainProbability_IsAnEnd(double probability, double expected) =>
        BetaDistribution.Quantile(probability, 3, 4).Should().Be(expected);

    [Fact]
    public void Cumulative_BothSidesOfTheMean_AreMirrors()
    {
        foreach (var x in (double[])[0.01, 0.2, 0.5, 0.77, 0.99])
            (BetaDistribution.Cumulative(x, 12.5, 3) + BetaDistribution.Cumulative(1 - x, 3, 12.5)).Should().BeApproximately(1, 1e-12);
        BetaDistribution.Cumulative(0.3, 2, 1).Should().BeApproximately(0.09, 1e-12);
        BetaDistribution.Cumulative(0, 2, 1).Should().Be(0);
        BetaDistribution.Cumulative(1, 2, 1).Should().Be(1);
    }
}
