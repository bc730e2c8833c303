using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Systemd;
using Xunit;

namespace Homelab.Tests.Engine.Playbooks;

/// <summary>The shipped playbooks and diagnoses in a real Debian with systemd as its first process.</summary>
[Trait("Category", "Servers"), Collection(nameof(GuestCollection))]
public sealed class GuestHealingTests(GuestFixture guest)
{
    private const string Dig = "/usr/bin/dig";

    private string Root => Path.Combine(guest.Server.Data, "rootfs");

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task ServiceDown_IsStarted()
    {
        await using var server = await StartAsync();
        await guest.InsideAsync("systemctl reset-failed labweb || true; systemctl start labweb; systemctl kill -s KILL labweb; sleep 0.5");
        (await guest.InsideAsync("systemctl is-active labweb || true")).Trim().Should().Be("failed");
        var id = await server.OpenAsync("service_down", "systemd:default/service/labweb.service", service: "labweb");
        await server.ResolvedAsync(id);
        (await guest.InsideAsync("systemctl is-active labweb")).Trim().Should().Be("active");
        (await server.DoneAsync(id)).Should().Equal("systemd.start_unit succeeded");
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("crashed");
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap, "/usr/sbin/nginx")]
    public async Task NginxDown_IsRestartedAndSeenFromOutside()
    {
        await using var server = await StartAsync();
        var port = await NginxAsync();
        await guest.InsideAsync("systemctl kill -s KILL labnginx; sleep 0.3");
        var id = await server.OpenAsync("service_down", "systemd:default/service/labnginx.service", new Dictionary<string, string> { ["instance"] = $"http://127.0.0.1:{port}/" }, service: "nginx");
        await server.ResolvedAsync(id);
        using var http = new HttpClient();
        (await http.GetStringAsync($"http://127.0.0.1:{port}/")).Should().Contain("hello");
        (await server.DoneAsync(id)).Should().Equal("systemd.restart_unit succeeded");
    }

    /// <summary>Debian's own certbot.service renews from a real ACME authority; what is about to expire is put where its last one was.</summary>
    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap, "/usr/sbin/nginx", "/usr/bin/pebble")]
    public async Task CertificateExpiring_IsRenewedAndShown()
    {
        await using var server = await StartAsync();
        await using var pebble = await RealServer.StartAsync("pebble");
        try
        {
            var letsEncrypt = Path.Combine(Root, "etc", "letsencrypt");
            File.Copy(pebble.Said["CA"], Path.Combine(Root, "srv", "acme.pem"), overwrite: true);
            await guest.InsideAsync(
                "mkdir -p /etc/systemd/system/certbot.service.d; printf '[Service]\\nEnvironment=REQUESTS_CA_BUNDLE=/srv/acme.pem\\n' > /etc/systemd/system/certbot.service.d/lab.conf; systemctl daemon-reload; "
                + "REQUESTS_CA_BUNDLE=/srv/acme.pem certbot certonly --quiet --non-interactive --agree-tos --register-unsafely-without-email --standalone "
                + $"--http-01-port {pebble.Said["HTTPPORT"]} --server {pebble.Said["URL"]} -d site.lab.test");
            var archive = Path.Combine(letsEncrypt, "archive", "site.lab.test");
            await MakeCertificateAsync(archive, "old", 3);
            foreach (var (made, kept) in new[] { ("old.crt", "cert1.pem"), ("old.crt", "fullchain1.pem"), ("old.key", "privkey1.pem") })
                File.Copy(Path.Combine(archive, made), Path.Combine(archive, kept), overwrite: true);
            var port = await NginxAsync("/etc/letsencrypt/live/site.lab.test/fullchain.pem", "/etc/letsencrypt/live/site.lab.test/privkey.pem");
            (await ShownAsync(port)).Should().Contain("will expire").And.Contain("old");
            var id = await server.OpenAsync(
                "certificate_expiring", "systemd:default/service/labnginx.service", new Dictionary<string, string> { ["host"] = "127.0.0.1", ["port"] = $"{port}" }, service: "site");
            await server.ResolvedAsync(id);
            (await ShownAsync(port)).Should().Contain("Pebble").And.Contain("will not expire");
            ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("not_renewed");
            (await server.DoneAsync(id)).Should().Equal("systemd.start_unit succeeded", "systemd.reload_unit succeeded");
        }
        finally
        {
            await RealServer.RunAsync(Path.Combine(Repository.Root, "tests", "servers", "stop.sh"), pebble.Said["DNSPID"]);
        }
    }

    /// <summary>An alert that names a machine and no unit: its resolver is found among the units.</summary>
    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap, Dig)]
    public async Task DnsFailing_ResolverOfTheMachine_IsRestartedAndAnswers()
    {
        await using var server = await StartAsync();
        var port = RealServer.FreePort();
        await File.WriteAllTextAsync(
            Path.Combine(Root, "etc", "dnsmasq.d", "lab.conf"), $"port={port}\nlisten-address=127.0.0.1\nbind-interfaces\nno-resolv\nno-hosts\naddress=/nas.lab.test/192.0.2.7\n");
        await guest.InsideAsync("systemctl reset-failed dnsmasq || true; systemctl start dnsmasq");
        (await AnswerAsync()).Should().Be("192.0.2.7");
        await guest.InsideAsync("systemctl kill -s KILL dnsmasq; sleep 0.3");
        (await AnswerAsync()).Should().NotBe("192.0.2.7");
        var id = await server.OpenAsync("dns_failing", "ssh:default/host/default");
        await server.ResolvedAsync(id);
        (await AnswerAsync()).Should().Be("192.0.2.7");
        (await server.DoneAsync(id)).Should().Equal("systemd.restart_unit succeeded");
        ((string?)(await server.FindingsAsync(id))["diagnosis"]!["cause"]).Should().Be("resolver_failed");

        async Task<string> AnswerAsync() => (await RealServer.RunAsync("sh", "-c", $"{Dig} @127.0.0.1 -p {port} +short +tries=1 +time=2 nas.lab.test || true")).Trim();
    }

    /// <summary>The machine's own nginx as a unit of the guest: its libraries are put beside it.</summary>
    /// <param name="certificate">Its file in the guest; null: no TLS.</param>
    private async Task<int> NginxAsync(string? certificate = null, string? key = null)
    {
        var port = RealServer.FreePort();
        await RealServer.RunAsync(
            "sh", "-c",
            $"mkdir -p {Root}/srv/www {Root}/var/log/nginx {Root}/var/lib/nginx; echo hello > {Root}/srv/www/index.html; cp /usr/sbin/nginx {Root}/usr/sbin/nginx; "
            + $"ldd /usr/sbin/nginx | grep -o '/[^ ]*' | while read l; do [ -e {Root}$l ] || {{ mkdir -p {Root}$(dirname $l); cp -L $l {Root}$l; }}; done");
        var listen = certificate is null ? $"listen 127.0.0.1:{port};" : $"listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};";
        await File.WriteAllTextAsync(
            Path.Combine(Root, "srv", "nginx.conf"), $"user root; pid /run/labnginx.pid; events {{}} http {{ access_log off; server {{ {listen} root /srv/www; }} }}\n");
        await File.WriteAllTextAsync(
            Path.Combine(Root, "etc", "systemd", "system", "labnginx.service"),
            "[Service]\nType=forking\nPIDFile=/run/labnginx.pid\nExecStart=/usr/sbin/nginx -c /srv/nginx.conf\nExecReload=/usr/sbin/nginx -c /srv/nginx.conf -s reload\n");
        await guest.InsideAsync("systemctl daemon-reload; systemctl stop labnginx || true; systemctl reset-failed labnginx || true; systemctl start labnginx");
        return port;
    }

    private static Task<string> ShownAsync(int port) =>
        RealServer.RunAsync("sh", "-c", $"openssl s_client -connect 127.0.0.1:{port} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -checkend 2592000 || true");

    private static async Task MakeCertificateAsync(string directory, string name, int days) => await RealServer.RunAsync(
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", $"{days}", "-subj", $"/CN={name}", "-keyout", Path.Combine(directory, $"{name}.key"), "-out", Path.Combine(directory, $"{name}.crt"));

    private async Task<HealingServer> StartAsync()
    {
        var server = await HealingServer.StartAsync(
            null, null,
            ("Activities:Ssh:default:Host", "127.0.0.1"), ("Activities:Ssh:default:Port", $"{guest.Server.Port}"), ("Activities:Ssh:default:User", "root"),
            ("Activities:Ssh:default:KeyFile", Path.Combine(guest.Server.Data, "id_ed25519")), ("Activities:Ssh:default:KnownHostsFile", Path.Combine(guest.Server.Data, "known_hosts")));
        server.SayYes();
        return server;
    }
}
