using FluentAssertions;
using Homelab.Activities.Model;
using Homelab.Engine.Logs;
using Homelab.Tests.Activities;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Homelab.Tests.Engine.Logs;

/// <summary>Looks at a source window after window, as the workflow does, without a database.</summary>
public sealed class LogLookTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 19, 0, 0, 0, TimeSpan.Zero);

    private readonly ActivityEnvironment _environment = new();
    private readonly LogLook _look;
    private readonly SourceMiners _miners = new();
    private readonly Dictionary<string, PatternRow> _known = [];
    private readonly Dictionary<string, SortedDictionary<long, long>> _windows = [];
    private int _window;

    public LogLookTests() => _look = new(
        new LogRules(Path.Combine(Repository.Root, "rules", "library", "logs", "log-rules.json"), NullLogger<LogRules>.Instance), _environment.Get<TextMask>());

    public void Dispose() => _environment.Dispose();

    [Fact]
    public void Run_NewErrorAfterLearning_IsFoundOnceAndMasked()
    {
        Learn(20);
        var found = Look("tick 1", "error 17 while talking to bob@example.org with password=hunter2 and key ghp_abcdefghijklmnopqrstuvwxyz0123").Unknown.Should().ContainSingle().Subject;
        found.Title.Should().StartWith("New error in web: error <*> while talking");
        var shown = found.Title + found.Text + string.Join("", found.Evidence);
        shown.Should().NotContain("hunter2").And.NotContain("bob@").And.NotContain("ghp_");
        Look("tick 2", "error 18 while talking to bob@example.org with password=hunter3 and key ghp_abcdefghijklmnopqrstuvwxyz0123").Unknown.Should().BeEmpty("it is known now");
    }

    [Fact]
    public void Run_NewErrorWhileLearning_IsTakenForUsual() => Look("error 17 in frobnicator").Unknown.Should().BeEmpty();

    [Fact]
    public void Run_PlainNewLine_IsNoFinding()
    {
        Learn(20);
        var result = Look("tick 1", "started version 2 of the thing");
        result.Unknown.Should().BeEmpty();
        result.Findings.Should().BeEmpty();
    }

    [Fact]
    public void Run_PatternTenfold_Explodes()
    {
        Learn(40);
        Look([.. Enumerable.Range(0, 10).Select(i => $"tick {i}")]).Findings.Should().BeEmpty("ten lines are no flood");
        Look([.. Enumerable.Range(0, 60).Select(i => $"tick {i}")]).Findings.Should().ContainSingle().Which.Title.Should().StartWith("Log flood of web: tick <*>");
    }

    [Fact]
    public void Run_SteadyLineStops_IsFoundAndTakenBackWhenItComesAgain()
    {
        Learn(50, "heartbeat ok");
        LookResult result = new();
        for (var i = 0; i < 5 && result.Findings.Count == 0; i++)
            result = Look("tick 1");
        var key = result.Findings.Should().ContainSingle().Subject;
        key.Title.Should().Be("web stopped logging: heartbeat ok");
        Look("tick 1", "heartbeat ok").Back.Should().Contain(key.Key);
    }

    [Theory]
    [InlineData("ERROR: deadlock detected", 1, "failure", "warning")]
    [InlineData("write failed: No space left on device", 1, "failure", "critical")]
    [InlineData("Failed password for root from 10.0.0.1 port 22 ssh2", 12, "security", "critical")]
    [InlineData("Failed password for root from 10.0.0.1 port 22 ssh2", 2, null, null)]
    [InlineData("LOG: duration: 5321.221 ms statement: select 1", 1, "performance", "warning")]
    [InlineData("unknown configuration option \"frob\"", 1, "drift", "warning")]
    public void Run_WhatRulesKnow_IsSortedEvenWhileLearning(string line, int times, string? expectedClass, string? severity)
    {
        var found = Look([.. Enumerable.Repeat(line, times)]).Findings;
        if (expectedClass is null)
            found.Should().BeEmpty();
        else
            (found.Should().ContainSingle().Subject.Class, found[0].Severity, found[0].Occurrences).Should().Be((expectedClass, severity!, (long)times));
    }

    [Fact]
    public void Run_AfterARestart_KnowsItsTemplatesAgain()
    {
        Learn(20);
        for (var i = 0; i < 30; i++)
            Look($"backup of volume {(char)('a' + (i % 26))}{(char)('a' + (i / 26))}bel finished");
        var before = _known.Count;
        var restarted = new SourceMiners();
        _look.Run("s", [Entry("backup of volume zzbel finished", 0)], restarted, _known, Past(), Start, Start.AddMinutes(5 * _window)).Patterns.Keys.Should().OnlyContain(id => _known.ContainsKey(id));
        _known.Should().HaveCount(before);
    }

    private void Learn(int windows, params string[] further)
    {
        for (var i = 0; i < windows; i++)
            Look(["tick 1", "tick 2", .. further]);
    }

    private LookResult Look(params string[] lines)
    {
        var now = Start.AddMinutes(5 * _window++);
        var result = _look.Run("s", [.. lines.Select(Entry)], _miners, _known, Past(), Start, now);
        foreach (var (id, row) in result.Patterns)
            _known[id] = row;
        foreach (var (id, count) in result.Counts)
            (_windows.TryGetValue(id, out var windows) ? windows : _windows[id] = [])[PatternWatch.Slot(now)] = count;
        return result;
    }

    private Dictionary<string, WindowSum> Past() => _windows.ToDictionary(pair => pair.Key, pair => new WindowSum { PatternId = pair.Key, Windows = pair.Value.Count, Sum = pair.Value.Values.Sum(), Peak = pair.Value.Values.Max() });

    private LogEntry Entry(string text, int i) => new(Start.AddMinutes(5 * _window).AddMilliseconds(i), "web", LogLevels.Of(text), text);
}
