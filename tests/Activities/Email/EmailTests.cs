using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Email;

[Trait("Category", "Servers")]
public sealed class EmailTests
{
    private const string Smtp = "/usr/lib/python3/dist-packages/aiosmtpd/__init__.py";

    [ServerFact(Smtp)]
    public async Task SendMessage_RealServer_IsInItsMailbox()
    {
        await using var server = await RealServer.StartAsync("smtp");
        using var environment = Environment(server.Port);
        var input = new { message = "{{name}} is full\nünï", subject = "Alert\r\nBcc: x@lab.test", data = new { name = "nas" }, to = new[] { "ops@lab.test" } };
        (await environment.RunAsync("email.send_message", input, dryRun: true))["dryRun"]!.GetValue<bool>().Should().BeTrue();
        Directory.GetFiles(server.Said["MAILDIR"]).Should().BeEmpty();
        await environment.RunAsync("email.send_message", input);
        var mail = await File.ReadAllTextAsync(Directory.GetFiles(server.Said["MAILDIR"]).Single());
        mail.Should().Contain("Subject: Alert Bcc: x@lab.test").And.Contain("To: ops@lab.test").And.Contain("Message-ID: <").And.NotContain("\nBcc:");
        var report = await environment.Connections.Single(connection => connection.Tool == "Email").TestAsync("default", default);
        report.Reachable.Should().BeTrue();
    }

    [Fact]
    public async Task SendMessage_NobodyListens_IsRetryableAndAPasswordNeverGoesInTheClear()
    {
        using var environment = Environment(RealServer.FreePort());
        var send = () => environment.RunAsync("email.send_message", new { message = "x", subject = "y", to = new[] { "ops@lab.test" } });
        (await send.Should().ThrowAsync<ActivityException>()).Which.Retryable.Should().BeTrue();
        using var clear = new ActivityEnvironment(
            ("Activities:Email:default:Host", "127.0.0.1"), ("Activities:Email:default:From", "a@lab.test"), ("Activities:Email:default:StartTls", "false"), ("Activities:Email:default:Password", "pw-secret"));
        var refused = () => clear.RunAsync("email.send_message", new { message = "x", subject = "y", to = new[] { "ops@lab.test" } });
        (await refused.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("StartTls");
    }

    private static ActivityEnvironment Environment(int port) => new(
        ("Activities:Email:default:Host", "127.0.0.1"), ("Activities:Email:default:Port", port.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        ("Activities:Email:default:StartTls", "false"), ("Activities:Email:default:From", "homelab@lab.test"));
}
