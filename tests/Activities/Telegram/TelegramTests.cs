using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;
using Xunit;

namespace Homelab.Tests.Activities.Telegram;

public sealed class TelegramTests
{
    private const string Spec = "telegram/openapi.prism.json";

    [VendorFact(Spec)]
    public async Task SendMessage_Template_IsFilledAndSent()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        server.On("POST /bot42%3AABC-secret/sendMessage", """{"ok":true,"result":{"message_id":9,"date":1,"chat":{"id":42,"type":"private"}}}""");
        using var environment = Environment(server.Url);
        var sent = await environment.RunAsync("telegram.send_message", new { message = "{{alert.name}} <{{state}}>{{#if note}}!{{/if}}", data = new { alert = new { name = "nas" }, state = "full" }, chat = "42" });
        sent["messageId"]!.GetValue<string>().Should().Be("9");
        server.Last("POST").Body.Should().Contain("nas \\u003Cfull\\u003E").And.NotContain("!");
    }

    [Fact]
    public async Task SendMessage_TooMany_SaysWhenAndKeepsTheToken()
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(429, """{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 14","parameters":{"retry_after":14}}""");
        using var environment = Environment(server.Url);
        var send = () => environment.RunAsync("telegram.send_message", new { message = "x", chat = "42" });
        var failure = (await send.Should().ThrowAsync<ActivityException>()).Which;
        (failure.Retryable, failure.RetryAfter).Should().Be((true, TimeSpan.FromSeconds(14)));
        failure.ToString().Should().NotContain("ABC-secret");
        (await environment.RunAsync("telegram.send_message", new { message = "x", chat = "42" }, dryRun: true)).ToJsonString().Should().Contain("sendMessage").And.NotContain("ABC-secret");
    }

    private static ActivityEnvironment Environment(string url) => new(("Activities:Telegram:default:Url", url), ("Activities:Telegram:default:Token", "42:ABC-secret"));
}
