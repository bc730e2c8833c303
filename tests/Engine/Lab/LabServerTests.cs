using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Lab;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Lab;

/// <summary>The product with the lab around it: its ordinary clients on the simulators.</summary>
public sealed class LabServerTests
{
    [Fact]
    public async Task Connections_OfTheLab_AreAllReachable()
    {
        await using var lab = await LabServer.StartAsync();
        foreach (var connection in lab.Server.Services.GetServices<ITestableConnection>().SelectMany(tool => tool.Names.Select(name => (tool, name))))
        {
            if (connection.tool.Tool == "Ssh" && !File.Exists("/usr/bin/ssh"))
                continue;
            var report = await connection.tool.TestAsync(connection.name, default);
            report.Problem.Should().BeNull($"{report.Tool} {report.Name} is simulated");
            report.Reachable.Should().BeTrue();
        }
    }

    [Fact]
    public async Task Activities_OnTheLab_ReadWhatIsThere()
    {
        await using var lab = await LabServer.StartAsync();
        (await lab.AskAsync("docker.inspect_container", new { container = "wiki" }))["state"]!.ToString().Should().Be("running");
        (await lab.AskAsync("docker.get_stats", new { container = "wiki" }))["memoryLimitBytes"]!.GetValue<long>().Should().Be(512L << 20);
        (await lab.AskAsync("proxmox.list_guests", new { }))["guests"]!.AsArray().Should().HaveCount(4);
        (await lab.AskAsync("prometheus.query_metrics", new { query = "sum(up{job=\"node\"})" }))["value"]!.GetValue<double>().Should().Be(7);
        lab.Lab.Homelab.Strike(new() { Kind = "container_crash", Target = "wiki" });
        (await lab.AskAsync("docker.inspect_container", new { container = "wiki" }))["exitCode"]!.GetValue<int>().Should().Be(2);
        (await lab.AskAsync("docker.read_logs", new { container = "wiki" }))["lines"]!.ToJsonString().Should().Contain("panic");
        (await lab.AskAsync("loki.query_logs", new { query = "{container=\"wiki\"} |= \"panic\"" }))["lines"]!.AsArray().Should().ContainSingle();
    }

    [Fact]
    public async Task Ssh_TheOrdinaryClient_RunsNothingHereAndKnowsTheMachine()
    {
        if (!File.Exists("/usr/bin/ssh"))
            return;
        await using var lab = await LabServer.StartAsync();
        (await lab.AskAsync("systemd.get_unit", new { connection = "nas", unit = "smbd.service" }))["active"]!.ToString().Should().Be("active");
        lab.Lab.Homelab.Strike(new() { Kind = "service_down", Target = "nas/smbd.service" });
        (await lab.AskAsync("systemd.get_unit", new { connection = "nas", unit = "smbd.service" }))["active"]!.ToString().Should().Be("failed");
        (await lab.AskAsync("linux.get_disk_usage", new { connection = "nas" }))["fileSystems"]!.AsArray().Select(system => (string?)system!["mountedOn"]).Should().Equal("/", "/srv/media");
        lab.Lab.Homelab.Strike(new() { Kind = "interface_down", Target = "nas" });
        await FluentActions.Awaiting(() => lab.AskAsync("systemd.get_unit", new { connection = "nas", unit = "smbd.service" })).Should().ThrowAsync<ActivityException>();
    }

    [Fact]
    public async Task Lab_Api_ShowsStrikesAndEnds()
    {
        await using var lab = await LabServer.StartAsync();
        await lab.Server.SignInAsync();
        (await lab.Server.Http.GetFromJsonAsync<JsonObject>("/api/session"))!["areas"]!.ToJsonString().Should().Contain("lab");
        using var struck = await lab.Server.Http.PostAsJsonAsync("/api/lab/faults", new { kind = "guest_down", target = "cloud" });
        var fault = (await struck.Content.ReadFromJsonAsync<JsonObject>())!;
        ((string?)fault["target"]).Should().Be("cloud");
        var info = await lab.Server.Http.GetFromJsonAsync<JsonObject>("/api/lab");
        info!["things"]!.AsArray().Single(thing => (string?)thing!["name"] == "cloud")!["well"]!.GetValue<bool>().Should().BeFalse();
        (await lab.Server.Http.DeleteAsync($"/api/lab/faults/{fault["id"]}")).EnsureSuccessStatusCode();
        using var wrong = await lab.Server.Http.PostAsJsonAsync("/api/lab/faults", new { kind = "guest_down", target = "nobody" });
        ((int)wrong.StatusCode).Should().Be(400);
    }

