using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Cli;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Xunit;

namespace Homelab.Tests.Engine.Incidents;

/// <summary>What no alert says, seen on a real Docker engine.</summary>
[Collection(nameof(DockerCollection))]
public sealed class HealthCycleTests(DockerFixture docker) : IAsyncLifetime
{
    private TestServer _server = null!;
    private string _key = "";

    public async Task InitializeAsync()
    {
        (string, string)[] tools = RealServer.WhyNot([DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client]) is null ? [("Activities:Docker:default:Endpoint", $"unix://{docker.Socket}")] : [];
        _server = await TestServer.StartAsync([("Incidents:CycleEvery", "00:00:00"), .. tools]);
        await _server.SignInAsync();
        var made = await _server.Http.PostAsJsonAsync("/api/api-keys", new { name = "cli", role = "admin" });
        _key = (string?)(await made.Content.ReadFromJsonAsync<JsonNode>())!["key"] ?? "";
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task Cycle_FindsWhatCrashedAndWhatIsUnhealthy_AndSeesThatItIsOver()
    {
        var crashed = await docker.NewAsync("crashed", ["--network", "none", "--restart", "unless-stopped"]);
        var stopped = await docker.NewAsync("stopped");
        var left = await docker.NewAsync("left", ["--network", "none", "--restart", "unless-stopped", "--label", "homelab.observe=false"]);
        var ill = await docker.NewAsync("ill", ["--network", "none", "--health-cmd", "false", "--health-interval", "1s", "--health-retries", "1"]);
        foreach (var container in new[] { crashed, stopped, left })
            await docker.DockerAsync("kill", container);
        await TestWait.UntilAsync(async () => (string?)(await docker.InspectAsync(ill))["State"]!["Health"]!["Status"] == "unhealthy");
        try
        {
            // Shown, and nothing is opened.
            var (code, text) = await OodaAsync("--dry-run");
            code.Should().Be(0, text);
            text.Should().Contain("container_down").And.Contain(crashed).And.Contain($"{ill} is unhealthy").And.NotContain(stopped).And.NotContain(left);
            (await IncidentsAsync()).Should().BeEmpty();

            (await OodaAsync("--once")).Code.Should().Be(0);
            await TestWait.UntilAsync(async () => (await IncidentsAsync()).Count == 2);
            await OodaAsync("--once");
            var incident = (await IncidentsAsync()).Single(item => (string?)item["kind"] == "container_down");
            ((string?)incident["target"], (string?)incident["source"], (string?)incident["state"]).Should().Be(($"docker:default/container/{crashed}", "homelab", "open"));
            (await IncidentsAsync()).Single(item => (string?)item["kind"] == "container_unhealthy")["service"]!.ToString().Should().Be(ill);

            await docker.DockerAsync("start", crashed);
            await OodaAsync("--once");
            await TestWait.UntilAsync(async () => (await IncidentsAsync()).Any(item => (string?)item["service"] == crashed && (string?)item["state"] == "resolved"));
            (await IncidentsAsync()).Count(item => (string?)item["state"] == "open").Should().Be(1, "the other is still ill");
        }
        finally
        {
            await docker.DockerAsync("rm", "-f", crashed, stopped, left, ill);
        }
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task Loop_StoppedPausedAndResumed_IsSeenInItsState()
    {
        foreach (var (option, mode, acts) in new[] { ("--stop", "stopped", true), ("--continuous", "continuous", true), ("--pause", "continuous", false), ("--resume", "continuous", true) })
        {
            (await OodaAsync(option)).Code.Should().Be(0);
            var state = (await _server.Http.GetFromJsonAsync<JsonNode>("/api/ooda"))!;
            ((string?)state["mode"], (bool)state["acts"]!).Should().Be((mode, acts), option);
        }

        (await OodaAsync("--autonomy", "moderate")).Text.Should().Contain("autonomy moderate");
        (await OodaAsync("--autonomy", "wild")).Code.Should().NotBe(0);
        (await OodaAsync("--stop", "--once")).Code.Should().Be(ExitCode.Usage);
        var metrics = await _server.Http.GetStringAsync("/metrics");
        metrics.Should().Contain("homelab_health_score");
    }

    private async Task<(int Code, string Text)> OodaAsync(params string[] options)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await CommandLine.RunAsync(["ooda", .. options, "--server", _server.Http.BaseAddress!.ToString(), "--api-key", _key], output, error, default);
        return (code, output.ToString() + error);
    }

    private async Task<IReadOnlyList<JsonNode>> IncidentsAsync() => [.. (await _server.Http.GetFromJsonAsync<JsonNode>("/api/incidents"))!["items"]!.AsArray().Select(item => item!)];
}
