using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.Grafana;

public sealed class GrafanaTests
{
    private const string Spec = "grafana/api-merged.prism.json";

    [VendorFact(Spec)]
    public async Task Annotation_CreatedAndUndone_IsOneOnly()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        var tags = "";
        server.On("GET /api/annotations", _ => tags.Length == 0 ? "[]" : """[{"id":7,"text":"x","tags":["a"],"time":1700000000000}]""").On("POST /api/annotations", request =>
        {
            tags = request.Body;
            return """{"id":7,"message":"Annotation added"}""";
        });
        server.On("DELETE /api/annotations/7", """{"message":"Annotation deleted"}""").On("GET /api/annotations/7", """{"id":7,"text":"x","time":1}""");
        using var environment = Environment(server);
        var input = new { text = "nas was restarted", tags = new[] { "homelab" }, dashboardUid = "abc" };
        (await environment.ProbeAsync("grafana.create_annotation", input)).Should().Be(Probe.DidNotHappen);
        var output = await environment.RunAsync("grafana.create_annotation", input);
        await environment.RunAsync("grafana.create_annotation", input);
        server.Seen.Count(request => request.Method == "POST").Should().Be(1, "a retry finds its own");
        (await environment.ProbeAsync("grafana.create_annotation", input)).Should().Be(Probe.Happened);
        (await environment.TargetAsync("grafana.delete_annotation", new { annotationId = 7 }))!.Id.Should().Be("grafana:default/annotation/7");
        await environment.UndoAsync("grafana.create_annotation", input, output);
        server.Operations.Should().Contain("DELETE /api/annotations/{annotation_id}");
    }

    [VendorFact(Spec)]
    public async Task Lists_Answers_AreRead()
    {
        await using var server = await VendorServer.StartAsync(Spec);
        server.On("GET /api/search", """[{"uid":"u","title":"Nodes","type":"dash-db","tags":["a"],"folderTitle":"Lab"}]""").On("GET /api/annotations", "[]")
            .On("GET /api/v1/provisioning/alert-rules", """[{"uid":"r","title":"Disk","ruleGroup":"g","folderUID":"f","isPaused":true,"for":"5m","labels":{"severity":"page"}}]""");
        using var environment = Environment(server);
        (await environment.RunAsync("grafana.list_dashboards", new { query = "no de" }))["dashboards"]![0]!["folder"]!.GetValue<string>().Should().Be("Lab");
        (await environment.RunAsync("grafana.list_alert_rules", new { }))["rules"]![0]!["paused"]!.GetValue<bool>().Should().BeTrue();
        (await environment.RunAsync("grafana.list_annotations", new { tags = new[] { "a", "b" } }))["annotations"]!.AsArray().Should().BeEmpty();
        server.Last("GET").Query.Should().Contain("tags=a&tags=b");
    }

    private static ActivityEnvironment Environment(VendorServer server) => new(("Activities:Grafana:default:Url", server.Url), ("Activities:Grafana:default:Token", "token-secret-value"));
}