    [Fact]
    public async Task Api_WithoutALab_HasNoSuchPart()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignInAsync();
        (await server.Http.GetFromJsonAsync<JsonObject>("/api/session"))!["areas"]!.ToJsonString().Should().NotContain("\"lab\"");
    }

    [Fact]
    public async Task Lab_EveryButton_StrikesWhatItOffers()
    {
        await using var lab = await LabServer.StartAsync();
        await lab.Server.SignInAsync();
        var kinds = (await lab.Server.Http.GetFromJsonAsync<JsonObject>("/api/lab/faults?pageSize=200"))!["items"]!.AsArray();
        kinds.Should().HaveCountGreaterThan(20);
        foreach (var kind in kinds)
        {
            using var struck = await lab.Server.Http.PostAsJsonAsync("/api/lab/faults", new { kind = (string?)kind!["name"], target = (string?)kind["targets"]!.AsArray().Last() });
            ((int)struck.StatusCode).Should().Be(201, await struck.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task FirstMinute_TheCrashIsHealed_TheCriticalOneWaits_AndWhatDoesNotHelpIsTakenBack()
    {
        var workflows = Path.Combine(Api.ApiFrameTests.Repository(), "workflows");
        await using var lab = await LabServer.StartAsync(("Workflows:Directory", workflows));
        lab.Play();
        await lab.Server.SignInAsync();
        var crash = await lab.UntilAsync("/api/incidents", incident => (string?)incident["service"] == "wiki" && (string?)incident["state"] == "resolved");
        ((string?)crash["resolution"]).Should().Be("autonomous");
        lab.Lab.Homelab.Container("wiki")!.IsRunning.Should().BeTrue();
        var decision = await lab.UntilAsync("/api/decisions", decision => (string?)decision["target"] == "wiki");
        ((string?)decision["sentence"]).Should().Contain("because", "a decision says why");

        var question = await lab.UntilAsync("/api/approvals?state=pending", approval => ((string?)approval["target"])!.Contains("vaultwarden"));
        lab.Lab.Homelab.Actions.Should().NotContain(action => action.Target == "container/vaultwarden", "nobody said yes yet");
        using var answer = await lab.Server.Http.PostAsJsonAsync($"/api/approvals/{question["id"]}/answer", new { approve = true });
        answer.EnsureSuccessStatusCode();
        await lab.UntilAsync("/api/incidents", incident => (string?)incident["service"] == "vaultwarden" && (string?)incident["state"] == "resolved");

        var limit = 1024L << 20;
        await lab.UntilAsync("/api/incidents", incident => (string?)incident["service"] == "paperless" && (string?)incident["state"] == "needs_person");
        lock (lab.Lab.Homelab.Sync)
        {
            lab.Lab.Homelab.Actions.Where(action => action.Target == "container/paperless").Select(action => (action.Verb, action.TakesBack)).Should().Equal(("update", null), ("update", "update"));
            lab.Lab.Homelab.Container("paperless")!.MemoryLimit.Should().Be(limit, "it has its old limit again");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(23)]
    public void Preferences_AtAnyHour_ItIsNightInTheLab(int hour)
    {
        var now = new DateTimeOffset(2026, 4, 14, hour, 30, 0, TimeSpan.Zero);
        var zone = TimeZoneInfo.FindSystemTimeZoneById((string)LabPreferences.AtNight(now)["timeZone"]!);
        TimeZoneInfo.ConvertTime(now, zone).Hour.Should().Be(2);
    }

    private sealed class LabServer : IAsyncDisposable
    {
        private readonly LabRunner _runner;

        private LabServer(LabRunner runner, TestServer server) => (_runner, Server) = (runner, server);

        public TestServer Server { get; }

        public LabHost Lab => _runner.Lab;

        public static async Task<LabServer> StartAsync(params (string Name, string Value)[] further)
        {
            var runner = await LabRunner.WatchAsync(1, TimeProvider.System, default);
            var server = await TestServer.StartAsync(
                services => services.AddSingleton(runner),
                [.. runner.Settings(new Dictionary<string, string?>()).Where(setting => !setting.Key.StartsWith("Telegram:", StringComparison.Ordinal)).Select(setting => (setting.Key, setting.Value!)), .. further]);
            return new(runner, server);
        }

        public void Play()
        {
            Lab.Webhook = new Uri(Server.Http.BaseAddress!, "/api/alerts/alertmanager");
            _runner.Play(TimeProvider.System);
        }

        public async Task<JsonObject> UntilAsync(string path, Func<JsonObject, bool> fits)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(4));
            while (true)
            {
                var page = await Server.Http.GetFromJsonAsync<JsonObject>(path, limit.Token);
                if (page!["items"]!.AsArray().OfType<JsonObject>().FirstOrDefault(fits) is { } found)
                    return found;
                await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, limit.Token);
            }
        }

        public async Task<JsonObject> AskAsync(string activity, object input)
        {
            Server.Services.GetRequiredService<ActivityCatalog>().TryFind(activity, out var invoker).Should().BeTrue();
            var context = Homelab.Tests.Activities.ActivityEnvironment.Context(dryRun: true);
            return (await invoker!.ExecuteAsync(JsonSerializer.SerializeToElement(input), context, default))!.AsObject();
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            await _runner.DisposeAsync();
        }
    }
}
