using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Xunit;

namespace Homelab.Tests.Engine.Playbooks;

/// <summary>From a real alert to a verified fix: a container of a real Docker engine stops, a real Prometheus finds it, a real Alertmanager tells the product, no model is configured.</summary>
[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class RealAlertHealingTests(DockerFixture docker)
{
    private const string Prometheus = "/usr/bin/prometheus";
    private const string Alertmanager = "/usr/bin/prometheus-alertmanager";

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client, Prometheus, Alertmanager)]
    public async Task StoppedContainer_IsNoticedStartedVerifiedThroughPrometheusAndReported()
    {
        // One that heeds the request to end, and one that has to be killed: neither was stopped through the product.
        var (heeds, killed) = (await docker.NewAsync("heeds"), await docker.NewAsync("deaf", null, "lab:1", "sh", "-c", "trap '' TERM; echo started; while :; do sleep 0.1; done"));
        await using var homelab = await WatchedHomelab.StartAsync(docker, heeds, killed);
        await docker.DockerAsync("stop", "--time", "1", heeds, killed);
        foreach (var name in new[] { heeds, killed })
        {
            var incident = await homelab.EndedAsync(name);
            ((string?)incident["kind"], (string?)incident["target"], (string?)incident["resolution"]).Should().Be(("container_down", $"docker:default/container/{name}", "autonomous"), await homelab.StoryAsync(incident));
            ((bool)(await docker.InspectAsync(name))["State"]!["Running"]!).Should().BeTrue();
            (await docker.StartsAsync(name)).Should().Be(2, "by the test, and once by the product");
            var findings = await homelab.GetAsync($"/api/incidents/{incident["id"]}/findings");

            // Scraped each second, the alert may end between the action and the next look: then its end is heard first and the playbook's a moment later.
            await TestWait.UntilAsync(async () => (findings = await homelab.GetAsync($"/api/incidents/{incident["id"]}/findings"))["attempts"]![0]!["outcome"] is not null);
            ((string?)findings["diagnosis"]!["cause"]).Should().Be("stopped_by_hand");
            findings["diagnosis"]!["summary"].Should().BeNull("no model is configured");
            findings["attempts"]!.AsArray().Select(attempt => $"{attempt!["playbook"]} {attempt["outcome"]}").Should().Equal("start-container verified");
            (await homelab.StoryAsync(incident)).Should().MatchRegex("The Prometheus default does not fire ContainerDown any more|Its alert ended");
            (await homelab.DecisionsAsync($"docker:default/container/{name}")).Should().OnlyContain(
                decision => decision == "docker.start_container execute" || decision == "docker.start_container tellFirst").And.ContainSingle();
            (await homelab.GetTextAsync($"/api/incidents/{incident["id"]}/report"))
                .Should().Contain(name).And.Contain("Somebody stopped it by hand").And.Contain("Start container").And.Contain("mended without a person");
        }

        await TestWait.UntilAsync(async () => await homelab.FiringAsync() == 0);
        homelab.Deliveries.Should().BePositive();
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client, Prometheus, Alertmanager)]
    public async Task KilledBetweenDecisionAndAction_OneEffectAndTheJournalSaysWhy()
    {
        var name = await docker.NewAsync("killed");
        await using var homelab = await WatchedHomelab.StartAsync(docker, name);

        // Where the intent of the first step with an effect is stored, and nothing was done.
        await homelab.RestartAsync(crashAt: "7");
        await docker.DockerAsync("stop", "--time", "1", name);
        await homelab.DiedAsync();
        (await docker.StartsAsync(name)).Should().Be(1, "it was decided and not done");

        await homelab.RestartAsync();
        var incident = await homelab.EndedAsync(name);
        (await docker.StartsAsync(name)).Should().Be(2, await homelab.StoryAsync(incident));
        ((bool)(await docker.InspectAsync(name))["State"]!["Running"]!).Should().BeTrue();
        (await homelab.IncidentsAsync(name)).Should().ContainSingle("Alertmanager told of it again in between, perhaps");
        (await homelab.DecisionsAsync($"docker:default/container/{name}")).Should().OnlyContain(decision => decision.StartsWith("docker.start_container", StringComparison.Ordinal));
        (await homelab.JournalAsync(incident)).Should().Contain(entry => entry.Contains("Recovered", StringComparison.Ordinal) || entry.Contains("InDoubt", StringComparison.Ordinal), "the journal tells that the step was begun twice and why");
    }

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client, Prometheus, Alertmanager)]
    public async Task AlertmanagerRetries_NoSecondIncidentAndNoSecondEffect()
    {
        var name = await docker.NewAsync("retried");
        await using var homelab = await WatchedHomelab.StartAsync(docker, name);

        // Nobody listens; then the product takes it and its answer is an error; then the answer comes after Alertmanager has given up waiting.
        homelab.Answers(WatchedHomelab.Answer.Down, WatchedHomelab.Answer.Down, WatchedHomelab.Answer.TakenAnd500, WatchedHomelab.Answer.TakenAndLate);
        await docker.DockerAsync("stop", "--time", "1", name);
        var incident = await homelab.EndedAsync(name);
        await TestWait.UntilAsync(() => Task.FromResult(homelab.Deliveries >= 4));
        (await homelab.IncidentsAsync(name)).Should().ContainSingle(await homelab.StoryAsync(incident));
        (await docker.StartsAsync(name)).Should().Be(2, "by the test, and once by the product");
        await TestWait.UntilAsync(async () => await homelab.FiringAsync() == 0);
        ((string?)(await homelab.IncidentsAsync(name)).Single()["state"]).Should().Be("resolved");
    }
}
