using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Homelab.Tests.Engine.Remediation;
using Xunit;

namespace Homelab.Tests.Engine.Requests;

/// <summary>A request from its words to the containers of a real Docker engine and compose.</summary>
public sealed class RealRequestTests(DockerFixture docker) : IClassFixture<DockerFixture>
{
    [ServerFact(DockerFixture.Dockerd, DockerFixture.Client, DockerFixture.Busybox, "/usr/bin/docker-compose")]
    public async Task WordPress_AsShippedWithImagesOfTheTest_IsWrittenStartedAndHandedOver()
    {
        var workflows = Directory.CreateTempSubdirectory("homelab-requests-").FullName;
        Directory.CreateDirectory(Path.Combine(workflows, "requests"));
        // The shipped plan; only its images come from this machine, so that pulling them is left out.
        var template = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", "requests", "wordpress.yaml")))
            .Replace("wordpress:6-apache", "lab:1", StringComparison.Ordinal).Replace("mariadb:11", "lab:2", StringComparison.Ordinal)
            .Replace("        services:\n", "        version: '3'\n        services:\n", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(workflows, "requests", "wordpress.yaml"), template);
        await using var world = await LampServer.StartAsync(
            null, """{"autonomy":"moderate"}""", null, [("Workflows:Directory", workflows), .. DockerFixture.Settings("default", $"unix://{docker.Socket}").Select(setting => (setting.Item1, setting.Item2!))]);
        var folder = Path.Combine(docker.Server.Data, "blog");
        var (status, request) = await world.PostAsync("/api/requests", new { text = $"I need a WordPress for testing on port 18081 in {folder}" });
        status.Should().Be(200, request?.ToJsonString());
        var id = (string)request!["id"]!;
        (await world.PostAsync($"/api/requests/{id}/say", new { text = "skip fetch" })).Status.Should().Be(200);
        (await world.PostAsync($"/api/requests/{id}/approve")).Status.Should().Be(200);

        await WaitingAsync("s2");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, ".env"), "DB_PASSWORD=one\nDB_ROOT_PASSWORD=two\n");
        (await world.PostAsync($"/api/requests/{id}/steps/s2/done")).Status.Should().Be(200);
        foreach (var step in new[] { "s3", "s5" })
        {
            string? approval = null;
            await LampServer.UntilAsync(async () => (approval = (string?)Step(await world.GetAsync($"/api/requests/{id}"), step)["approvalId"]) is not null);
            (await world.PostAsync($"/api/approvals/{approval}/answer", new { approve = true })).Status.Should().Be(200);
        }

        await WaitingAsync("s6");
        (await File.ReadAllTextAsync(Path.Combine(folder, "compose.yaml"))).Should().Contain("18081:80").And.Contain("${DB_PASSWORD}").And.NotContain("one");
        (await docker.DockerAsync("ps", "-q", "--filter", "label=com.docker.compose.project=blog")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Should().HaveCount(2);
        (await world.PostAsync($"/api/requests/{id}/steps/s6/done")).Status.Should().Be(200);
        await LampServer.UntilAsync(async () => (string?)(await world.GetAsync($"/api/requests/{id}"))["state"] == "done");
        (await world.ChangesAsync()).Select(change => (string?)change["action"]).Should().BeEquivalentTo(["docker.write_compose_file", "docker.compose_up"]);

        Task WaitingAsync(string step) => LampServer.UntilAsync(async () =>
        {
            var now = await world.GetAsync($"/api/requests/{id}");
            ((string?)now["state"]).Should().NotBe("failed", now.ToJsonString());
            return (string?)Step(now, step)["state"] == "waiting";
        });

        static JsonNode Step(JsonNode request, string id) => request["steps"]!.AsArray().Single(step => (string?)step!["id"] == id)!;
    }
}
