using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Approvals;
using Homelab.Engine.Notifications;
using Homelab.Engine.Reports;
using Homelab.Tests.Activities;
using Homelab.Tests.Engine.Remediation;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Notifications;

/// <summary>Each person is told what that person chose, no more often than people can read, and nothing is lost while a service is down.</summary>
public sealed class NotificationTests
{
    [Fact]
    public async Task Choices_EachPersonForEachEvent_AreKept()
    {
        await using var ntfy = await FakeServer.StartAsync();
        ntfy.Answer = FakeServer.Status(200, """{"id":"1"}""");
        await using var server = await StartAsync(ntfy.Url);
        await ChooseAsync(server, new { channel = "ntfy", address = "home", questions = "none", before = "each", after = "none", alerts = "critical" });
        var people = server.Server.Services.GetRequiredService<People>();
        await people.TellAsync(Notice("a", "after", "info", "nobody wants to hear this"), default);
        await people.TellAsync(Notice("b", "alert", "warning", "nor this"), default);
        await people.TellAsync(Notice("c", "alert", "critical", "the house burns"), default);
        await LampServer.UntilAsync(() => Task.FromResult(Bodies(ntfy).Count == 1));
        (await people.TellAsync(Notice("d", "before", "info", "about to act"), default)).Should().BeTrue();
        Bodies(ntfy).Should().HaveCount(2);
        ((string?)Bodies(ntfy)[0]["message"], (int)Bodies(ntfy)[0]["priority"]!).Should().Be(("the house burns", 5));
        ((string?)Bodies(ntfy)[1]["message"]).Should().Be("about to act");
    }

    [Fact]
    public async Task Before_NobodyReached_IsKnownAtOnce()
    {
        await using var ntfy = await FakeServer.StartAsync();
        ntfy.Answer = FakeServer.Status(503, "down");
        await using var server = await StartAsync(ntfy.Url);
        var people = server.Server.Services.GetRequiredService<People>();
        (await people.TellAsync(Notice("x", "before", "info", "nobody chose anything"), default)).Should().BeTrue("the console is the way that was chosen");
        await ChooseAsync(server, new { channel = "ntfy", address = "home", before = "each", questions = "none", after = "none", alerts = "none" });
        (await people.TellAsync(Notice("y", "before", "info", "about to act"), default)).Should().BeFalse();
    }

    [Fact]
    public async Task Many_AtOnce_AreOneMessageAndADownServiceLosesNone()
    {
        await using var ntfy = await FakeServer.StartAsync();
        ntfy.Answer = FakeServer.Status(503, "down");
        await using var server = await StartAsync(ntfy.Url, ("Notifications:Spacing", "00:00:02"));
        await ChooseAsync(server, new { channel = "ntfy", address = "home", alerts = "each", questions = "none", before = "none", after = "none" });
        var people = server.Server.Services.GetRequiredService<People>();
        for (var number = 0; number < 5; number++)
            await people.TellAsync(Notice($"many{number}", "alert", "warning", $"notice {number}"), default);
        await LampServer.UntilAsync(() => Task.FromResult(Bodies(ntfy).Count >= 1));
        ntfy.Answer = FakeServer.Status(200, """{"id":"1"}""");
        await LampServer.UntilAsync(async () => await server.CountAsync("SELECT COUNT(*) FROM notification_outbox WHERE sent_at IS NULL") == 0);
        var sent = Bodies(ntfy).Select(body => (string)body["message"]!).ToList();
        for (var number = 0; number < 5; number++)
            sent.Should().Contain(text => text.Contains($"notice {number}", StringComparison.Ordinal));
        sent.Count.Should().BeLessThan(8, "they are told together");
    }

    [Fact]
    public async Task Summary_IsGatheredForTheDailyReport()
    {
        await using var ntfy = await FakeServer.StartAsync();
        await using var server = await StartAsync(ntfy.Url);
        await ChooseAsync(server, new { channel = "ntfy", address = "home", after = "summary", alerts = "summary", before = "none", questions = "none" });
        await server.Server.Services.GetRequiredService<People>().TellAsync(Notice("s", "after", "info", "a lamp was switched"), default);
        var row = (await server.Server.Services.GetRequiredService<NotificationOutbox>().DueAsync(default));
        row.Should().BeEmpty();
        var due = await server.CountAsync("SELECT due_at FROM notification_outbox");
        DateTimeOffset.FromUnixTimeMilliseconds(due).Should().Be(server.Server.Services.GetRequiredService<ReportClock>().Next("daily", TimeProvider.System.GetUtcNow()));
    }

    [Fact]
    public async Task Choices_ThatMakeNoSense_AreRefusedWithEveryReason()
    {
        await using var server = await LampServer.StartAsync();
        using var answer = await server.Http.PutAsJsonAsync("/api/notifications/choices", new
        {
            choices = new object[]
            {
                new { channel = "email", address = "nobody", questions = "summary", before = "each", after = "sometimes", alerts = "each" },
                new { channel = "pigeon", address = "", questions = "each", before = "each", after = "each", alerts = "each" },
            },
        });
        ((int)answer.StatusCode).Should().Be(400);
        var paths = (await answer.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!.AsArray().Select(error => (string)error!["path"]!);
        paths.Should().BeEquivalentTo("choices[0].after", "choices[0].questions", "choices[0].address", "choices[1].channel");
    }

    [Fact]
    public async Task AnythingDone_WithoutAPlan_IsToldAfter()
    {
        var channel = new Gate.RecordingChannel();
        await using var server = await LampServer.StartAsync(preferences: """{ "cooldown": "0s" }""", channel: channel);
        await server.ProveAsync("light", "lamp.set");
        await server.PublishAsync("light", "Homelab.Lamp.Set", new { lamp = "web", state = "on" });
        var run = await server.StartAsync("light");
        await LampServer.UntilAsync(async () => await server.CountAsync("SELECT COUNT(*) FROM changes WHERE target_name = 'web' AND result = 'succeeded'") == 1
            || await server.CountAsync("SELECT COUNT(*) FROM approvals WHERE state = 'pending'") == 1);
        if (await server.CountAsync("SELECT COUNT(*) FROM approvals WHERE state = 'pending'") == 1)
        {
            var id = (string)(await server.GetAsync("/api/approvals?state=pending"))["items"]![0]!["id"]!;
            await server.PostAsync($"/api/approvals/{id}/answer", new { approve = true });
        }

        await server.FinishAsync(run);
        await LampServer.UntilAsync(() => Task.FromResult(channel.Told.Any(notice => notice.Kind == "after" && notice.Text.Contains("lamp.set on web was done", StringComparison.Ordinal))));
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE kind = 'after'")).Should().Be(1);
    }

    private static Task<LampServer> StartAsync(string url, params (string Name, string Value)[] more) => LampServer.StartAsync(
        settings: [("Activities:Ntfy:default:Url", url), ("Activities:Ntfy:default:Topic", "other"), ("Connections:CheckEvery", "00:00:00"), .. more]);

    private static async Task ChooseAsync(LampServer server, object choice)
    {
        using var answer = await server.Http.PutAsJsonAsync("/api/notifications/choices", new { choices = new[] { choice } });
        answer.EnsureSuccessStatusCode();
    }

    private static Notice Notice(string id, string kind, string severity, string text) => new(id, TimeProvider.System.GetUtcNow(), kind, severity, false, text);

    private static IReadOnlyList<JsonNode> Bodies(FakeServer server) => [.. server.Seen.Where(request => request.Method == "POST").Select(request => JsonNode.Parse(request.Body)!)];
}
