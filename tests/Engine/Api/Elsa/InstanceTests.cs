using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Xunit;

namespace Homelab.Tests.Engine.Api.Elsa;

/// <summary>A run as Studio exports it and looks into it: who waits for whom, what it keeps, and the way to an activity.</summary>
public sealed class InstanceTests(ElsaHost host) : IClassFixture<ElsaHost>
{
    [Fact]
    public async Task Export_OfAWaitingRun_HasCallbacksVariablesAndTheBookmark()
    {
        var run = await StartAsync("exported", """
            {"id":"flow","type":"Elsa.Flowchart","connections":[{"source":{"activity":"set","port":"Done"},"target":{"activity":"wait"}}],"activities":[
              {"id":"set","type":"Elsa.SetVariable","variable":{"id":"count","name":"Count"},"value":{"typeName":"Object","expression":{"type":"JavaScript","value":"41 + 1"}}},
              {"id":"wait","type":"Elsa.Event","eventName":{"typeName":"String","expression":{"type":"Literal","value":"never-exported"}}}]}
            """, """[{"id":"count","name":"Count","typeName":"Int32"}]""");
        await UntilAsync(run, "Suspended");

        using var answer = await host.Client.PostAsync($"/elsa/api/workflow-instances/{run}/export", null);
        answer.EnsureSuccessStatusCode();
        var state = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["workflowState"]!;

        var contexts = state["activityExecutionContexts"]!.AsArray().ToDictionary(context => context!["scheduledActivityNodeId"]!.ToString(), context => context!.AsObject());
        contexts.Keys.Should().BeEquivalentTo("Workflow1", "Workflow1:flow", "Workflow1:flow:wait");
        contexts["Workflow1"]["properties"]!["PersistentVariablesDictionary"]!["count"]!.ToString().Should().Be("42");
        state["completionCallbacks"]!.AsArray().Select(callback => (callback!["ownerInstanceId"]!.ToString(), callback["childNodeId"]!.ToString(), callback["methodName"]!.ToString())).Should().BeEquivalentTo(
        [
            (contexts["Workflow1"]["id"]!.ToString(), "Workflow1:flow", "OnRootCompletedAsync"),
            (contexts["Workflow1:flow"]["id"]!.ToString(), "Workflow1:flow:wait", "OnChildCompletedAsync"),
        ]);
        state["scheduledActivities"]!.AsArray().Should().BeEmpty("nothing is held back");
        state["bookmarks"]!.AsArray().Should().ContainSingle().Which!["activityInstanceId"]!.ToString().Should().Be(contexts["Workflow1:flow:wait"]["id"]!.ToString());
    }

    [Fact]
    public async Task Export_WhileAChildsFirstBurstGoesFirst_HasWhatIsScheduledBehindIt()
    {
        // The child asks somebody who never answers, so its parent's queue is held back.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        await SaveAsync("slow-child", $$$"""{"id":"flow","type":"Elsa.Flowchart","connections":[],"activities":[{"id":"call","type":"Elsa.FlowSendHttpRequest","url":{"typeName":"Uri","expression":{"type":"Literal","value":"http://{{{silent.LocalEndpoint}}}/"} } }]}""", "[]");
        var run = await StartAsync("holding", """
            {"id":"flow","type":"Elsa.Flowchart","connections":[],"activities":[
              {"id":"fork","type":"Elsa.Parallel","activities":[
                {"id":"child","type":"Elsa.ExecuteWorkflow","workflowDefinitionId":{"typeName":"String","expression":{"type":"Literal","value":"slow-child"}}},
                {"id":"behind","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Literal","value":"behind"}}}]}]}
            """, "[]");
        JsonArray scheduled = [];
        await TestWait.UntilAsync(async () =>
        {
            using var answer = await host.Client.GetAsync($"/elsa/api/workflow-instances/{run}");
            scheduled = answer.IsSuccessStatusCode ? JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["workflowState"]!["scheduledActivities"]!.AsArray() : [];
            return scheduled.Count > 0;
        });
        scheduled.Should().ContainSingle().Which!["activityNodeId"]!.ToString().Should().Be("Workflow1:flow:fork:behind");
        scheduled[0]!["ownerContextId"].Should().NotBeNull();
    }

    [Fact]
    public async Task CallStack_GoesThroughWhatCameBefore()
    {
        var run = await StartAsync("stacked", """
            {"id":"flow","type":"Elsa.Flowchart","connections":[{"source":{"activity":"a","port":"Done"},"target":{"activity":"b"}},{"source":{"activity":"a","port":"Done"},"target":{"activity":"seq"}}],"activities":[
              {"id":"a","type":"Elsa.WriteLine"},{"id":"b","type":"Elsa.WriteLine"},
              {"id":"seq","type":"Elsa.Sequence","activities":[{"id":"one","type":"Elsa.WriteLine"},{"id":"two","type":"Elsa.WriteLine"}]}]}
            """, "[]");
        await UntilAsync(run, "Finished");
        var executions = JsonNode.Parse(await host.Client.GetStringAsync($"/elsa/api/activity-executions/list?workflowInstanceId={run}"))!["items"]!.AsArray();
        var two = executions.Single(execution => execution!["activityId"]!.ToString() == "two")!["id"]!.ToString();

        var stack = JsonNode.Parse(await host.Client.GetStringAsync($"/elsa/api/activity-executions/{two}/call-stack"))!;

        stack["items"]!.AsArray().Select(entry => entry!["activityId"]!.ToString()).Should().Equal("Workflow1", "flow", "a", "seq", "one", "two");
        stack["items"]!.AsArray().Select(entry => (int)entry!["callStackDepth"]!).Should().Equal(0, 1, 2, 3, 4, 5);
        ((int)stack["totalCount"]!).Should().Be(6);
        JsonNode.Parse(await host.Client.GetStringAsync($"/elsa/api/activity-executions/{two}/call-stack?skip=4&take=1"))!["items"]!.AsArray().Should().ContainSingle().Which!["activityId"]!.ToString().Should().Be("one");
        using var missing = await host.Client.GetAsync($"/elsa/api/activity-executions/{run}-99999/call-stack");
        missing.StatusCode.Should().Be(System.Net.HttpStatusCode.NotFound);
    }

    private async Task<string> StartAsync(string id, string root, string variables)
    {
        await SaveAsync(id, root, variables);
        using var answer = await PostAsync($"/elsa/api/workflow-definitions/{id}/dispatch", "{}");
        var body = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.Should().BeTrue(body);
        return JsonNode.Parse(body)!["workflowInstanceId"]!.ToString();
    }

    private async Task SaveAsync(string id, string root, string variables)
    {
        using var saved = await PostAsync("/elsa/api/workflow-definitions", $$$"""{"publish":true,"model":{"definitionId":"{{{id}}}","name":"{{{id}}}","variables":{{{variables}}},"root":{{{root}}} } }""");
        saved.IsSuccessStatusCode.Should().BeTrue(await saved.Content.ReadAsStringAsync());
    }

    private Task UntilAsync(string run, string state) => TestWait.UntilAsync(async () =>
    {
        using var answer = await host.Client.GetAsync($"/elsa/api/workflow-instances/{run}/execution-state");
        return answer.IsSuccessStatusCode && JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["subStatus"]!.ToString() == state;
    });

    private Task<HttpResponseMessage> PostAsync(string path, string json) => host.Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
}
