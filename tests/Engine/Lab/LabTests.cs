using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Lab;
using Homelab.Engine.Lab.Bench;
using Homelab.Engine.Lab.Metrics;
using Homelab.Engine.Lab.Ssh;
using Homelab.Engine.Lab.World;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using World = Homelab.Engine.Lab.World;

namespace Homelab.Tests.Engine.Lab;

/// <summary>The simulated homelab by itself: what faults do, what actions do about them.</summary>
public sealed class HomelabTests
{
    private static readonly DateTimeOffset Start = new(2026, 4, 14, 14, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Strike_TheSameSeedAndActions_GiveTheSameHistory()
    {
        static string History(int seed)
        {
            var homelab = new World.Homelab(seed, Start);
            homelab.Strike(new() { Kind = "memory_leak", Target = "shop-api", Amount = 20 });
            homelab.Strike(new() { Kind = "restart_loop", Target = "zigbee2mqtt" });
            homelab.PassTo(Start.AddMinutes(3));
            homelab.Restart(homelab.Container("shop-api")!);
            homelab.PassTo(Start.AddMinutes(5));
            return string.Join('\n', homelab.Happenings) + string.Join('\n', homelab.Containers.Select(container => $"{container.Id} {container.State} {container.Memory} {container.Restarts}"));
        }

        History(1).Should().Be(History(1));
        History(1).Should().NotBe(History(2), "noise and ids come from the seed");
    }

    [Fact]
    public void Start_OfACrashedContainer_EndsTheFaultAndIsNeeded()
    {
        var homelab = new World.Homelab(1, Start);
        var fault = homelab.Strike(new() { Kind = "container_crash", Target = "wiki" });
        homelab.Container("wiki")!.State.Should().Be("exited");
        homelab.Start(homelab.Container("wiki")!).Should().BeNull();
        homelab.PassTo(Start.AddSeconds(10));
        fault.EndedBy.Should().Be("start");
        homelab.IsWell("wiki").Should().BeTrue();
        homelab.Actions.Should().ContainSingle().Which.Should().Match<ActionRecord>(action => action.Needed && action.Helped);
    }

    [Fact]
    public void Start_OfWhatNothingCures_EndsAgain()
    {
        var homelab = new World.Homelab(1, Start);
        homelab.Strike(new() { Kind = "container_crash", Target = "wiki", Cure = [] });
        homelab.Start(homelab.Container("wiki")!);
        homelab.PassTo(Start.AddSeconds(10));
        homelab.Container("wiki")!.IsRunning.Should().BeFalse();
    }

    [Fact]
    public void DeadDependency_MakesUnhealthyWhatNeedsIt_AndMendingThatIsUnnecessary()
    {
        var homelab = new World.Homelab(1, Start);
        homelab.Strike(new() { Kind = "container_crash", Target = "redis" });
        homelab.PassTo(Start.AddSeconds(15));
        homelab.Container("shop-api")!.Health.Should().Be("unhealthy");
        homelab.Restart(homelab.Container("shop-api")!);
        homelab.Actions[^1].Needed.Should().BeFalse("it is not what is broken");
    }

    [Fact]
    public void WorseOn_ARestart_BreaksItForGood()
    {
        var homelab = new World.Homelab(1, Start);
        homelab.Strike(new() { Kind = "container_unhealthy", Target = "grafana", Cure = [], WorseOn = ["restart"] });
        homelab.Restart(homelab.Container("grafana")!);
        homelab.Actions[^1].Harmed.Should().BeTrue();
        homelab.Container("grafana")!.IsRunning.Should().BeFalse();
    }

    [Fact]
    public void HostDead_TakesItsGuestsAndTheirContainersAlong()
    {
        var homelab = new World.Homelab(1, Start);
        homelab.Strike(new() { Kind = "host_dead", Target = "pve1", EndsAfter = 60 });
        homelab.Machine("apps")!.IsUp.Should().BeFalse();
        homelab.Serves("wiki").Should().BeFalse();
        homelab.PassTo(Start.AddSeconds(75));
        homelab.Serves("wiki").Should().BeTrue();
    }

    [Theory]
    [InlineData("nonsense", "wiki", "There is no fault 'nonsense'")]
    [InlineData("container_crash", "nowhere", "'nowhere' is none of this homelab")]
    public void Strike_WhatIsNotThere_SaysSo(string kind, string target, string words) =>
        FluentActions.Invoking(() => new World.Homelab(1, Start).Strike(new() { Kind = kind, Target = target })).Should().Throw<ArgumentException>().WithMessage($"*{words}*");
}

/// <summary>The part of PromQL that the lab speaks.</summary>
public sealed class PromTests
{
    private static readonly DateTimeOffset Now = new(2026, 4, 14, 14, 0, 0, TimeSpan.Zero);
    private readonly SeriesStore _store = new(TimeSpan.FromHours(1));

