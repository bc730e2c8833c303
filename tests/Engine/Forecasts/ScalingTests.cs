using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Xunit;

namespace Homelab.Tests.Engine.Forecasts;

/// <summary>From a month of history in a real Prometheus to a changed limit of a real container, seen to help or taken back.</summary>
[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class ScalingTests(DockerFixture docker)
{
    private const int Start = 64 << 20;
    private const string Compose = "/usr/bin/docker-compose";

    // What keeps its size: a quarter of an hour of it is a quarter of a minute here.
    private static readonly (string, string?) Quickly = ("Forecasts:HelpsWithinSeconds", "16");

    [ServerFact(LiveMetrics.Prometheus, LiveMetrics.Promtool, DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task Raise_ContainerThatGrows_HasMoreAfterAYesAndIsSeenToHelp()
    {
        var name = await docker.NewAsync("app", ["--network", "none", "--memory", "64m"], command: ["sh", "-c", "dd if=/dev/zero of=/x bs=1M count=52; while :; do sleep 1; done"]);
        await using var metrics = await LiveMetrics.StartAsync(Grows(name), () => MemoryAsync(name));
        await using var server = await StartAsync(metrics, ("Preferences:File", await PreferencesAsync("docker.update_limits")));
        var (id, run) = await SentAsync(server);
        await TestWait.UntilAsync(async () => await server.CountAsync("SELECT COUNT(*) FROM approvals WHERE state = 'pending'") == 1);
        (await LimitAsync(name)).Should().Be(Start, "nobody said yes yet");

        (await server.FinishAsync(run)).Should().Be(1, "a person was asked once for the whole plan");
        await server.RunAsync("predictive-scaling");
        var scaling = await ScalingAsync(server, id);
        ((string?)scaling["kind"], (string?)scaling["resource"], (string?)scaling["state"]).Should().Be(("raise", "memory", "done"), (string?)scaling["reason"]);
        (await LimitAsync(name)).Should().Be((long)(double)scaling["to"]!).And.BeGreaterThan(Start);
        (await server.CountAsync("SELECT COUNT(*) FROM changes WHERE activity_id = 'docker.update_limits' AND result = 'succeeded'")).Should().Be(1);
        (await server.CountAsync($"SELECT COUNT(*) FROM plan_outcomes WHERE run_id = '{run}' AND outcome = 'verified'")).Should().Be(1);
    }

    [ServerFact(LiveMetrics.Prometheus, LiveMetrics.Promtool, DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task Raise_ContainerThatTakesAllItGets_IsTakenBack()
    {
        // Nine tenths of whatever it may have, as a leak would.
        var name = await docker.NewAsync(
            "greedy", ["--network", "none", "--memory", "64m"],
            command: ["sh", "-c", "while :; do n=$(($(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)*9/10/1048576)); [ \"$n\" = \"$had\" ] || { had=$n; dd if=/dev/zero of=/x bs=1M count=$n; }; sleep 0.2; done"]);
        await using var metrics = await LiveMetrics.StartAsync(Grows(name), () => MemoryAsync(name));
        await using var server = await StartAsync(metrics);
        var (id, run) = await SentAsync(server);
        var raised = TestWait.UntilAsync(async () => await LimitAsync(name) > Start);
        await server.EndAsync(run);
        await raised;

        (await LimitAsync(name)).Should().Be(Start);
        await server.RunAsync("predictive-scaling");
        var scaling = await ScalingAsync(server, id);
        ((string?)scaling["state"], (string?)scaling["reason"]).Should().Match<(string? State, string? Reason)>(one => one.State == "undone" && one.Reason!.Contains("was taken back"));
        (await server.CountAsync("SELECT COUNT(*) FROM changes WHERE activity_id = 'docker.update_limits' AND result = 'rolledBack'")).Should().Be(1);
        (await server.CountAsync("SELECT COUNT(*) FROM scalings")).Should().Be(1, "what did not help is not planned again at once");
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE severity = 'warning' AND text LIKE 'Raise memory of greedy-%taken back%'")).Should().Be(1);
    }

    [ServerFact(LiveMetrics.Prometheus, LiveMetrics.Promtool, DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task Raise_ContainerIsGoneInTheMeantime_NothingIsDone()
    {
        var name = await docker.NewAsync("gone", ["--network", "none", "--memory", "64m"]);
        await using var metrics = await LiveMetrics.StartAsync(Grows(name), () => Task.FromResult<IEnumerable<(string, double)>>([]));
        await using var server = await StartAsync(metrics);
        await server.ReadAsync("forecasts.make_forecasts", new { });
        ((JsonArray)(await server.ReadAsync("forecasts.plan_scaling", new { }))["planned"]!).Should().ContainSingle();
        await NowAsync(server);
        await docker.DockerAsync("rm", "--force", name);
        await server.RunAsync("predictive-scaling");
        ((string?)(await server.GetAsync("/api/forecasts/scalings"))["items"]![0]!["state"]).Should().Be("impossible");
    }

    /// <param name="shares">More of them are less for each.</param>
    /// <param name="processors">What each may have of the machine's.</param>
    [ServerTheory(LiveMetrics.Prometheus, LiveMetrics.Promtool, DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client, Compose)]
    [InlineData(true, "0.2", "3", "done", 2)]
    [InlineData(false, "0.2", "3", "undone", 1)]
    [InlineData(true, "1.8", "3", "impossible", 1)]
    [InlineData(true, "0.2", "1", "impossible", 1)]
    public async Task AddReplica_ServiceThatShares_GetsOneMoreAndKeepsItWhereItHelps(bool shares, string processors, string most, string state, int replicas)
    {
        var folder = Directory.CreateTempSubdirectory("hlshop").FullName;
        var file = Path.Combine(folder, "compose.yaml");
        await File.WriteAllTextAsync(file, $"services:\n  web: {{image: 'lab:1', network_mode: none, cpus: {processors}, mem_limit: 16m, stop_grace_period: 1s, labels: {{homelab.replicas: '{most}'}}}}\n");
        await RealServer.RunAsync("env", $"DOCKER_HOST=unix://{docker.Socket}", Compose, "-f", file, "up", "-d");
        var name = (await RunningAsync()).Single();
        await using var metrics = await LiveMetrics.StartAsync(
            new Dictionary<string, Func<DateTimeOffset, double>> { [$"lab_busy_percent{{name=\"{name}\"}}"] = Line },
            async () => [($"lab_busy_percent{{name=\"{name}\"}}", shares ? 90.0 / (await RunningAsync()).Length : 90)]);
        await using var server = await StartAsync(metrics, ("Rules:Directory", await RulesAsync("container_processor", "lab_busy_percent")));
        if (state == "impossible")
        {
            await server.ReadAsync("forecasts.make_forecasts", new { });
            ((JsonArray)(await server.ReadAsync("forecasts.plan_scaling", new { }))["impossible"]!).Should().ContainSingle().Which!.GetValue<string>()
                .Should().Contain(most == "1" ? "its label homelab.replicas allows" : "the host has room for 0 replicas");
        }
        else
        {
            var (_, run) = await SentAsync(server);
            var added = TestWait.UntilAsync(async () => (await RunningAsync()).Length == 2);
            await server.EndAsync(run);
            await added;
            await server.RunAsync("predictive-scaling");
        }

        var scaling = (await server.GetAsync("/api/forecasts/scalings"))["items"]!.AsArray().Should().ContainSingle().Subject!;
        ((string?)scaling["state"], (string?)scaling["resource"], (string?)scaling["target"]).Should().Be((state, "replicas", $"docker:default{file}/web"), (string?)scaling["reason"]);
        (await RunningAsync()).Should().HaveCount(replicas).And.Contain(name, "what ran stays as it was");
        await RealServer.RunAsync("env", $"DOCKER_HOST=unix://{docker.Socket}", Compose, "-f", file, "down");

        async Task<string[]> RunningAsync() =>
            (await docker.DockerAsync("ps", "--filter", $"label=com.docker.compose.project.config_files={file}", "--format", "{{.Names}}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <param name="scale">What the file declares.</param>
    /// <param name="busy">What each of two containers used at most of what it has, in percent.</param>
    /// <param name="alone">What the one that is left uses.</param>
    [ServerTheory(LiveMetrics.Prometheus, LiveMetrics.Promtool, DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client, Compose)]
    [InlineData("1", 20, 40, "lower to 1 replica", "done", 1)]
    [InlineData("1", 20, 97, "lower to 1 replica", "undone", 2)]
    [InlineData("1", 45, 90, "fits", null, 2)]
    [InlineData("2", 20, 40, "its file declares 2", null, 2)]
    public async Task Review_ServiceOfTwoThatNeedsOne_HasOneLessWhereItIsEnough(string scale, double busy, double alone, string verdict, string? state, int replicas)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("hlshop").FullName, "compose.yaml");
        await File.WriteAllTextAsync(file, $"services:\n  web: {{image: 'lab:1', network_mode: none, cpus: 0.2, mem_limit: 16m, stop_grace_period: 1s, scale: {scale}, labels: {{homelab.replicas: '3'}}}}\n");
        await RealServer.RunAsync("env", $"DOCKER_HOST=unix://{docker.Socket}", Compose, "-f", file, "up", "-d", "--scale", "web=2");
        var names = (await RunningAsync()).Order(StringComparer.Ordinal).ToArray();
        await using var metrics = await LiveMetrics.StartAsync(
            names.ToDictionary(Series, name => (Func<DateTimeOffset, double>)(at => busy - 3 + (3 * Math.Sin(at.Hour * Math.PI / 12)))),
            async () => await RunningAsync() is { Length: 1 } one ? [(Series(one[0]), alone)] : names.Select(name => (Series(name), busy)));
        await using var server = await StartAsync(metrics, ("Rules:Directory", await RulesAsync("container_processor", "lab_busy_percent")));
        await server.ReadAsync("forecasts.make_forecasts", new { });
        var report = (string)(await server.ReadAsync("forecasts.review_sizes", new { }))["report"]!;
        report.Should().Contain($"| {file[1..]}/web | replicas | 2 replicas |").And.Contain($"| {verdict} |");
        JsonNode?[] scalings = [.. (await server.GetAsync("/api/forecasts/scalings"))["items"]!.AsArray().Where(one => (string?)one!["resource"] == "replicas")];
        scalings.Should().HaveCount(state is null ? 0 : 1);
        if (state is not null)
        {
            report.Should().NotContain("| lower to 0.1 processors |", "one less, or less for each: both would be too much");
            await NowAsync(server);
            await server.RunAsync("predictive-scaling");
            var id = (string)scalings[0]!["id"]!;
            var lowered = TestWait.UntilAsync(async () => (await RunningAsync()).Length == 1);
            await server.EndAsync((string)(await ScalingAsync(server, id))["runId"]!);
            await lowered;
            await server.RunAsync("predictive-scaling");
            var scaling = await ScalingAsync(server, id);
            ((string?)scaling["kind"], (string?)scaling["state"], (double)scaling["from"]!, (double)scaling["to"]!).Should().Be(("lower", state, 2, 1), (string?)scaling["reason"]);
        }

        (await RunningAsync()).Should().HaveCount(replicas).And.Contain(names[0], "the newest goes first");
        await RealServer.RunAsync("env", $"DOCKER_HOST=unix://{docker.Socket}", Compose, "-f", file, "down");

        static string Series(string name) => $"lab_busy_percent{{name=\"{name}\"}}";

        async Task<string[]> RunningAsync() =>
            (await docker.DockerAsync("ps", "--filter", $"label=com.docker.compose.project.config_files={file}", "--format", "{{.Names}}")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private Task<ShippedServer> StartAsync(LiveMetrics metrics, params (string, string?)[] further) => ShippedServer.StartAsync(
        "predictive-scaling", [.. DockerFixture.Settings("default", $"unix://{docker.Socket}"), ("Activities:Prometheus:default:Url", metrics.Url), Quickly, .. further]);

    /// <summary>Forecasts, plans, waits for the quiet hour (by setting it to now), and sends the one plan.</summary>
    private static async Task<(string Id, string Run)> SentAsync(ShippedServer server)
    {
        await server.ReadAsync("forecasts.make_forecasts", new { });
        await server.RunAsync("predictive-scaling");
        await NowAsync(server);
        await server.RunAsync("predictive-scaling");
        var scaling = (await server.GetAsync("/api/forecasts/scalings"))["items"]!.AsArray().Should().ContainSingle().Subject!;
        ((string?)scaling["state"]).Should().Be("sent", (string?)scaling["reason"]);
        return ((string)scaling["id"]!, (string)scaling["runId"]!);
    }

    private static Task<int> NowAsync(ShippedServer server) => server.Database.WriteAsync(session => session.ExecuteAsync("UPDATE scalings SET not_before = 0", null, default), default);

    private static async Task<JsonNode> ScalingAsync(ShippedServer server, string id) => (await server.GetAsync("/api/forecasts/scalings"))["items"]!.AsArray().Single(one => (string)one!["id"]! == id)!;

    private static Dictionary<string, Func<DateTimeOffset, double>> Grows(string name) => new()
    {
        [$"container_memory_working_set_bytes{{name=\"{name}\"}}"] = at => Start * Line(at) / 100,
        [$"container_spec_memory_limit_bytes{{name=\"{name}\"}}"] = _ => Start,
    };

    /// <summary>At 90 now, and full in five days.</summary>
    private static double Line(DateTimeOffset at) => 90 - (2 * (TimeProvider.System.GetUtcNow() - at).TotalDays);

    /// <summary>As the container itself sees it.</summary>
    private async Task<IEnumerable<(string, double)>> MemoryAsync(string name)
    {
        var said = (await docker.DockerAsync("exec", name, "cat", "/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return
        [
            ($"container_memory_working_set_bytes{{name=\"{name}\"}}", double.Parse(said[0], System.Globalization.CultureInfo.InvariantCulture)),
            ($"container_spec_memory_limit_bytes{{name=\"{name}\"}}", double.Parse(said[1], System.Globalization.CultureInfo.InvariantCulture)),
        ];
    }

    private async Task<long> LimitAsync(string name) => (long)(await docker.InspectAsync(name))["HostConfig"]!["Memory"]!;

    private static async Task<string> PreferencesAsync(string needsApproval)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("homelab-preferences-").FullName, "preferences.json");
        await File.WriteAllTextAsync(file, $$"""{ "autonomy": "aggressive", "cooldown": "0s", "needsApproval": ["{{needsApproval}}"] }""");
        return file;
    }

    /// <summary>The shipped rules with one metric asked for by a name of the test's.</summary>
    internal static async Task<string> RulesAsync(string metric, string query)
    {
        var folder = Directory.CreateTempSubdirectory("homelab-rules-").FullName;
        await RealServer.RunAsync("cp", "-r", Path.Combine(Repository.Root, "rules", "library") + "/.", folder);
        var file = Path.Combine(folder, "forecasts", "forecasts.json");
        var rules = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        rules["forecasts"]!.AsArray().Single(one => (string)one!["name"]! == metric)!["query"] = query;
        await File.WriteAllTextAsync(file, rules.ToJsonString());
        return folder;
    }
}
