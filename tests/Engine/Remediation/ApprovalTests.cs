using System.Net.Http.Json;
using FluentAssertions;
using Homelab.Engine.Runs;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Remediation;

/// <summary>Answers to held steps, with the real dispatcher and gate.</summary>
public sealed class ApprovalTests
{
    [Fact]
    public async Task Approve_WithChanges_OnlyTheChangedStepRunsAndARiskierOneIsAskedAgain()
    {
        await using var server = await LampServer.StartAsync(preferences: """{ "criticalServices": ["db"], "cooldown": "0s" }""");
        await server.PublishAsync("light", "Homelab.Lamp.Set", new { lamp = "web", state = "on" });
        var run = await server.StartAsync("light");
        var asked = await server.AskedAsync();
        (await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true, changes = new { bogus = 1 } })).Status.Should().Be(400);
        (await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true, changes = new { token = "x" } })).Status.Should().Be(400);
        (await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true, changes = new { state = "dim" } })).Status.Should().Be(200);
        (await server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        server.Lamps.Done.Should().Equal("set web dim");
        ((string?)(await server.ChangesAsync())[0]["parameters"]!["state"]).Should().Be("dim");

        var second = await server.StartAsync("light");
        var first = await server.AskedAsync();
        await server.PostAsync($"/api/approvals/{first["id"]}/answer", new { approve = true, changes = new { lamp = "db" } });
        var again = await server.AskedAsync(not: (string)first["id"]!);
        ((string?)again["target"]).Should().Be("db");
        again["risk"]!.ToString().Should().NotBe(first["risk"]!.ToString());
        server.Lamps.Done.Should().Equal("set web dim");
        await server.PostAsync($"/api/approvals/{again["id"]}/answer", new { approve = false });
        (await server.FinishAsync(second)).SubStatus.Should().Be(RunSubStatus.Faulted);
        server.Lamps.Done.Should().Equal("set web dim");
    }

    [Fact]
    public async Task Answer_ByAKeyForEverything_IsRefusedAndByOneMadeForItCounts()
    {
        await using var server = await LampServer.StartAsync();
        await server.PublishAsync("light", "Homelab.Lamp.Set", new { lamp = "web", state = "on" });
        var run = await server.StartAsync("light");
        var id = (string)(await server.AskedAsync())["id"]!;
        (await AnswerAsync(server, id, [])).Should().Be(403);
        (await AnswerAsync(server, id, ["approvals:read"])).Should().Be(403);
        server.Lamps.Done.Should().BeEmpty();
        (await AnswerAsync(server, id, ["approvals"])).Should().Be(200);
        (await server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        (await server.PostAsync($"/api/approvals/{id}/answer", new { approve = false })).Status.Should().Be(409, "only the first answer counts");
    }

    [Fact]
    public async Task AnswerGroup_CauseWithASlash_CountsForAllOfIt()
    {
        await using var server = await LampServer.StartAsync(preferences: """{ "cooldown": "0s" }""");
        await server.PublishAsync("light", "Homelab.Lamp.Set", new { lamp = "web", state = "on" });
        var runs = Enumerable.Range(0, 2).Select(_ => server.Server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().StartAsync(
            "light", "Published", new RunEvent.Start([], CorrelationId: "alert/web 1"), null, default)).ToList();
        await LampServer.UntilAsync(async () => (await server.GetAsync("/api/approvals?state=pending"))["total"]!.GetValue<int>() == 2);
        (await server.PostAsync("/api/approvals/groups/nothing/answer", new { approve = true })).Status.Should().Be(404);
        var (status, answered) = await server.PostAsync($"/api/approvals/groups/{Uri.EscapeDataString("alert/web 1")}/answer", new { approve = true });
        (status, (int?)answered?["answered"]).Should().Be((200, 2), answered?.ToJsonString());
        foreach (var run in runs)
            (await server.FinishAsync(await run)).SubStatus.Should().Be(RunSubStatus.Finished);
        server.Lamps.Done.Should().HaveCount(2);
    }

    [Fact]
    public async Task TellFirst_NobodyCanBeTold_IsAskedInstead()
    {
        var channel = new Homelab.Tests.Engine.Gate.RecordingChannel { Broken = true };
        await using var server = await LampServer.StartAsync(
            preferences: """{ "autonomy": "aggressive", "cooldown": "0s", "services": { "web": { "approval": "soft" } } }""", channel: channel);
        await server.ProveAsync("light", "lamp.set");
        await server.PublishAsync("light", "Homelab.Lamp.Set", new { lamp = "web", state = "on" });
        var run = await server.StartAsync("light");
        var asked = await server.AskedAsync();
        server.Lamps.Done.Should().BeEmpty("people are told before, or asked");
        channel.Broken = false;
        await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true });
        await server.FinishAsync(run);
        channel.Told.Clear();
        (await server.FinishAsync(await server.StartAsync("light"))).SubStatus.Should().Be(RunSubStatus.Finished);
        channel.Told.Should().Contain(notice => notice.Kind == "before");
        server.Lamps.Done.Should().HaveCount(2);
    }

    private static async Task<int> AnswerAsync(LampServer server, string id, string[] scopes)
    {
        var (_, key) = await server.PostAsync("/api/api-keys", new { name = $"k{scopes.Length}{string.Join('-', scopes)}", role = "operator", scopes });
        using var http = new HttpClient { BaseAddress = server.Http.BaseAddress };
        http.DefaultRequestHeaders.Add("X-Api-Key", (string)key!["key"]!);
        using var answer = await http.PostAsJsonAsync($"/api/approvals/{id}/answer", new { approve = true });
        return (int)answer.StatusCode;
    }
}
