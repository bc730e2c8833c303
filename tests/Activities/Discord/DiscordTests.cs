using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;
using Xunit;

namespace Homelab.Tests.Activities.Discord;

public sealed class DiscordTests
{
    private const string Spec = "discord/discord-webhooks.prism.json";

    [VendorFact(Spec)]
    public async Task SendMessage_Text_CallsNobody()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        server.On("POST /api/v10/webhooks/77/hook-secret", """{"id":"9"}""");
        using var environment = Environment(server.Url);
        (await environment.RunAsync("discord.send_message", new { message = "@everyone {{a}}", data = new { a = 1 } }))["messageId"]!.GetValue<string>().Should().Be("9");
        server.Last("POST").Body.Should().Contain("@everyone 1").And.Contain("\"parse\":[]");
    }

    [Fact]
    public async Task SendMessage_TooMany_RoundsTheWaitUp()
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(429, """{"message":"You are being rate limited.","retry_after":0.65,"global":false}""");
        using var environment = Environment(server.Url);
        var send = () => environment.RunAsync("discord.send_message", new { message = "x" });
        (await send.Should().ThrowAsync<ActivityException>()).Which.RetryAfter.Should().Be(TimeSpan.FromSeconds(1));
    }

    private static ActivityEnvironment Environment(string url) =>
        new(("Activities:Discord:default:Url", url), ("Activities:Discord:default:WebhookId", "77"), ("Activities:Discord:default:WebhookToken", "hook-secret"));
}