    public PromTests()
    {
        for (var step = 0; step <= 60; step++)
        {
            _store.Scrape(Now.AddSeconds((step - 60) * 5), [
                Of("up", 1, ("job", "node"), ("host", "nas")), Of("up", 0, ("job", "node"), ("host", "pve1")), Of("used", 90, ("host", "nas")), Of("size", 100, ("host", "nas")),
                Of("requests_total", step * 10, ("code", "200")), Of("requests_total", step * 5, ("code", "500")),
            ]);
        }
    }

    [Theory]
    [InlineData("up == 0", 1, 0)]
    [InlineData("up{host=~\"n.*\"}", 1, 1)]
    [InlineData("up{host!=\"nas\"}", 1, 0)]
    [InlineData("sum(up)", 1, 1)]
    [InlineData("count by (job) (up)", 1, 2)]
    [InlineData("used / size > 0.8", 1, 0.9)]
    [InlineData("used / size > 0.95", 0, 0)]
    [InlineData("100 - used", 1, 10)]
    [InlineData("sum(rate(requests_total[1m]))", 1, 3)]
    [InlineData("increase(requests_total{code=\"500\"}[100s])", 1, 95)]
    [InlineData("max_over_time(requests_total{code=\"200\"}[5m] )", 1, 600)]
    [InlineData("deriv(requests_total{code=\"200\"}[2m])", 1, 2)]
    [InlineData("up == 0 and on (host) up", 1, 0)]
    [InlineData("up unless up == 0", 1, 1)]
    [InlineData("absent(nothing)", 1, 1)]
    [InlineData("-used", 1, -90)]
    [InlineData("avg_over_time((100 * used / size)[2m:30s])", 1, 90)]
    [InlineData("max_over_time((requests_total{code=\"200\"} - 100)[1m:])", 1, 500)]
    public void Evaluate_AnExpression_Answers(string expression, int count, double first)
    {
        var samples = new PromEvaluator(_store, Now).Vector(PromParser.Parse(expression));
        samples.Should().HaveCount(count);
        if (count > 0)
            samples[0].Value.Should().BeApproximately(first, 0.001);
    }

    [Theory]
    [InlineData("up ==")]
    [InlineData("holt_winters(up[5m], 0.5, 0.5)")]
    [InlineData("up{host=nas}")]
    [InlineData("sum_over_time((up)[5m])")]
    public void Evaluate_WhatItDoesNotKnow_IsRefused(string expression) =>
        FluentActions.Invoking(() => new PromEvaluator(_store, Now).Vector(PromParser.Parse(expression))).Should().Throw<PromException>();

    [Fact]
    public void Rules_OfTheLab_AreReadAndQuietOnAHealthyHomelab()
    {
        var homelab = new World.Homelab(1, Now);
        var store = new SeriesStore(TimeSpan.FromHours(1));
        var rules = AlertRules.Load();
        for (var step = 0; step < 30; step++)
        {
            homelab.PassTo(Now.AddSeconds(step * 5));
            store.Scrape(homelab.Now, HomelabMetrics.Of(homelab));
            rules.SelectMany(rule => rule.Evaluate(store, homelab.Now)).Should().BeEmpty();
        }

        rules.Should().HaveCountGreaterThan(20);
    }

    private static Sample Of(string name, double value, params (string Name, string Value)[] labels) =>
        new(new([KeyValuePair.Create(SeriesLabels.Name, name), .. labels.Select(label => KeyValuePair.Create(label.Name, label.Value))]), value);
}

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
            faults:
              - { kind: explosion, target: wiki }
              - { kind: container_crash, target: wiki, cure: [restrat], after: soon, colour: red }
              - 7
            expect: { verdict: maybe, resolvedAlone: perhaps, incidents: 1.5, well: [wikki], actions: [restart wiki] }
            forbidden: ["restart"]
            """, problems).Should().BeNull();
        foreach (var expected in new[]
        {
            "tittle: there is no such field", "title is missing", "at 'noon'", "minutes '0'", "approver 'maybe'", "preferences.actionsPerDay", "faults[0].kind 'explosion'", "faults[1].cure 'restrat'", "faults[1].after 'soon'",
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
        (await lab.AskAsync("linux.get_disk_usage", new { connection = "nas" }))["fileSystems"]!.AsArray().Should().ContainSingle();
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

/// <summary>Commands as the product sends them.</summary>
public sealed class SimulatedShellTests
{
    [Theory]
    [InlineData("'a' 'b c'", new[] { "a", "b c" })]
    [InlineData("'it'\\''s'", new[] { "it's" })]
    [InlineData("'' x", new[] { "", "x" })]
    public void Words_Quoted_ArriveAsTheyAre(string command, string[] words) => SimulatedShell.Words(command).Should().Equal(words);

    [Fact]
    public async Task Run_AnUnknownProgram_IsNotFound()
    {
        var result = await new SimulatedShell(new World.Homelab(1, DateTimeOffset.UnixEpoch)).RunAsync(new("nas", "'rm' '-rf' '/'", ""), default);
        result!.ExitCode.Should().Be(127);
    }
}
