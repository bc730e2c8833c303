using FluentAssertions;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.Loki;

public sealed class LokiTests
{
    private const string Spec = "handwritten/loki.json";

    private const string Streams = """
        {"status":"success","data":{"resultType":"streams","result":[{"stream":{"job":"web"},"values":[["1700000000000000001","one"],["1700000000000000002","two"]]}]}}
        """;

    [VendorFact(Spec)]
    public async Task Queries_Answers_AreRead()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        server.On("GET /loki/api/v1/labels", Shared.Fixture("loki/examples.json")).On("GET /loki/api/v1/label/job/values", """{"status":"success"}""").On("GET /loki/api/v1/query_range", Streams)
            .On("GET /loki/api/v1/query", """{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"web"},"value":[1700000000,"42"]}]}}""");
        using var environment = new ActivityEnvironment(("Activities:Loki:default:Url", server.Url), ("Activities:Loki:default:Tenant", "lab"));
        (await environment.RunAsync("loki.list_labels", new { }))["labels"]!.AsArray().Should().HaveCount(3);
        (await environment.RunAsync("loki.list_labels", new { label = "job" }))["labels"]!.AsArray().Should().BeEmpty();
        (await environment.RunAsync("loki.query_logs", new { query = "sum(rate({job=\"web\"}[5m]))" }))["samples"]![0]!["value"]!.GetValue<double>().Should().Be(42);
        (await environment.RunAsync("loki.query_range", new { query = "{job=\"web\"}" }))["lines"]!.AsArray().Should().HaveCount(2);
        server.Seen[0].Headers["X-Scope-OrgID"].Should().Be("lab");
    }

    [VendorFact(Spec)]
    public async Task TailLogs_Full_GoesOnAfterTheLastLine()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        server.On("GET /loki/api/v1/query_range", Streams);
        using var environment = new ActivityEnvironment(("Activities:Loki:default:Url", server.Url));
        var tail = await environment.RunAsync("loki.tail_logs", new { query = "{job=\"web\"}", cursor = "1700000000000000000", limit = 2 });
        tail["cursor"]!.GetValue<string>().Should().Be("1700000000000000003");
        tail["lines"]!.AsArray().Select(line => line!["line"]!.GetValue<string>()).Should().Equal("one", "two");
        server.Last("GET").Query.Should().Contain("start=1700000000000000000").And.Contain("direction=forward");
    }
}
