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

    [ServerTheory(Smtp)]
    [InlineData("starttls")]
    [InlineData("tls")]
    public async Task SendMessage_Encrypted_IsInTheMailboxAndStrangersAreRefused(string mode)
    {
        await using var server = await RealServer.StartAsync("smtp", null, mode);
        (string, string?)[] Connection(string name, string password, string? authority) =>
        [
            ($"Activities:Email:{name}:Host", "localhost"), ($"Activities:Email:{name}:Port", $"{server.Port}"), ($"Activities:Email:{name}:ImplicitTls", mode == "tls" ? "true" : "false"),
            ($"Activities:Email:{name}:From", "homelab@lab.test"), ($"Activities:Email:{name}:To", "ops@lab.test"), ($"Activities:Email:{name}:User", "ops"), ($"Activities:Email:{name}:Password", password),
            ($"Activities:Email:{name}:CaFile", authority),
        ];
        using var environment = new ActivityEnvironment([.. Connection("default", "lab-smtp-pw", server.Said["CA"]), .. Connection("wrong", "wrong-smtp-pw", server.Said["CA"]), .. Connection("stranger", "lab-smtp-pw", null)]);
        await environment.RunAsync("email.send_message", new { subject = "Größe der Platte ünï ✓ und noch ein wenig mehr davon", message = "line\n.\n..dots\nünï ✓" });
        var mail = await File.ReadAllTextAsync(Directory.GetFiles(server.Said["MAILDIR"]).Single());
        var parsed = await RealServer.RunAsync("/usr/bin/python3", "-c", "import email,email.policy,sys; m=email.message_from_string(sys.argv[1],policy=email.policy.default); print(m['subject']); print(m.get_content())", mail);
        parsed.ReplaceLineEndings("\n").Replace("\n\n", "\n").Should().StartWith("Größe der Platte ünï ✓ und noch ein wenig mehr davon\nline\n.\n..dots\nünï ✓");
        (await environment.Connections.Single(connection => connection.Tool == "Email").TestAsync("default", default)).Should().Match<ConnectionReport>(report => report.Reachable && report.Version!.Length > 0);

        var wrong = () => environment.RunAsync("email.send_message", new { connection = "wrong", subject = "x", message = "y" });
        (await wrong.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("535") && !failure.Message.Contains("wrong-smtp-pw"));
        var stranger = () => environment.RunAsync("email.send_message", new { connection = "stranger", subject = "x", message = "y" });
        (await stranger.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("certificate"));
        Directory.GetFiles(server.Said["MAILDIR"]).Should().ContainSingle();
    }

    [ServerFact(Smtp)]
    public async Task SendMessage_NoStartTlsOffered_IsNotSentInTheClear()
    {
        await using var server = await RealServer.StartAsync("smtp");
        using var environment = new ActivityEnvironment(
            ("Activities:Email:default:Host", "127.0.0.1"), ("Activities:Email:default:Port", $"{server.Port}"), ("Activities:Email:default:From", "a@lab.test"), ("Activities:Email:default:To", "b@lab.test"));
        var send = () => environment.RunAsync("email.send_message", new { subject = "x", message = "y" });
        (await send.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("STARTTLS");
        Directory.GetFiles(server.Said["MAILDIR"]).Should().BeEmpty();
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
