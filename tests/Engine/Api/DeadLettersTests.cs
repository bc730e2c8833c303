using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Notifications;
using Homelab.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Api;

/// <summary>What could not be processed is seen, tried again and given up in one place, whatever it is.</summary>
public sealed class DeadLettersTests
{
    [Fact]
    public async Task AlertsAndMessages_AreListed_TriedAgainAndGivenUp()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignInAsync();
        var database = server.Services.GetRequiredService<Database>();
        var outbox = server.Services.GetRequiredService<NotificationOutbox>();
        var now = TimeProvider.System.GetUtcNow();
        foreach (var id in new[] { "again", "never" })
        {
            await database.WriteAsync(
                session => session.ExecuteAsync(
                    "INSERT INTO alert_inbox (id, source, receiver, received_at, alerts, attempts, due_at, error, dead) VALUES (@id, 'alertmanager', '', @at, @alerts, 5, @at, 'The dependency graph could not be read.', 1)",
                    new { id = $"alert-{id}", at = now.ToUnixTimeMilliseconds(), alerts = """[{"firing":true,"labels":{"alertname":"ContainerDown","name":"web"},"annotations":{}}]""" }, default), default);
            var row = new OutboxRow { Id = $"message-{id}", UserId = "admin", Channel = "ntfy", Address = "home", Subject = "Homelab", Text = "The house burns", DueAt = now.AddDays(1).ToUnixTimeMilliseconds() };
            await outbox.AddAsync(row, default);
            await outbox.GiveUpAsync([row], "The topic is reserved.", default);
        }

        var letters = (await server.Http.GetFromJsonAsync<JsonNode>("/api/dead-letters"))!.AsArray();
        letters.Select(letter => $"{letter!["kind"]} {letter["id"]} {letter["about"]} {letter["attempts"]} {letter["error"]}").Should().BeEquivalentTo(
            "alert alert-again alertmanager 5 The dependency graph could not be read.", "alert alert-never alertmanager 5 The dependency graph could not be read.",
            "message message-again ntfy: Homelab 1 The topic is reserved.", "message message-never ntfy: Homelab 1 The topic is reserved.");
        ((DateTimeOffset)letters.First(letter => (string?)letter!["kind"] == "message")!["diedAt"]!).Should().BeCloseTo(now, TimeSpan.FromMinutes(1));

        foreach (var kind in new[] { "alert", "message" })
        {
            (await server.Http.PostAsync($"/api/dead-letters/{kind}-again/requeue", null)).StatusCode.Should().Be(System.Net.HttpStatusCode.Accepted);
            (await server.Http.DeleteAsync($"/api/dead-letters/{kind}-never")).StatusCode.Should().Be(System.Net.HttpStatusCode.NoContent);
            (await server.Http.PostAsync($"/api/dead-letters/{kind}-never/requeue", null)).StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
            (await server.Http.DeleteAsync($"/api/dead-letters/{kind}-again")).StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound, "it is tried again");
        }

        await TestWait.UntilAsync(async () => (await server.Http.GetFromJsonAsync<JsonNode>("/api/incidents"))!["items"]!.AsArray().Any(incident => (string?)incident!["service"] == "web"));
        await TestWait.UntilAsync(async () => await database.ReadAsync(session => session.ScalarAsync<long>("SELECT tries FROM notification_outbox WHERE id = 'message-again'", null, default), default) > 0
            || await database.ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM notification_outbox WHERE id = 'message-again' AND sent_at IS NOT NULL", null, default), default) > 0);
    }
}
