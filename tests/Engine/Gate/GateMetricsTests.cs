using System.Diagnostics.Metrics;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Dispatch;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>What a dashboard is told when the gate decides, a change ends and people answer.</summary>
public sealed class GateMetricsTests : GateTestBase, IClassFixture<SqliteFixture>, IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<string> _counted = [];
    private readonly Dictionary<string, Instrument> _instruments = [];

    public GateMetricsTests(SqliteFixture fixture)
        : base(fixture)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope != World.Meters)
                return;
            _instruments.Add(instrument.Name, instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Count(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Count(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Decided_ThenDone_CountsTheDecisionItsConfidenceAndTheChange()
    {
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        var decision = (await World.Decisions.ListAsync(new(Target: "web"), default)).Single();
        _counted.Should().Equal(
            "homelab_decisions 1 action=test.restart_thing verdict=execute risk=low",
            FormattableString.Invariant($"homelab_decision_confidence {decision.Confidence} verdict=execute"),
            "homelab_changes 1 result=succeeded");
        decision.Confidence.Should().BeInRange(0.5, 1);
    }

    [Fact]
    public async Task Ended_FailedThenJudged_CountsEachTime()
    {
        World.Restart.Failure = new ActivityException("no", retryable: false);
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        World.Restart.Failure = null;
        await World.PerformAsync(World.Request(World.Restart, new { name = "db" }, step: "s2"));
        await World.Changes.JudgeAsync((await World.Changes.ListAsync(new(Target: "db"), default)).Single().Id, "notVerified", "It did not help.", default);
        _counted.Where(one => one.StartsWith("homelab_changes", StringComparison.Ordinal)).Should()
            .Equal("homelab_changes 1 result=failed", "homelab_changes 1 result=succeeded", "homelab_changes 1 result=notVerified");
    }

    [Fact]
    public async Task Answered_YesNoOrNothing_CountsWhichOnce()
    {
        foreach (var (step, approve) in (IEnumerable<(string, bool?)>)[("s1", true), ("s2", false), ("s3", null)])
        {
            var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = step }, step: step), default);
            if (approve is { } yes)
                await World.Desk.AnswerAsync(held.ApprovalId, new ApprovalAnswer(yes, "anna"), default);
        }

        World.Time.Advance(TimeSpan.FromMinutes(5));
        await World.Desk.SweepAsync(default);
        await World.Desk.SweepAsync(default);
        _counted.Where(one => one.StartsWith("homelab_approvals", StringComparison.Ordinal)).Should()
            .Equal("homelab_approvals 1 state=approved", "homelab_approvals 1 state=denied", "homelab_approvals 1 state=timedOut");
    }

    [Fact]
    public async Task Ask_OnlyLooking_CountsNothing()
    {
        await World.Gate.AskAsync(World.Request(World.Restart, new { name = "web" }, dryRun: true), default);
        _counted.Should().BeEmpty("a dry run decides nothing");
    }

    /// <summary>The console and the dashboards show these words, and confidence is told apart where the thresholds are.</summary>
    [Fact]
    public void Instruments_OfTheGate_AreDescribedAndOfTheEnginesMeter()
    {
        _instruments.Values.Should().OnlyContain(instrument => instrument.Meter.Name == "Homelab.Engine");
        _instruments.ToDictionary(one => one.Key, one => one.Value.Description).Should().Equal(new Dictionary<string, string?>
        {
            ["homelab_decisions"] = "Decisions, by action, verdict and risk.",
            ["homelab_decision_confidence"] = "Confidence of decisions, 0 to 1.",
            ["homelab_changes"] = "Changes that ended, by how; one that is judged later counts again.",
            ["homelab_approvals"] = "Questions to people, by what became of them.",
        });
        ((Histogram<double>)_instruments["homelab_decision_confidence"]).Advice!.HistogramBucketBoundaries.Should().Contain([0.75, 0.9]).And.BeInAscendingOrder().And.EndWith(1);
    }

    private void Count<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        where T : struct
    {
        var text = FormattableString.Invariant($"{instrument.Name} {value}");
        foreach (var (name, tag) in tags)
            text += $" {name}={tag}";
        _counted.Add(text);
    }
}
