using System.Diagnostics;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Cli;
using Homelab.Tests.Engine.Api;
using Xunit;

namespace Homelab.Tests.Engine.Lab;

/// <summary><c>homelab lab bench</c> as it is called: the executable in a process of its own, for its clock is the whole process's.</summary>
public sealed class LabBenchTests : IDisposable
{
    private readonly string _scenarios = Directory.CreateTempSubdirectory("homelab-scenarios-").FullName;

    [Fact]
    public async Task Bench_TwoScenarios_PrintsTheirFiguresAsJson()
    {
        Copy("container-crash-at-night", "critical-service-denied");
        using var bench = Start("--autonomy", "moderate", "--seed", "1", "--json");
        var (output, error) = (bench.StandardOutput.ReadToEndAsync(), bench.StandardError.ReadToEndAsync());
        await bench.WaitForExitAsync();
        var printed = JsonNode.Parse(await output)!;
        bench.ExitCode.Should().Be(ExitCode.Ok, await error);
        var level = printed["levels"]!.AsArray().Should().ContainSingle().Subject!;
        (Number(level, "scenarios"), Number(level, "passed"), Number(level, "shouldAlone"), Number(level, "resolvedAlone"), Number(level, "unsafe"), Number(level, "unnecessary")).Should().Be((2, 2, 1, 1, 0, 0));
        Number(level, "detectionMedianSeconds").Should().BeInRange(1, 60);
        Number(level, "fixMedianSeconds").Should().BeInRange(1, 60);
        Number(level, "messagesPerIncident").Should().BeGreaterThan(0);
        var crash = printed["scenarios"]!.AsArray().Single(scenario => (string?)scenario!["scenario"] == "container-crash-at-night")!;
        crash["actions"]!.AsArray().Select(action => (string?)action!["verb"]).Should().Equal("start");
        (await error).Should().Contain("container-crash-at-night", "progress goes there, so that what is printed is JSON alone");
    }

    [Fact]
    public async Task Bench_ToldToStop_Stops()
    {
        Copy("container-crash-at-night", "critical-service-nobody-answers");
        using var bench = Start("--autonomy", "moderate");
        var error = bench.StandardError.ReadToEndAsync();
        (await bench.StandardOutput.ReadLineAsync()).Should().Contain("1/2", "one is over, and the next has begun");
        using (var kill = Process.Start("kill", ["-TERM", $"{bench.Id}"]))
            await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await bench.WaitForExitAsync(limit.Token);
        bench.ExitCode.Should().Be(ExitCode.Problems);
        (await error).Should().Contain("Stopped after 1 of 2 runs");
    }

    [Fact]
    public async Task Bench_BadFiles_NamesAllThatIsWrongAndRunsNothing()
    {
        await File.WriteAllTextAsync(Path.Combine(_scenarios, "one.yaml"), "title: x\nminutes: -3\nfaults: [{ kind: container_crash, target: nobody }]\n");
        await File.WriteAllTextAsync(Path.Combine(_scenarios, "two.yaml"), "title: [\n");
        var error = new StringWriter();
        var code = await CommandLine.RunAsync(["lab", "bench", "--scenarios", _scenarios], TextWriter.Null, error, default);
        code.Should().Be(ExitCode.Usage);
        error.ToString().Should().Contain("one.yaml: minutes '-3'").And.Contain("one.yaml: faults[0].target 'nobody'").And.Contain("two.yaml:");
    }

    [Fact]
    public async Task Bench_NoScenarioFits_SaysSo()
    {
        Copy("container-crash");
        var error = new StringWriter();
        (await CommandLine.RunAsync(["lab", "bench", "--scenarios", _scenarios, "--only", "nothing-*"], TextWriter.Null, error, default)).Should().Be(ExitCode.Usage);
        error.ToString().Should().Contain("--only nothing-*");
    }

    public void Dispose() => Directory.Delete(_scenarios, recursive: true);

    private void Copy(params string[] names)
    {
        foreach (var name in names)
            File.Copy(Path.Combine(ApiFrameTests.Repository(), "engine", "Lab", "scenarios", $"{name}.yaml"), Path.Combine(_scenarios, $"{name}.yaml"));
    }

    private Process Start(params string[] options) =>
        Process.Start(new ProcessStartInfo(EngineProcess.BuiltHere, ["lab", "bench", "--scenarios", _scenarios, .. options]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private static double Number(JsonNode level, string name) => level[name]!.GetValue<double>();
}
