using FluentAssertions;
using Homelab.Activities;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Dns;

public sealed class BindFixture : ServerFixture
{
    public const string Named = "/usr/sbin/named";

    internal RealServer Server { get; private set; } = null!;

    internal string Address => $"127.0.0.1:{Server.Port}";

    protected override IEnumerable<string> Programs => [Named, "/usr/bin/dig"];

    protected override async Task StartAsync() => Server = await StartAsync("bind", data => File.WriteAllText(Path.Combine(data, "lab.zone"), $"""
        $TTL 60
        @ IN SOA ns.lab.test. admin.lab.test. 7 60 60 3600 60
        @ IN NS ns
        @ IN MX 10 mail
        @ IN CAA 0 issue "ca.test"
        ns IN A 127.0.0.1
        www IN A 127.0.0.2
        www IN A 127.0.0.1
        www IN AAAA ::1
        alias IN CNAME www
        _sip._tcp IN SRV 1 2 5060 www
        long IN TXT {string.Join(' ', Enumerable.Range(0, 10).Select(_ => $"\"{new string('x', 200)}\""))}

        """));
}

[Trait("Category", "Servers")]
public sealed class DnsTests(BindFixture bind) : IClassFixture<BindFixture>, IDisposable
{
    private readonly ActivityEnvironment _environment = new();

    public void Dispose() => _environment.Dispose();

    [ServerTheory(BindFixture.Named, "/usr/bin/dig")]
    [InlineData("www.lab.test", "A", "127.0.0.1|127.0.0.2")]
    [InlineData("www.lab.test.", "AAAA", "::1")]
    [InlineData("alias.lab.test", "A", "127.0.0.1|127.0.0.2")]
    [InlineData("alias.lab.test", "CNAME", "www.lab.test.")]
    [InlineData("lab.test", "MX", "10 mail.lab.test.")]
    [InlineData("lab.test", "NS", "ns.lab.test.")]
    [InlineData("lab.test", "SOA", "ns.lab.test. admin.lab.test. 7")]
    [InlineData("lab.test", "CAA", "0 issue \"ca.test\"")]
    [InlineData("_sip._tcp.lab.test", "SRV", "1 2 5060 www.lab.test.")]
    public async Task ResolveName_EachType_IsRead(string name, string type, string records)
    {
        var output = await _environment.RunAsync("dns.resolve_name", new { domain = name, recordType = type, server = bind.Address });
        output["status"]!.GetValue<string>().Should().Be("NOERROR");
        output["records"]!.AsArray().Select(record => record!.GetValue<string>()).Should().Equal(records.Split('|'));
        output["timeToLive"]!.GetValue<int>().Should().Be(60);
    }

    [ServerFact(BindFixture.Named, "/usr/bin/dig")]
    public async Task ResolveName_TooLongForUdp_IsAskedByTcp()
    {
        var output = await _environment.RunAsync("dns.resolve_name", new { domain = "long.lab.test", recordType = "TXT", server = bind.Address });
        output["records"]![0]!.GetValue<string>().Should().Be(new string('x', 2000));
    }

    [ServerFact(BindFixture.Named, "/usr/bin/dig")]
    public async Task ResolveName_NotThere_IsAnAnswer() =>
        (await _environment.RunAsync("dns.resolve_name", new { domain = "none.lab.test", server = bind.Address }))["status"]!.GetValue<string>().Should().Be("NXDOMAIN");

    [ServerFact(BindFixture.Named, "/usr/bin/dig")]
    public async Task CompareServers_OneSilent_DoNotAgree()
    {
        using var silent = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var input = new JsonObject
        {
            ["domain"] = "www.lab.test", ["timeoutSeconds"] = 1, ["expected"] = new JsonArray("127.0.0.2", "127.0.0.1"), ["servers"] = new JsonArray(bind.Address, bind.Address),
        };
        var good = await _environment.RunAsync("dns.compare_servers", input);
        (good["agree"]!.GetValue<bool>(), good["asExpected"]!.GetValue<bool>()).Should().Be((true, true));
        input["servers"] = new JsonArray(bind.Address, silent.Client.LocalEndPoint!.ToString());
        var bad = await _environment.RunAsync("dns.compare_servers", input);
        bad["agree"]!.GetValue<bool>().Should().BeFalse();
        bad["answers"]![1]!["problem"]!.GetValue<string>().Should().Contain("did not answer");
    }

    [Fact]
    public async Task ResolveName_GarbageAnswer_FailsInWords()
    {
        using var liar = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var lying = Task.Run(async () =>
        {
            var asked = await liar.ReceiveAsync();
            // The right id, one answer promised, and a name that points at itself.
            byte[] answer = [asked.Buffer[0], asked.Buffer[1], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. asked.Buffer[12..], 0xC0, (byte)asked.Buffer.Length];
            await liar.SendAsync(answer, asked.RemoteEndPoint);
        });
        var resolve = () => _environment.RunAsync("dns.resolve_name", new { domain = "a.test", server = liar.Client.LocalEndPoint!.ToString() });
        (await resolve.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("not DNS");
        await lying;
    }
}
