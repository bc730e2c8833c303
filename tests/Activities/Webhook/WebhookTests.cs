using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Webhook;

public sealed class WebhookTests
{
    [Fact]
    public async Task PostMessage_Template_ArrivesWithItsHeader()
    {
        await using var server = await FakeServer.StartAsync();
        using var environment = new ActivityEnvironment(
            ("Activities:Webhook:default:Url", server.Url + "/in/box"), ("Activities:Webhook:default:BearerToken", "token-secret-value"), ("Activities:Webhook:default:TokenHeader", "X-Token"));
        await environment.RunAsync("webhook.post_message", new { message = """{"text":"{{a}}"}""", data = new { a = 7 }, mediaType = "application/json" });
        server.Seen[0].Should().Match<SeenRequest>(request => request.Path == "/in/box" && request.Body == """{"text":"7"}""" && request.Headers["X-Token"] == "token-secret-value");
    }

    [Fact]
    public async Task PostMessage_BadTemplate_FailsForGoodAndSendsNothing()
    {
        await using var server = await FakeServer.StartAsync();
        using var environment = new ActivityEnvironment(("Activities:Webhook:default:Url", server.Url));
        var post = () => environment.RunAsync("webhook.post_message", new { message = "{{#if a}}" });
        (await post.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("template"));
        server.Seen.Should().BeEmpty();
    }
}
