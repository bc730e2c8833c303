using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Operations;
using Homelab.Engine.Runs;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Dispatch;

/// <summary>What the whole server adds to the dispatcher.</summary>
public sealed class OneServerTests
{
    [Fact]
    public async Task Start_FileOfAnotherServer_IsRefusedWithWhatToDo()
    {
        await using var first = await TestServer.StartAsync();

        var second = () => TestServer.StartAsync(("Storage:Directory", first.DataDirectory));

        (await second.Should().ThrowAsync<BadConfigurationException>()).Which.Problems.Should().ContainSingle()
            .Which.Should().Contain("homelab.db").And.Contain("another server").And.Contain("--data");
    }

    [Fact]
    public async Task DeadLetters_OverTheApi_AreListedRequeuedAndDiscarded()
    {
        await using var server = await TestServer.StartAsync(("Dispatch:RetryDelay", "00:00:00.001"), ("Dispatch:MaxAttempts", "1"));
        await server.SignInAsync();
        await server.PublishAsync(TestServer.Webhook("parent", "parent", ["POST"], null,
            """{"id":"child","type":"Elsa.DispatchWorkflow","version":1,"workflowDefinitionId":{"typeName":"String","expression":{"type":"Literal","value":"nowhere"}},"waitForCompletion":{"typeName":"Boolean","expression":{"type":"Literal","value":true} } }"""));
        var run = (string?)(await (await server.Http.PostAsJsonAsync("/workflows/parent", new { })).Content.ReadFromJsonAsync<JsonNode>())!["runId"];

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var parent = await server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().WaitForFinishAsync(new RunId(run!), limit.Token);

        parent!.Incidents.Should().ContainSingle().Which.Message.Should().Contain("nowhere", "the parent learns why its child could not start");
        var letter = (await server.Http.GetFromJsonAsync<JsonArray>("/api/dead-letters", limit.Token))!.Should().ContainSingle().Subject!;
        ((string?)letter["kind"]).Should().Be("start");
        (await server.Http.PostAsync($"/api/dead-letters/{letter["id"]}/requeue", null, limit.Token)).StatusCode.Should().Be(HttpStatusCode.Accepted);
        while ((await server.Http.GetFromJsonAsync<JsonArray>("/api/dead-letters", limit.Token))!.Count == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        (await server.Http.DeleteAsync(new Uri($"/api/dead-letters/{letter["id"]}", UriKind.Relative), limit.Token)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await server.Http.DeleteAsync(new Uri($"/api/dead-letters/{letter["id"]}", UriKind.Relative), limit.Token)).StatusCode.Should().Be(HttpStatusCode.NotFound);
        server.Http.DefaultRequestHeaders.Clear();
        using var stranger = new HttpClient { BaseAddress = server.Http.BaseAddress };
        (await stranger.GetAsync(new Uri("/api/dead-letters", UriKind.Relative), limit.Token)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }
}
