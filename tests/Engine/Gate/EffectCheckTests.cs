using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Cli;
using Homelab.Engine.Controls;
using Homelab.Engine.Definitions;
using Homelab.Engine.Gate;
using Homelab.Rules.Decisions;
using Homelab.Tests.Engine.Runs;
using Homelab.Tests.Rules.Decisions;
using Homelab.Workflows.Definitions;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

public sealed class EffectCheckTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-effects-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Of_BranchesThatMeet_ReportsEveryWayWithItsClass()
    {
        var found = (await CheckAsync("{}")).Of(Stop("a:Done->b", "a:Done->c", "b:Done->stop", "c:Done->stop", "stop:Done->a"));
        found.Select(effect => effect.Way).Should().BeEquivalentTo("chart -> a -> b -> stop", "chart -> a -> c -> stop");
        found.Should().OnlyContain(effect => effect.Action == "docker.stop_container" && effect.Effect == Effect.Reversible && effect.Class == ApprovalClass.None);
    }

    [Fact]
    public async Task Of_ManyWays_IsBounded()
    {
        var names = Enumerable.Range(0, 40).Select(index => $"n{index}").ToArray();
        var connections = names.SelectMany((name, index) => names.Skip(index + 1).Take(3).Select(next => $"{name}:Done->{next}")).Append("n39:Done->stop");
        var root = Flow.Chart([.. names.Select(name => Flow.Line(name)), Flow.Activity("stop", "Homelab.Docker.StopContainer")], [.. connections]);
        (await CheckAsync("{}")).Of(Flow.Definition(root)).Count.Should().BeInRange(1, 64);
    }

    [Fact]
    public async Task Forbidden_ByTheRules_NamesTheActivityAndItsWays()
    {
        var problem = (await CheckAsync("""{ "docker.stop_container": "forbidden" }""")).Forbidden(Stop("a:Done->b", "b:Done->stop")).Should().ContainSingle().Subject;
        problem.Should().Contain("'stop'").And.Contain("docker.stop_container").And.Contain("chart -> a -> b -> stop");
    }

    [Theory]
    [InlineData(2, "a -> stop; chart -> b -> stop)")]
    [InlineData(3, "c -> stop)")]
    [InlineData(5, "c -> stop and 2 other ways)")]
    public async Task Forbidden_ManyWays_NamesThreeAndCountsTheRest(int ways, string told)
    {
        string[] names = [.. "abcde"[..ways].Select(letter => $"{letter}")];
        var root = Flow.Chart([.. names.Select(name => Flow.Line(name)), Flow.Activity("stop", "Homelab.Docker.StopContainer")], [.. names.Select(name => $"{name}:Done->stop")]);
        (await CheckAsync("""{ "docker.*": "forbidden" }""")).Forbidden(Flow.Definition(root)).Should().ContainSingle().Which.Should()
            .Contain($"{told}. Take it out").And.Contain("(reached by chart -> a -> stop; ");
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("Literal", "GET", false)]
    [InlineData("Literal", "head", false)]
    [InlineData("Literal", "OPTIONS", false)]
    [InlineData("Literal", "POST", true)]
    [InlineData("JavaScript", "GET", true)]
    public async Task Of_HttpRequest_HasAnEffectUnlessItsMethodOnlyReads(string? type, string? method, bool effect)
    {
        var request = type is null ? Flow.Activity("ask", "Elsa.SendHttpRequest") : Flow.Activity("ask", "Elsa.SendHttpRequest", ("method", Flow.Value(type, method!)));
        (await CheckAsync("{}")).Of(Flow.Definition(Flow.Chart([request]))).Any().Should().Be(effect);
        var stop = Flow.Activity("stop", "Homelab.Docker.StopContainer", ("method", Flow.Value("Literal", "GET")));
        (await CheckAsync("{}")).Of(Flow.Definition(Flow.Chart([stop]))).Should().ContainSingle("only a request is known by its method");
    }

    [Fact]
    public async Task Of_WhatTheHouseholdWantsAskedAbout_IsHard()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "preferences.json"), """{ "needsApproval": ["docker.*"] }""");
        (await CheckAsync("{}")).Of(Stop("a:Done->stop")).Should().OnlyContain(effect => effect.Class == ApprovalClass.Hard);
    }

    [Fact]
    public void Of_WithoutRules_NothingIsKnownToBeHarmless()
    {
        var none = new LiveSettings(Path.Combine(_directory, "rules"), Path.Combine(_directory, "none.json"), NullLogger<LiveSettings>.Instance);
        new EffectCheck(new DefinitionTypes(ActivityCatalog.All), none).Of(Stop("a:Done->stop")).Should().OnlyContain(effect => effect.Class == ApprovalClass.Hard);
    }

    [Fact]
    public async Task Validate_ForbiddenByTheRules_FailsAndPrintsTheWays()
    {
        await CheckAsync("""{ "docker.*": "forbidden" }""");
        var file = Path.Combine(_directory, "flow.json");
        await File.WriteAllTextAsync(file, WorkflowJson.Write(Stop("a:Done->b", "b:Done->stop")));
        using var output = new StringWriter();
        using var error = new StringWriter();
        (await CommandLine.RunAsync(["validate", file, "--rules", Path.Combine(_directory, "rules")], output, error, default)).Should().Be(ExitCode.Problems);
        output.ToString().Should().Contain("effect: docker.stop_container (reversible), class forbidden or stricter, by chart -> a -> b -> stop");
        error.ToString().Should().Contain("is forbidden by the rules");
    }

    private static WorkflowDefinition Stop(params string[] connections) => Flow.Definition(Flow.Chart(
        [Flow.Line("a"), Flow.Line("b"), Flow.Line("c"), Flow.Activity("stop", "Homelab.Docker.StopContainer", ("container", Flow.Value("Literal", "web")))], connections));

    private async Task<EffectCheck> CheckAsync(string byAction)
    {
        var rules = Directory.CreateDirectory(Path.Combine(_directory, "rules")).FullName;
        foreach (var (name, text) in ShippedPolicy.Files)
            await File.WriteAllTextAsync(Path.Combine(rules, name), text.Replace("\"byAction\": {}", $"\"byAction\": {byAction}", StringComparison.Ordinal));
        var settings = new LiveSettings(rules, Path.Combine(_directory, "preferences.json"), NullLogger<LiveSettings>.Instance);
        await settings.ReloadAsync(default);
        settings.Problems.Should().BeEmpty();
        return new EffectCheck(new DefinitionTypes(ActivityCatalog.All), settings);
    }
}
