using FluentAssertions;
using Homelab.Activities;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Docker;

[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class DockerTests(DockerFixture docker)
{
    private ActivityEnvironment Environment => docker.Environment;

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task StopContainer_ThenUndone_RunsAgain()
    {
        var input = new { container = await docker.NewAsync("stop"), graceSeconds = 5 };
        (await Environment.TargetAsync("docker.stop_container", input))!.Id.Should().Be($"docker:default/container/{input.container}");
        (await Environment.ProbeAsync("docker.stop_container", input)).Should().Be(Probe.DidNotHappen);
        var dry = await Environment.RunAsync("docker.stop_container", input, dryRun: true);
        dry["planned"]!.AsArray().Should().ContainSingle().Which!.GetValue<string>().Should().StartWith("POST /containers/").And.Contain("/stop?t=5");
        (await StatusAsync(input.container)).Should().Be("running");

        var output = await Environment.RunAsync("docker.stop_container", input);
        (output["before"]!.GetValue<string>(), output["after"]!.GetValue<string>()).Should().Be(("running", "exited"));
        (await StatusAsync(input.container)).Should().Be("exited");
        (await Environment.ProbeAsync("docker.stop_container", input)).Should().Be(Probe.Happened);
        var again = await Environment.RunAsync("docker.stop_container", input);
        Environment.Invoker("docker.stop_container").Undo(ActivityEnvironment.Json(input), again).Should().BeNull("it had been stopped before");

        await Environment.UndoAsync("docker.stop_container", input, output);
        (await StatusAsync(input.container)).Should().Be("running");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task StartContainer_ThenUndone_IsStopped()
    {
        var container = await docker.NewAsync("start");
        await docker.DockerAsync("stop", "-t", "1", container);
        var output = await Environment.RunAsync("docker.start_container", new { container });
        (await StatusAsync(container)).Should().Be("running");
        await Environment.UndoAsync("docker.start_container", new { container }, output);
        (await StatusAsync(container)).Should().Be("exited");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task RestartAndKill_Running_AreSeenByTheEngine()
    {
        var container = await docker.NewAsync("restart");
        var started = (await docker.InspectAsync(container))["State"]!["StartedAt"]!.GetValue<string>();
        await Environment.RunAsync("docker.restart_container", new { container, graceSeconds = 1 });
        (await docker.InspectAsync(container))["State"]!["StartedAt"]!.GetValue<string>().Should().NotBe(started);
        await Environment.RunAsync("docker.kill_container", new { container });
        (await docker.DockerAsync("wait", container)).Trim().Should().Be("137");
        (await Environment.ProbeAsync("docker.kill_container", new { container })).Should().Be(Probe.Happened);
    }

    [ServerTheory(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    [InlineData("no-such-container")]
    [InlineData("prefix")]
    public async Task StopContainer_NotExactlyThatName_IsRefused(string kind)
    {
        var container = await docker.NewAsync("exact");
        // The engine itself would take the first letters of an id.
        var name = kind == "prefix" ? (await docker.InspectAsync(container))["Id"]!.GetValue<string>()[..6] : kind;
        var stop = () => Environment.RunAsync("docker.stop_container", new { container = name });
        (await stop.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains(name));
        (await StatusAsync(container)).Should().Be("running");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task UpdateLimits_ThenUndone_IsAsBefore()
    {
        var input = new { container = await docker.NewAsync("limits", ["--network", "none", "--memory", "64m", "--cpus", "1"]), memoryBytes = 128L << 20, processors = 0.5 };
        var output = await Environment.RunAsync("docker.update_limits", input);
        await LimitsAsync(input.container, 128L << 20, 500_000_000);
        (await Environment.ProbeAsync("docker.update_limits", input)).Should().Be(Probe.Happened);
        await Environment.UndoAsync("docker.update_limits", input, output);
        await LimitsAsync(input.container, 64L << 20, 1_000_000_000);
        var inspected = await Environment.RunAsync("docker.inspect_container", new { input.container });
        (inspected["memoryLimitBytes"]!.GetValue<long>(), inspected["processors"]!.GetValue<double>()).Should().Be((64L << 20, 1));
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task RecreateContainer_ThenUndone_RunsTheOldOneAgain()
    {
        var volume = Path.Combine(docker.Server.Data, "volume");
        Directory.CreateDirectory(volume);
        var container = await docker.NewAsync("image", ["--network", "none", "-e", "OWN=kept", "-v", $"{volume}:/data", "--memory", "64m", "--restart", "on-failure:3", "-l", "own=label"]);
        var oldId = (await docker.InspectAsync(container))["Id"]!.GetValue<string>();
        var input = new { container, image = "lab:2" };
        var dry = await Environment.RunAsync("docker.recreate_container", input, dryRun: true);
        dry["planned"]!.AsArray().Select(line => line!.GetValue<string>()).Should().Contain($"create {container} from lab:2");
        (await Environment.ProbeAsync("docker.recreate_container", input)).Should().Be(Probe.DidNotHappen);

        var output = await Environment.RunAsync("docker.recreate_container", input);
        var now = await docker.InspectAsync(container);
        now["State"]!["Running"]!.GetValue<bool>().Should().BeTrue();
        now["Config"]!["Env"]!.AsArray().Select(entry => entry!.GetValue<string>()).Should().Contain("OWN=kept").And.Contain("VERSION=2").And.NotContain("VERSION=1");
        now["Config"]!["Labels"]!["own"]!.GetValue<string>().Should().Be("label");
        now["HostConfig"]!["Binds"]![0]!.GetValue<string>().Should().Be($"{volume}:/data");
        now["HostConfig"]!["Memory"]!.GetValue<long>().Should().Be(64L << 20);
        now["HostConfig"]!["RestartPolicy"]!["MaximumRetryCount"]!.GetValue<int>().Should().Be(3);
        (await StatusAsync(output["kept"]!.GetValue<string>())).Should().Be("exited");
        (await Environment.ProbeAsync("docker.recreate_container", input)).Should().Be(Probe.Happened);

        var undone = await Environment.UndoAsync("docker.recreate_container", input, output);
        var back = await docker.InspectAsync(container);
        (back["Id"]!.GetValue<string>(), back["State"]!["Running"]!.GetValue<bool>()).Should().Be((oldId, true));
        var kept = undone["kept"]!.GetValue<string>();
        await Environment.RunAsync("docker.remove_container", new { container = kept });
        (await docker.DockerAsync("ps", "-a", "--format", "{{.Names}}")).Should().Contain(container).And.NotContain(kept);
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task RecreateContainer_NewOneDoesNotStart_PutsTheOldOneBack()
    {
        var container = await docker.NewAsync("broken", null, "lab:1");
        var old = await docker.InspectAsync(container);
        var recreate = () => Environment.RunAsync("docker.recreate_container", new { container, image = "lab:broken" });
        (await recreate.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("/no/such/program");
        var now = await docker.InspectAsync(container);
        (now["Id"]!.GetValue<string>(), now["State"]!["Running"]!.GetValue<bool>()).Should().Be((old["Id"]!.GetValue<string>(), true));
        (await docker.DockerAsync("ps", "-a", "--format", "{{.Names}}")).Should().NotContain($"{container}-kept");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task RecreateContainer_ImageIsNotThere_ChangesNothing()
    {
        var container = await docker.NewAsync("noimage");
        var recreate = () => Environment.RunAsync("docker.recreate_container", new { container, image = "lab:none" });
        (await recreate.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("lab:none");
        (await StatusAsync(container)).Should().Be("running");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task RemoveContainer_Running_IsRefused()
    {
        var container = await docker.NewAsync("remove");
        await FluentActions.Awaiting(() => Environment.RunAsync("docker.remove_container", new { container })).Should().ThrowAsync<ActivityException>();
        (await StatusAsync(container)).Should().Be("running");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task IsolateContainer_ThenUndone_IsConnectedAsBefore()
    {
        await docker.DockerAsync("network", "create", "--subnet", "10.213.7.0/24", "lab-net");
        var container = await docker.NewAsync("isolate", ["--network", "lab-net", "--network-alias", "web", "--ip", "10.213.7.9"]);
        var output = await Environment.RunAsync("docker.isolate_container", new { container });
        (await docker.InspectAsync(container))["NetworkSettings"]!["Networks"]!.AsObject().Should().BeEmpty();
        (await StatusAsync(container)).Should().Be("running");
        await Environment.UndoAsync("docker.isolate_container", new { container }, output);
        var network = (await docker.InspectAsync(container))["NetworkSettings"]!["Networks"]!["lab-net"]!;
        network["IPAddress"]!.GetValue<string>().Should().Be("10.213.7.9");
        network["Aliases"]!.AsArray().Select(alias => alias!.GetValue<string>()).Should().Contain("web");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task ReadLogsAndClear_BothOutputs_AreReadAndEmptied()
    {
        var container = await docker.NewAsync("logs");
        JsonObject logs;
        do
            logs = await Environment.RunAsync("docker.read_logs", new { container });
        while (logs["lines"]!.AsArray().Count < 2);
        logs["lines"]!.AsArray().Select(line => line!.GetValue<string>().Split(' ', 2)[1]).Should().BeEquivalentTo("started 1", "warning");
        await Environment.RunAsync("docker.clear_logs", new { container }, dryRun: true);
        (await docker.DockerAsync("logs", container)).Should().Contain("started");
        var cleared = await Environment.RunAsync("docker.clear_logs", new { container });
        cleared["freedBytes"]!.GetValue<long>().Should().BePositive();
        (await docker.DockerAsync("logs", container)).Should().BeEmpty();
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task Reads_RunningContainer_AgreeWithTheEngine()
    {
        var container = await docker.NewAsync("reads", ["--network", "none", "--health-cmd", "echo fine", "--health-interval", "200ms"]);
        var list = (await Environment.RunAsync("docker.list_containers", new { runningOnly = true }))["containers"]!.AsArray();
        list.Select(entry => entry!["name"]!.GetValue<string>()).Should().Contain(container);
        var stats = await Environment.RunAsync("docker.get_stats", new { container });
        stats["memoryBytes"]!.GetValue<long>().Should().BePositive();
        stats["processes"]!.GetValue<long>().Should().BePositive();
        JsonObject health;
        do
            health = await Environment.RunAsync("docker.get_health", new { container });
        while (health["status"]!.GetValue<string>() == "starting");
        (health["healthy"]!.GetValue<bool>(), health["lastOutputs"]![0]!.GetValue<string>()).Should().Be((true, "fine"));
        var events = (await Environment.RunAsync("docker.list_events", new { minutes = 5, container }))["events"]!.AsArray();
        events.Select(happened => happened!["action"]!.GetValue<string>()).Should().Contain("create").And.Contain("start");
        (await Environment.RunAsync("docker.list_images", new { }))["images"]!.AsArray().SelectMany(image => image!["tags"]!.AsArray()).Select(tag => tag!.GetValue<string>()).Should().Contain("lab:1");
        (await Environment.RunAsync("docker.get_disk_usage", new { }))["imagesBytes"]!.GetValue<long>().Should().BePositive();
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task PruneImages_Dangling_DeletesOnlyThose()
    {
        await docker.DockerAsync("import", Path.Combine(docker.Server.Data, "busybox.tar"));
        var output = await Environment.RunAsync("docker.prune_images", new { olderThanHours = 0 });
        output["deleted"]!.GetValue<int>().Should().BePositive();
        (await docker.DockerAsync("images", "--filter", "dangling=true", "-q")).Should().BeEmpty();
        (await docker.DockerAsync("images", "lab", "-q")).Should().NotBeEmpty();
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task PruneVolumes_OldEngine_SparesNamedOnes()
    {
        await docker.DockerAsync("volume", "create", "lab-named");
        // Engine 20.10 cannot tell them apart and would delete it: refused.
        (await FluentActions.Awaiting(() => Environment.RunAsync("docker.prune_volumes", new { })).Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("named");
        (await docker.DockerAsync("volume", "ls", "-q")).Should().Contain("lab-named");
        await Environment.RunAsync("docker.prune_volumes", new { named = true });
        (await docker.DockerAsync("volume", "ls", "-q")).Should().NotContain("lab-named");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task ListDependencies_NamesInTheEnvironment_AreHostsAndNothingElse()
    {
        string[] Of(string project, string service, params string[] environment) =>
            ["--network", "none", "--label", $"com.docker.compose.project={project}", "--label", $"com.docker.compose.service={service}", .. environment.SelectMany(variable => new[] { "--env", variable })];
        var db = await docker.NewAsync("dep-db", Of("one", "db"));
        var cache = await docker.NewAsync("dep-cache", Of("one", "cache", "PASSWORD=hunter2"));
        var web = await docker.NewAsync("dep-web", Of("one", "web", "DATABASE_URL=postgres://app:hunter2@db:5432/cache", "CACHE_HOST=cache", "MYSQL_DATABASE=db", "SELF_URL=http://web/"));
        var other = await docker.NewAsync("dep-other", Of("two", "web", $"BROKERS={cache}:9092,db:9092", "DB_HOST=db"));
        var output = await Environment.RunAsync("docker.list_dependencies", new { });
        output.ToJsonString().Should().NotContain("hunter2");
        var found = output["dependencies"]!.AsArray().ToDictionary(one => (string)one!["container"]!, one => one!["needs"]!.AsArray().Select(needed => (string)needed!));
        found[web].Should().BeEquivalentTo([db, cache]);
        found[other].Should().Equal([cache], "a service of another project is out of its reach");
        found.Should().NotContainKey(db).And.NotContainKey(cache);
        await docker.DockerAsync("rm", "--force", db, cache, web, other);
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox, "/usr/bin/docker-compose")]
    public async Task Compose_UpRestart_ActOnTheProject()
    {
        var folder = Directory.CreateDirectory(Path.Combine(docker.Server.Data, "labstack")).FullName;
        var file = Path.Combine(folder, "compose.yaml");
        await File.WriteAllTextAsync(file, "version: '3'\nservices:\n  one: {image: 'lab:1', network_mode: none, stop_grace_period: 1s}\n  two: {image: 'lab:2', network_mode: none, stop_grace_period: 1s}\n");
        (await Environment.RunAsync("docker.compose_up", new { file }, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        (await docker.DockerAsync("ps", "-q", "--filter", "label=com.docker.compose.project=labstack")).Should().BeEmpty();
        var up = await Environment.RunAsync("docker.compose_up", new { file });
        up["containers"]!.GetValue<int>().Should().Be(2);
        var ids = (await docker.DockerAsync("ps", "-q", "--filter", "label=com.docker.compose.project=labstack")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        ids.Should().HaveCount(2);
        var started = (await docker.InspectAsync(ids[0]))["State"]!["StartedAt"]!.GetValue<string>();
        await Environment.RunAsync("docker.compose_restart", new { file });
        (await docker.InspectAsync(ids[0]))["State"]!["StartedAt"]!.GetValue<string>().Should().NotBe(started);
        await FluentActions.Awaiting(() => Environment.TargetAsync("docker.compose_up", new { file = "/no/such.yaml" })).Should().ThrowAsync<ActivityException>();

        // One service has more containers, and the other is left alone.
        var scale = new { file, service = "one", replicas = 3 };
        (await Environment.TargetAsync("docker.scale_service", scale))!.Should().Be(new ActivityTarget("service", $"docker:default/project{file}/one", "one"));
        (await Environment.ProbeAsync("docker.scale_service", scale)).Should().Be(Probe.DidNotHappen);
        (await Environment.RunAsync("docker.scale_service", scale, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        var scaled = await Environment.RunAsync("docker.scale_service", scale);
        (scaled["before"]!.GetValue<int>(), scaled["after"]!.GetValue<int>()).Should().Be((1, 3));
        (await Environment.ProbeAsync("docker.scale_service", scale)).Should().Be(Probe.Happened);
        (await RunningAsync()).Should().HaveCount(4).And.Contain(ids);
        await Environment.UndoAsync("docker.scale_service", scale, scaled);
        (await RunningAsync()).Should().BeEquivalentTo(ids);
        var unknown = () => Environment.RunAsync("docker.scale_service", new { file, service = "three", replicas = 2 });
        (await unknown.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("three");

        async Task<string[]> RunningAsync() => (await docker.DockerAsync("ps", "-q", "--filter", "label=com.docker.compose.project=labstack")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox, "/usr/bin/docker-compose")]
    public async Task ComposeFile_WrittenUpDown_ComesAndGoesAsItWas()
    {
        const string One = "version: '3'\nservices:\n  one: {image: 'lab:1', network_mode: none, stop_grace_period: 1s}\n";
        var file = Path.Combine(docker.Server.Data, "labwritten", "deep", "compose.yaml");
        object Written(string content) => new { file, content };
        (await Environment.TargetAsync("docker.write_compose_file", Written(One)))!.Should().Be(new ActivityTarget("project", $"docker:default/project{file}", file));
        (await Environment.RunAsync("docker.write_compose_file", Written(One), dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        File.Exists(file).Should().BeFalse();
        (await FluentActions.Awaiting(() => Environment.RunAsync("docker.write_compose_file", Written("services: [broken"))).Should().ThrowAsync<ActivityException>()).Which.Message.Should().StartWith("Compose does not take this file");
        File.Exists(file).Should().BeFalse("what compose cannot read is not written");
        (await Environment.ProbeAsync("docker.write_compose_file", Written(One))).Should().Be(Probe.DidNotHappen);
        var first = await Environment.RunAsync("docker.write_compose_file", Written(One));
        (await Environment.ProbeAsync("docker.write_compose_file", Written(One))).Should().Be(Probe.Happened);
        (first["backup"], await File.ReadAllTextAsync(file)).Should().Be((null, One));

        (await Environment.RunAsync("docker.compose_up", new { file }))["containers"]!.GetValue<int>().Should().Be(1);
        (await Environment.ProbeAsync("docker.compose_down", new { file })).Should().Be(Probe.DidNotHappen);
        var down = await Environment.RunAsync("docker.compose_down", new { file });
        down["containers"]!.GetValue<int>().Should().Be(0);
        (await Environment.ProbeAsync("docker.compose_down", new { file })).Should().Be(Probe.Happened);
        await Environment.UndoAsync("docker.compose_down", new { file }, down);
        (await docker.DockerAsync("ps", "-q", "--filter", "label=com.docker.compose.project=deep")).Should().NotBeEmpty();

        var second = await Environment.RunAsync("docker.write_compose_file", Written(One.Replace("lab:1", "lab:2", StringComparison.Ordinal)));
        (await File.ReadAllTextAsync(file)).Should().Contain("lab:2");
        await Environment.UndoAsync("docker.write_compose_file", Written(One), second);
        (await File.ReadAllTextAsync(file)).Should().Be(One);
        await Environment.RunAsync("docker.compose_down", new { file });
        await Environment.UndoAsync("docker.write_compose_file", Written(One), first);
        File.Exists(file).Should().BeFalse();
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox, "/usr/bin/docker-registry")]
    public async Task PullImage_FromARegistry_IsNewThenTheSame()
    {
        await using var registry = await RealServer.StartAsync("registry");
        var image = $"127.0.0.1:{registry.Port}/lab/app:1";
        await docker.DockerAsync("tag", "lab:1", image);
        await docker.DockerAsync("push", image);
        await docker.DockerAsync("rmi", image);
        (await Environment.RunAsync("docker.pull_image", new { image }, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        (await Environment.RunAsync("docker.pull_image", new { image }))["changed"]!.GetValue<bool>().Should().BeTrue();
        (await docker.DockerAsync("image", "inspect", image)).Should().Contain("sha256");
        (await Environment.RunAsync("docker.pull_image", new { image }))["changed"]!.GetValue<bool>().Should().BeFalse();
        var missing = () => Environment.RunAsync("docker.pull_image", new { image = $"127.0.0.1:{registry.Port}/lab/none:1" });
        (await missing.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("lab/none:1");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task Connection_UnixAndTcp_AnswerTheVersion()
    {
        var test = Environment.Connections.Single(connection => connection.Tool == "Docker");
        foreach (var name in new[] { "default", "tcp" })
            (await test.TestAsync(name, default)).Should().Match<ConnectionReport>(report => report.Reachable && report.Version!.StartsWith("20."));
        (await Environment.Options.Single(provider => provider.Name == "docker.images").ListAsync("tcp", default)).Select(option => option.Value).Should().Contain("lab:2");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task StopContainer_OverTls_NeedsTheClientsCertificate()
    {
        var container = await docker.NewAsync("tls");
        var nobody = () => Environment.RunAsync("docker.stop_container", new { connection = "nobody", container, graceSeconds = 1 });
        await nobody.Should().ThrowAsync<ActivityException>();
        (await StatusAsync(container)).Should().Be("running");
        var output = await Environment.RunAsync("docker.stop_container", new { connection = "tcp", container, graceSeconds = 1 });
        (await StatusAsync(container)).Should().Be("exited");
        await Environment.UndoAsync("docker.stop_container", new { connection = "tcp", container, graceSeconds = 1 }, output);
        (await StatusAsync(container)).Should().Be("running");
    }

    /// <summary>A registry of ours that gives a big layer slowly: the engine fetches it, tells how far it is, and stops when nobody wants it any more.</summary>
    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task PullImage_SlowAndCancelled_TellsHowFarAndStopsFetching()
    {
        await using var registry = await FakeServer.StartAsync();
        var slow = new SlowRegistry();
        registry.Answer = slow.AnswerAsync;
        using var cancel = new CancellationTokenSource();
        var seen = new System.Collections.Concurrent.ConcurrentQueue<ActivityProgress>();
        var told = new TaskCompletionSource();
        var context = ActivityEnvironment.Context() with
        {
            Progress = new Told(progress =>
            {
                seen.Enqueue(progress);
                if (progress.Percent > 0)
                    told.TrySetResult();
            }),
        };
        var pulling = Environment.Invoker("docker.pull_image").ExecuteAsync(ActivityEnvironment.Json(new { image = $"{new Uri(registry.Url).Authority}/lab/slow:1" }), context, cancel.Token);
        await Task.WhenAny(told.Task, pulling, Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System));
        told.Task.IsCompleted.Should().BeTrue($"the registry was asked {string.Join(", ", registry.Seen.Select(request => $"{request.Method} {request.Path}"))} and the engine said {string.Join('\n', (await File.ReadAllLinesAsync(Path.Combine(docker.Server.Data, "dockerd.log"))).TakeLast(5))}");
        seen.Should().Contain(progress => progress.Percent > 0 && progress.Percent < 100 && progress.Message.StartsWith("pulling "));
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => pulling).Should().ThrowAsync<OperationCanceledException>();
        await slow.Aborted.WaitAsync(TimeSpan.FromMinutes(3));
    }

    /// <summary>Between us and the engine stands a relay that gives no answer on: what we give up is ended there, too.</summary>
    [ServerTheory(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox)]
    [InlineData("docker.read_logs", "/logs")]
    [InlineData("docker.get_stats", "/stats")]
    public async Task Cancelled_WhileTheEngineAnswers_EndsTheConnectionToIt(string id, string stalls)
    {
        var container = await docker.NewAsync("cancel");
        await using var relay = new SocketRelay(docker.Socket, stalls);
        using var environment = new ActivityEnvironment([.. DockerFixture.Settings("default", relay.Url)]);
        using var cancel = new CancellationTokenSource();
        var running = environment.RunAsync(id, new { container }, cancellationToken: cancel.Token);
        await relay.Stalled.WaitAsync(TimeSpan.FromSeconds(30));
        running.IsCompleted.Should().BeFalse();
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        await relay.HungUp.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private sealed class Told(Action<ActivityProgress> tell) : IProgress<ActivityProgress>
    {
        public void Report(ActivityProgress value) => tell(value);
    }

    private async Task<string> StatusAsync(string container) => (await docker.InspectAsync(container))["State"]!["Status"]!.GetValue<string>();

    private async Task LimitsAsync(string container, long memory, long nano)
    {
        var limits = (await docker.InspectAsync(container))["HostConfig"]!;
        (limits["Memory"]!.GetValue<long>(), limits["NanoCpus"]!.GetValue<long>()).Should().Be((memory, nano));
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox, "/usr/sbin/sshd")]
    public async Task StopContainer_OverSsh_IsStopped()
    {
        await using var sshd = await RealServer.StartAsync("sshd");
        // The user of the test's sshd may use the socket.
        await RealServer.RunAsync("chown", "labops", docker.Socket);
        await RealServer.RunAsync("chmod", "755", docker.Server.Data);
        using var environment = new ActivityEnvironment(
            ("Activities:Docker:far:Endpoint", "ssh://box"), ("Activities:Docker:far:RemoteSocket", docker.Socket),
            ("Activities:Ssh:box:Host", "127.0.0.1"), ("Activities:Ssh:box:Port", $"{sshd.Port}"), ("Activities:Ssh:box:User", "labops"),
            ("Activities:Ssh:box:KeyFile", Path.Combine(sshd.Data, "id_ed25519")), ("Activities:Ssh:box:KnownHostsFile", Path.Combine(sshd.Data, "known_hosts")));
        var container = await docker.NewAsync("ssh");
        await environment.RunAsync("docker.stop_container", new { connection = "far", container, graceSeconds = 1 });
        (await StatusAsync(container)).Should().Be("exited");
        (await environment.Connections.Single(connection => connection.Tool == "Docker").TestAsync("far", default)).Reachable.Should().BeTrue();
    }
}
