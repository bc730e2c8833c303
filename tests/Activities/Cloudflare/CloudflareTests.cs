using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.Cloudflare;

public sealed class CloudflareTests
{
    private const string Spec = "cloudflare/cloudflare.prism.json";

    private const string Zone = "/client/v4/zones/0123456789abcdef0123456789abcdef";

    [VendorFact(Spec)]
    public async Task SetRecord_ThenUndone_IsAsBefore()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        var content = "192.0.2.1";
        string Record() => $$"""{"id":"372e67954025e0ba6aaa6d586b9e0b59","name":"www.example.com","type":"A","content":"{{content}}","ttl":300,"proxied":true}""";
        server.On($"GET {Zone}/dns_records", _ => content.Length == 0 ? """{"success":true,"result":[]}""" : $$"""{"success":true,"result":[{{Record()}}]}""")
            .On($"GET {Zone}", """{"success":true,"result":{"id":"x","name":"example.com"}}""").On($"POST {Zone}/purge_cache", """{"success":true}""")
            .On($"DELETE {Zone}/dns_records/372e67954025e0ba6aaa6d586b9e0b59", _ => { content = ""; return "{}"; });
        string Write(SeenRequest request)
        {
            content = System.Text.Json.JsonDocument.Parse(request.Body).RootElement.GetProperty("content").GetString()!;
            return $$"""{"success":true,"result":{{Record()}}}""";
        }

        server.On($"PUT {Zone}/dns_records/372e67954025e0ba6aaa6d586b9e0b59", Write).On($"POST {Zone}/dns_records", Write);
        using var environment = new ActivityEnvironment(
            ("Activities:Cloudflare:default:Url", server.Url), ("Activities:Cloudflare:default:Token", "token-secret-value"), ("Activities:Cloudflare:default:ZoneId", "0123456789abcdef0123456789abcdef"));
        (await environment.RunAsync("cloudflare.list_records", new { }))["records"]![0]!["proxied"]!.GetValue<bool>().Should().BeTrue();
        var input = new { record = "www.example.com", recordType = "A", content = "192.0.2.7", ttl = 300 };
        (await environment.ProbeAsync("cloudflare.set_record", input)).Should().Be(Probe.DidNotHappen);
        var output = await environment.RunAsync("cloudflare.set_record", input);
        content.Should().Be("192.0.2.7");
        (await environment.ProbeAsync("cloudflare.set_record", input)).Should().Be(Probe.Happened);
        await environment.UndoAsync("cloudflare.set_record", input, output);
        content.Should().Be("192.0.2.1");
        var gone = new { record = "www.example.com", recordType = "A" };
        output = await environment.RunAsync("cloudflare.delete_record", gone);
        (await environment.ProbeAsync("cloudflare.delete_record", gone)).Should().Be(Probe.Happened);
        await environment.UndoAsync("cloudflare.delete_record", gone, output);
        content.Should().Be("192.0.2.1");
        await environment.RunAsync("cloudflare.purge_cache", new { });
        server.Last("POST").Body.Should().Be("""{"purge_everything":true}""");
    }
}
