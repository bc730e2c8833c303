using FluentAssertions;
using Homelab.Engine.Lab.Bench;
using Homelab.Engine.Lab.World;
using Xunit;
using World = Homelab.Engine.Lab.World;

namespace Homelab.Tests.Engine.Lab;

/// <summary>Files of scenarios.</summary>
public sealed class ScenarioReaderTests
{
    [Fact]
    public void Shipped_AllAreRead_AndStrikeWhatIsThere()
    {
        var scenarios = ScenarioReader.ReadAll(Path.Combine(Api.ApiFrameTests.Repository(), "engine", "Lab", "scenarios"));
        scenarios.Should().HaveCountGreaterThanOrEqualTo(40).And.OnlyHaveUniqueItems(scenario => scenario.Name);
        foreach (var scenario in scenarios)
        {
            var homelab = new World.Homelab(1, DateTimeOffset.UnixEpoch);
            foreach (var fault in scenario.Faults)
                homelab.Strike(fault.Fault);
        }
    }

    /// <summary>That it is chosen there the benchmark looks at: it is part of what each expects.</summary>
    [Fact]
    public void Shipped_EachPlaybook_IsExpectedByAScenario()
    {
        var repository = Api.ApiFrameTests.Repository();
        ScenarioReader.ReadAll(Path.Combine(repository, "engine", "Lab", "scenarios")).SelectMany(scenario => scenario.Expect.Playbooks).Distinct()
            .Should().BeEquivalentTo(Directory.GetFiles(Path.Combine(repository, "workflows", "playbooks"), "*.yaml").Select(Path.GetFileNameWithoutExtension));
    }

    [Fact]
    public void Read_WhatIsWrong_NamesEveryProblem()
    {
        List<string> problems = [];
        ScenarioReader.Read(
            "bad.yaml",
            """
            tittle: x
            at: noon
            minutes: 0
            approver: maybe
            preferences: { actionsPerDay: many }
            connections: [Telnet]
            faults:
              - { kind: explosion, target: wiki }
              - { kind: container_crash, target: wiki, cure: [restrat], after: soon, colour: red }
              - 7
            expect: { verdict: maybe, resolvedAlone: perhaps, incidents: 1.5, well: [wikki], actions: [restart wiki] }
            forbidden: ["restart"]
            """, problems).Should().BeNull();
        foreach (var expected in new[]
        {
            "tittle: there is no such field", "title is missing", "at 'noon'", "minutes '0'", "approver 'maybe'", "preferences.actionsPerDay", "connections 'Telnet'", "faults[0].kind 'explosion'", "faults[1].cure 'restrat'", "faults[1].after 'soon'",
            "faults[1].colour", "faults[2] '7'", "expect.verdict 'maybe'", "expect.resolvedAlone 'perhaps'", "expect.incidents '1.5'", "expect.well 'wikki'", "expect.actions 'restart wiki'", "forbidden 'restart'",
        })
            problems.Should().Contain(problem => problem.StartsWith($"bad.yaml: {expected}"), expected);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("- a", "no mapping")]
    [InlineData("title: x\n---\ntitle: y", "several documents")]
    [InlineData("title: x\ntitle: y", "title")]
    [InlineData("title: x\nfaults: all", "faults 'all'")]
    [InlineData("title: x\nfaults: []", "names no fault")]
    [InlineData("title: x\nfaults: [{ kind: container_crash }]", "faults[0].target is missing")]
    [InlineData("title: x\nfaults: [{ kind: container_crash, target: wiki, after: 900 }]", "faults[0].after '900'")]
    [InlineData("title: x\nfaults: [{ kind: disk_filling, target: nas, cause: cats }]", "faults[0].cause 'cats'")]
    [InlineData("title: x\nfaults: [{ kind: container_crash, target: wiki }]\nexpect: well", "expect 'well'")]
    public void Read_WhatIsNoScenario_SaysWhy(string yaml, string words)
    {
        List<string> problems = [];
        ScenarioReader.Read("bad.yaml", yaml, problems).Should().BeNull();
        problems.Should().Contain(problem => problem.Contains(words));
    }

    [Fact]
    public void Read_TheOneInTheDescription_IsAScenario()
    {
        var text = File.ReadAllText(Path.Combine(Api.ApiFrameTests.Repository(), "docs", "scenarios.md"));
        var yaml = text.Split("```yaml\n")[1].Split("```")[0];
        List<string> problems = [];
        ScenarioReader.Read("described.yaml", yaml, problems);
        problems.Should().BeEmpty();
        foreach (var kind in FaultKind.All)
            text.Should().Contain(kind.Name);
    }
}
