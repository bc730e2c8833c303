using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Xunit;

namespace Homelab.Tests.Engine.Api.Elsa;

/// <summary>State machines over Elsa's API, on the whole product.</summary>
public sealed class StateMachineApiTests(ElsaHost host) : IClassFixture<ElsaHost>
{
    private const string Machine = """
        {"model": {"definitionId": "machine-api", "name": "Machine API", "root": {"id": "flow", "type": "Elsa.Flowchart", "version": 1, "connections": [], "activities": [
          {"id": "machine", "type": "Elsa.StateMachine", "version": 1, "initialState": "Idle",
           "states": [{"name": "Idle"}, {"name": "Busy", "entry": {"id": "used", "type": "MachinePart", "version": 1}, "exit": {"id": "gone", "type": "Acme.Gone", "version": 1}}],
           "transitions": [
             {"from": "Idle", "to": "Busy", "trigger": {"id": "ring", "type": "Elsa.Event", "version": 1, "customProperties": {"canStartWorkflow": true}, "eventName": {"typeName": "String", "expression": {"type": "Literal", "value": "ring-machine-api"}}}},
             {"from": "Busy", "to": "Idle", "trigger": {"id": "done", "type": "Elsa.Event", "version": 1, "eventName": {"typeName": "String", "expression": {"type": "Literal", "value": "done-machine-api"}}}}]}]}}, "publish": PUBLISH}
        """;

    private const string Part = """
        {"model": {"definitionId": "machine-part", "name": "Machine part", "options": {"usableAsActivity": true},
          "root": {"id": "line", "type": "Elsa.WriteLine", "version": 1, "text": {"typeName": "String", "expression": {"type": "Literal", "value": "part"}}}}, "publish": true}
        """;

    [Fact]
    public async Task AMachine_WithWhatIsNotInstalledAndAWorkflowInIt_IsShownAndStartedByItsTrigger()
    {
        await PostAsync("/elsa/api/workflow-definitions", Part);
        await PostAsync("/elsa/api/workflow-definitions", Machine.Replace("PUBLISH", "false", StringComparison.Ordinal));
        (await SendAsync("/elsa/api/workflow-definitions", Machine.Replace("PUBLISH", "true", StringComparison.Ordinal))).Should().Contain("Acme.Gone", "what is not installed does not publish");
        var shown = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/workflow-definitions/by-definition-id/machine-api?versionOptions=Latest"))!["root"]!["activities"]![0]!;
        var busy = shown["states"]![1]!;
        busy["exit"]!["type"]!.ToString().Should().Be("Elsa.NotFoundActivity");
        busy["entry"]!["workflowDefinitionId"]!.ToString().Should().Be("machine-part");
        shown["transitions"]![0]!["trigger"]!["nodeId"]!.ToString().Should().EndWith(":flow:machine:ring");

        // Without it, it runs: the event starts it, goes through its first transition and waits in the second state.
        await PostAsync("/elsa/api/workflow-definitions", Machine.Replace("PUBLISH", "true", StringComparison.Ordinal).Replace(""", "exit": {"id": "gone", "type": "Acme.Gone", "version": 1}""", "", StringComparison.Ordinal));
        await PostAsync("/elsa/api/events/ring-machine-api/trigger", "{}");
        var run = "";
        await TestWait.UntilAsync(async () =>
            (run = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/workflow-instances?definitionId=machine-api"))!["items"]!.AsArray().FirstOrDefault()?["id"]?.ToString() ?? "").Length > 0
            && (await host.Client.GetStringAsync($"/elsa/api/workflow-instances/{run}")).Contains("\"CurrentState\":\"Busy\"", StringComparison.Ordinal));

        var version = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/workflow-definitions/by-definition-id/machine-api?versionOptions=Published"))!;
        var segments = JsonNode.Parse(await host.Client.GetStringAsync($"/elsa/api/workflow-definitions/subgraph/segments/{version["id"]}?childNodeId={version["root"]!["activities"]![0]!["transitions"]![1]!["trigger"]!["nodeId"]}"))!;
        segments["pathSegments"]!.AsArray().Should().ContainSingle().Which!["portName"]!.ToString().Should().Be("__self", "Studio opens the machine by this name");
        segments["container"]!["activity"]!["id"]!.ToString().Should().Be("machine");
        segments["childNode"]!["activity"]!["id"]!.ToString().Should().Be("done");

        await PostAsync("/elsa/api/events/done-machine-api/trigger", "{}");
        await TestWait.UntilAsync(async () => (await host.Client.GetStringAsync($"/elsa/api/workflow-instances/{run}")).Contains("\"CurrentState\":\"Idle\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Palette_HasTheMachineAsElsaDescribesIt()
    {
        var all = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/descriptors/activities"))!["items"]!.AsArray();

        var machine = all.Single(item => item!["typeName"]!.ToString() == "Elsa.StateMachine")!;
        machine["category"]!.ToString().Should().Be("Flow");
        machine["displayName"]!.ToString().Should().Be("State Machine");
        ((bool)machine["isBrowsable"]!).Should().BeTrue();
        machine["inputs"]!.AsArray().Should().BeEmpty();
        machine["ports"]!.AsArray().Should().BeEmpty();
    }

    private async Task PostAsync(string path, string body)
    {
        using var answer = await host.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        answer.IsSuccessStatusCode.Should().BeTrue(await answer.Content.ReadAsStringAsync());
    }

    private async Task<string> SendAsync(string path, string body)
    {
        using var answer = await host.Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"));
        return await answer.Content.ReadAsStringAsync();
    }
}
