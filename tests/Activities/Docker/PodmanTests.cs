using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Docker;

public sealed class PodmanFixture : ServerFixture
{
    public const string Podman = "/usr/bin/podman";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Podman, DockerFixture.Client, DockerFixture.Busybox];

    internal Task<string> DockerAsync(params string[] arguments) => RealServer.RunAsync(DockerFixture.Client, ["--host", $"tcp://127.0.0.1:{Server.Port}", .. arguments]);

    protected override async Task StartAsync()
    {
        Server = await StartAsync("podman");
        await DockerFixture.LoadAsync(DockerAsync, Server.Data);
        Environment = new([.. DockerFixture.Settings("default", Server.Said["URL"])]);
    }

    /// <summary>Podman's containers belong to nobody: they go on when its service ends.</summary>
    protected override async Task StoppingAsync()
    {
        Environment.Dispose();
        var containers = (await DockerAsync("ps", "-aq")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (containers.Length > 0)
            await DockerAsync(["rm", "-f", .. containers]);
    }
}

/// <summary>The same activities on Podman's compatible API.</summary>
[Trait("Category", "Servers")]
public sealed class PodmanTests(PodmanFixture podman) : IClassFixture<PodmanFixture>
{
    [ServerFact(PodmanFixture.Podman, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task StopContainer_ThenUndone_RunsAgain()
    {
        await podman.DockerAsync("run", "-d", "--name", "pod-stop", "--network", "none", "lab:1");
        var input = new { container = "pod-stop", graceSeconds = 2 };
        var output = await podman.Environment.RunAsync("docker.stop_container", input);
        (await StatusAsync("pod-stop")).Should().Be("exited");
        await podman.Environment.UndoAsync("docker.stop_container", input, output);
        (await StatusAsync("pod-stop")).Should().Be("running");
        (await podman.Environment.RunAsync("docker.read_logs", new { container = "pod-stop" }))["lines"]!.AsArray().Should().NotBeEmpty();
        (await podman.Environment.RunAsync("docker.list_containers", new { }))["containers"]!.AsArray().Select(entry => entry!["name"]!.GetValue<string>()).Should().Contain("pod-stop");
    }

    [ServerFact(PodmanFixture.Podman, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task StopContainer_Unknown_IsRefused() =>
        await FluentActions.Awaiting(() => podman.Environment.RunAsync("docker.stop_container", new { container = "nobody" })).Should().ThrowAsync<ActivityException>();

    [ServerFact(PodmanFixture.Podman, DockerFixture.Client, DockerFixture.Busybox)]
    public async Task UpdateLimits_PodmanCannot_SaysSo()
    {
        await podman.DockerAsync("run", "-d", "--name", "pod-limits", "--network", "none", "lab:1");
        var update = () => podman.Environment.RunAsync("docker.update_limits", new { container = "pod-limits", memoryBytes = 64L << 20 });
        (await update.Should().ThrowAsync<ActivityException>()).Which.Retryable.Should().BeFalse();
    }

    private async Task<string> StatusAsync(string container) => (await podman.DockerAsync("inspect", "--format", "{{.State.Status}}", container)).Trim();
}
