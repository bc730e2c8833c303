using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Xunit;

namespace Homelab.Tests.Engine.Api.Elsa;

/// <summary>A definition with activities that are not installed here: what Studio sees of it, and what is kept of it.</summary>
public sealed class PlaceholderTests(ElsaHost host) : IClassFixture<ElsaHost>
{
    private const string Definition = """
        {"definitionId":"from-elsewhere","name":"From elsewhere","root":{"id":"flow","type":"Elsa.Flowchart","connections":[{"source":{"activity":"far","port":"Done"},"target":{"activity":"line"}}],"activities":[
          {"id":"far","name":"Far","type":"Acme.Container","version":3,"color":"red","body":{"id":"inner","type":"Acme.Inner","version":1},"metadata":{"designer":{"position":{"x":10,"y":20}}}},
          {"id":"line","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Literal","value":"near"}}}]}}
        """;

    [Fact]
    public async Task Get_UnknownActivity_IsAPlaceholderAndSavingItBackKeepsTheOriginal()
    {
        using (var imported = await PostAsync("/elsa/api/workflow-definitions/import", Definition))
            imported.EnsureSuccessStatusCode();

        var shown = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/workflow-definitions/by-definition-id/from-elsewhere"))!.AsObject();

        var placeholder = shown["root"]!["activities"]![0]!.AsObject();
        placeholder["type"]!.ToString().Should().Be("Elsa.NotFoundActivity");
        placeholder["id"]!.ToString().Should().Be("far");
        placeholder["missingTypeName"]!.ToString().Should().Be("Acme.Container");
        ((int)placeholder["missingTypeVersion"]!).Should().Be(3);
        placeholder["metadata"]!["displayText"]!.ToString().Should().Be("Not found: Acme.Container");
        JsonNode.Parse(placeholder["originalActivityJson"]!.ToString())!["body"]!["type"]!.ToString().Should().Be("Acme.Inner");
        shown["root"]!["activities"]![1]!["type"]!.ToString().Should().Be("Elsa.WriteLine");

        // Studio moves it and saves what it was shown.
        placeholder["metadata"]!["designer"]!["position"]!["x"] = 300;
        using (var saved = await PostAsync("/elsa/api/workflow-definitions", new JsonObject { ["model"] = shown.DeepClone(), ["publish"] = false }.ToJsonString()))
            saved.EnsureSuccessStatusCode();
        var kept = JsonNode.Parse(await host.Client.GetStringAsync("/api/workflows/from-elsewhere/export"))!["root"]!["activities"]![0]!;
        kept["type"]!.ToString().Should().Be("Acme.Container");
        kept["color"]!.ToString().Should().Be("red");
        kept["body"]!["type"]!.ToString().Should().Be("Acme.Inner");
        ((int)kept["metadata"]!["designer"]!["position"]!["x"]!).Should().Be(300);
        kept["metadata"]!["displayText"].Should().BeNull();
        (await host.Client.GetStringAsync("/elsa/api/workflow-definitions/from-elsewhere/export")).Should().Contain("Elsa.NotFoundActivity").And.Contain("missingTypeName");
        var version = shown["id"]!.ToString();
        (await host.Client.GetStringAsync($"/elsa/api/workflow-definitions/subgraph/{version}")).Should().Contain("Elsa.NotFoundActivity").And.NotContain("\"type\":\"Acme.Container\"");
    }

    [Fact]
    public async Task Publish_UnknownActivity_SaysWhichAndWhereAndStartsNothing()
    {
        using var imported = await PostAsync("/api/workflows/import", Definition.Replace("from-elsewhere", "unpublishable", StringComparison.Ordinal));
        imported.EnsureSuccessStatusCode();
        var answer = JsonNode.Parse(await imported.Content.ReadAsStringAsync())!;
        ((bool)answer["published"]!).Should().BeFalse();
        answer["problems"]!.AsArray().Select(problem => problem!.ToString()).Should().Contain(problem => problem.StartsWith("Activity 'far', type:", StringComparison.Ordinal) && problem.Contains("Acme.Container", StringComparison.Ordinal));

        using var published = await PostAsync("/elsa/api/workflow-definitions/unpublishable/publish", "{}");

        published.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await published.Content.ReadAsStringAsync()).Should().Contain("Acme.Container").And.Contain("far");
        using var ran = await PostAsync("/api/workflows/unpublishable/run", "{}");
        ran.EnsureSuccessStatusCode();
        var run = JsonNode.Parse(await ran.Content.ReadAsStringAsync())!["runId"]!.ToString();
        await TestWait.UntilAsync(async () => (await host.Client.GetStringAsync($"/elsa/api/workflow-instances/{run}/execution-state")).Contains("Faulted", StringComparison.Ordinal));
        (await host.Client.GetStringAsync($"/api/runs/{run}/journal")).Should().Contain("Activity type 'Acme.Container' version '0' could not be found.");
    }

    private Task<HttpResponseMessage> PostAsync(string path, string json) => host.Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
}
