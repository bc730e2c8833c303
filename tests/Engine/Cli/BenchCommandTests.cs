using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Cli;
using Homelab.Tests.Conformance;
using Xunit;

namespace Homelab.Tests.Engine.Cli;

public sealed class BenchCommandTests
{
    [Fact]
    public async Task Logs_FolderOfLabelledSamples_PrintsAccuracyOfEachSystemAndTheMean()
    {
        var folder = Directory.CreateTempSubdirectory("homelab-bench-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "Good_2k.log_structured.csv"), "LineId,Content,EventId\n1,up 5 s,E1\n2,up 6 s,E1\n3,\"down, bad\",E2\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "Bad_2k.log_structured.csv"), "LineId,Content,EventId\n1,up 5 s,E1\n2,up 6 s,E2\n");
        var (code, output, _) = await RunAsync("bench", "logs", folder, "--json");
        code.Should().Be(ExitCode.Ok);
        var figures = JsonNode.Parse(output)!;
        figures["systems"]!.AsArray().Select(system => ((string)system!["system"]!, (double)system["groupingAccuracy"]!)).Should().Equal(("Bad", 0), ("Good", 1));
        ((double)figures["meanGroupingAccuracy"]!).Should().Be(0.5);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Logs_FolderWithoutSamples_SaysWhatIsMissing()
    {
        var folder = Directory.CreateTempSubdirectory("homelab-bench-").FullName;
        var (code, _, error) = await RunAsync("bench", "logs", folder);
        code.Should().Be(ExitCode.Usage);
        error.Should().Contain("_structured.csv");
        Directory.Delete(folder);
    }

    [ConformanceFact("logs")]
    [Trait("Category", "Conformance")]
    public async Task Logs_LogPai_MeanAtLeast80Percent()
    {
        var (code, output, _) = await RunAsync("bench", "logs", ConformanceFolder.Path("logs"), "--json");
        code.Should().Be(ExitCode.Ok);
        ((double)JsonNode.Parse(output)!["meanGroupingAccuracy"]!).Should().BeGreaterThan(0.80);
    }

    [ConformanceFact("anomaly")]
    [Trait("Category", "Conformance")]
    public async Task Anomaly_Nab_StandardScoreOfCloudHostsAtLeast60()
    {
        var (code, output, _) = await RunAsync("bench", "anomaly", ConformanceFolder.Path("anomaly"), "--json");
        code.Should().Be(ExitCode.Ok);
        ((double)JsonNode.Parse(output)!["cloudHostMetrics"]!).Should().BeGreaterThan(60);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        return (await CommandLine.RunAsync(args, output, error, default), output.ToString(), error.ToString());
    }
}
