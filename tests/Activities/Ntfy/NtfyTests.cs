using FluentAssertions;
using Xunit;

namespace Homelab.Tests.Activities.Ntfy;

public sealed class NtfyTests
{
    [Fact]
    public async Task PublishMessage_Json_IsPosted()
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(200, """{"id":"sPs71M8A2T","time":1643935928,"event":"message","topic":"lab","message":"x"}""");
        using var environment = new ActivityEnvironment(("Activities:Ntfy:default:Url", server.Url), ("Activities:Ntfy:default:Topic", "lab"), ("Activities:Ntfy:default:Token", "token-secret-value"));
        var sent = await environment.RunAsync("ntfy.publish_message", new { message = "{{a}}", data = new { a = "b" }, title = "T", priority = 5, tags = new[] { "warning" }, link = "https://nas.lab.test/" });
        sent["messageId"]!.GetValue<string>().Should().Be("sPs71M8A2T");
        server.Seen[0].Body.Should().Be("""{"topic":"lab","message":"b","priority":5,"tags":["warning"],"title":"T","click":"https://nas.lab.test/"}""");
        server.Seen[0].Headers["Authorization"].Should().Be("Bearer token-secret-value");
    }
}
