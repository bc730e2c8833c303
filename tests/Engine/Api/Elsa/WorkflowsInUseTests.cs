using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Api.Elsa.Descriptors;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Behaviors;
using Homelab.Workflows.Definitions;
using Xunit;

namespace Homelab.Tests.Engine.Api.Elsa;

/// <summary>What people do with definitions over Elsa's API, on the whole product: save, publish, run, save again, import, use one in another.</summary>
public sealed class WorkflowsInUseTests(ElsaHost host) : IClassFixture<ElsaHost>
{
    [Fact]
    public async Task Save_OverADraftThatRuns_MakesAnotherVersionAndTheRunEndsAsItBegan()
    {
        await SaveAsync(Waiting("draft-in-use", "before"), publish: false);
        var run = await DispatchAsync("draft-in-use", """{"versionOptions":"Latest"}""");
        await UntilAsync(run, "Suspended");

        var saved = await SaveAsync(Waiting("draft-in-use", "after"), publish: false);

        ((int)saved["workflowDefinition"]!["version"]!).Should().Be(2);
        using var answer = await PostAsync("/elsa/api/events/go-draft-in-use/trigger", "{}");
        answer.EnsureSuccessStatusCode();
        await UntilAsync(run, "Finished");
        (await host.Client.GetStringAsync($"/api/runs/{run}/journal")).Should().Contain("before").And.NotContain("after");
    }

    [Fact]
    public async Task Save_OverADraftThatNeverRan_KeepsItsVersion_AndPublishingWhatRanDoesToo()
    {
        await SaveAsync(Waiting("draft-alone", "one"), publish: false);
        ((int)(await SaveAsync(Waiting("draft-alone", "two"), publish: false))["workflowDefinition"]!["version"]!).Should().Be(1);
        await UntilAsync(await DispatchAsync("draft-alone", """{"versionOptions":"Latest"}"""), "Suspended");
        var latest = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/workflow-definitions/by-definition-id/draft-alone"))!.AsObject();

        var published = await SaveAsync(latest, publish: true);

        ((int)published["workflowDefinition"]!["version"]!).Should().Be(1);
        ((bool)published["workflowDefinition"]!["isPublished"]!).Should().BeTrue();
    }

    [Fact]
    public async Task Publish_WithSeveralProblems_AnswersAllOfThemWithActivityAndField()
    {
        var model = Workflow("many-problems", """{"id":"odd","type":"Nobody.Knows"}""", """{"id":"set","type":"Elsa.SetVariable"}""",
            """{"id":"script","type":"Elsa.RunJavaScript","script":{"typeName":"String","expression":{"type":"JavaScript","value":"return (1 +"}}}""",
            """{"id":"cron","type":"Elsa.Cron","customProperties":{"canStartWorkflow":true},"cronExpression":{"typeName":"String","expression":{"type":"Literal","value":"nope"}}}""");
        using var answer = await PostAsync("/elsa/api/workflow-definitions", new JsonObject { ["model"] = model, ["publish"] = true }.ToJsonString());

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        var problems = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]!["generalErrors"]!.AsArray().Select(problem => problem!.ToString()).ToArray();
        problems.Should().HaveCount(4)
            .And.Contain(problem => problem.StartsWith("Activity 'odd', type: ", StringComparison.Ordinal) && problem.Contains("Nobody.Knows", StringComparison.Ordinal))
            .And.Contain(problem => problem.StartsWith("Activity 'set', variable: ", StringComparison.Ordinal))
            .And.Contain(problem => problem.StartsWith("Activity 'script', script: ", StringComparison.Ordinal))
            .And.Contain(problem => problem.StartsWith("Activity 'cron', cronExpression: ", StringComparison.Ordinal));

        await SaveAsync(model, publish: false);
        var listed = JsonNode.Parse(await host.Client.GetStringAsync("/api/workflows/many-problems/problems"))!.AsArray();
        listed.Where(problem => problem!["severity"]!.ToString() == "Error").Select(problem => problem!["activity"]!.ToString()).Should().BeEquivalentTo("odd", "set", "script", "cron");
    }

    [Theory]
    [InlineData("SingletonStrategy", null, null, false)]
    [InlineData("CorrelatedSingletonStrategy", "a", "a", false)]
    [InlineData("CorrelatedSingletonStrategy", "a", "b", true)]
    [InlineData("CorrelationStrategy", "c", "c", false)]
    [InlineData("AllowAlwaysStrategy", "a", "a", true)]
    public async Task Start_WhileOneRuns_FollowsTheActivationStrategy(string strategy, string? first, string? second, bool starts)
    {
        var id = $"one-{strategy}-{second}";
        var model = Waiting(id, "x");
        model["options"] = new JsonObject { ["activationStrategyType"] = $"Elsa.Workflows.Runtime.ActivationValidators.{strategy}, Elsa.Workflows.Runtime" };
        await SaveAsync(model, publish: true);
        var (one, two) = (first is null ? null : id + first, second is null ? null : id + second);
        await UntilAsync(await DispatchAsync(id, new JsonObject { ["correlationId"] = one }.ToJsonString()), "Suspended");

        using var execute = await PostAsync($"/elsa/api/workflow-definitions/{id}/execute", new JsonObject { ["correlationId"] = two }.ToJsonString());
        using var dispatch = await PostAsync($"/elsa/api/workflow-definitions/{id}/dispatch", new JsonObject { ["correlationId"] = starts ? id + "another" : two }.ToJsonString());
        using var ours = await PostAsync($"/api/workflows/{id}/run", new JsonObject { ["correlationId"] = starts ? id + "third" : two }.ToJsonString());

        execute.IsSuccessStatusCode.Should().Be(starts);
        execute.Headers.GetValues("x-elsa-workflow-cannot-start").Single().Should().Be(starts ? "False" : "True");
        dispatch.IsSuccessStatusCode.Should().Be(starts);
        ours.StatusCode.Should().Be(starts ? HttpStatusCode.Accepted : HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Start_ManyTimesAtOnceOfASingleton_StartsOne()
    {
        var model = Waiting("only-one", "x");
        model["options"] = new JsonObject { ["activationStrategyType"] = "Elsa.Workflows.Runtime.ActivationValidators.SingletonStrategy, Elsa.Workflows.Runtime" };
        await SaveAsync(model, publish: true);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => PostAsync("/elsa/api/workflow-definitions/only-one/dispatch", "{}")));
        answers.Count(answer => answer.IsSuccessStatusCode).Should().Be(1);
        foreach (var answer in answers)
            answer.Dispose();
    }

    [Fact]
    public async Task WorkflowUsedAsActivity_EditedAndPublished_RunsInItsConsumerAsItIsNow()
    {
        var used = Workflow("used-one", Line("line", "from the first version"));
        used["name"] = "Used one";
        used["options"] = new JsonObject { ["usableAsActivity"] = true, ["autoUpdateConsumingWorkflows"] = true };
        var first = await SaveAsync(used, publish: true);
        var palette = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/descriptors/activities"))!["items"]!.AsArray().Single(item => item!["typeName"]!.ToString() == "UsedOne")!;
        var use = new JsonObject { ["id"] = "use", ["type"] = "UsedOne", ["version"] = 1 };
        foreach (var (name, value) in palette["constructionProperties"]!.AsObject())
            use[char.ToLowerInvariant(name[0]) + name[1..]] = value?.DeepClone();
        use["workflowDefinitionVersionId"]!.ToString().Should().Be(first["workflowDefinition"]!["id"]!.ToString());
        await SaveAsync(Workflow("uses-it", use.ToJsonString()), publish: true);
        (await ExecutedAsync("uses-it")).Should().Contain("from the first version");

        used["root"]!["activities"]![0] = JsonNode.Parse(Line("line", "from the second version"));
        await SaveAsync(used, publish: true);

        (await host.Client.GetStringAsync("/elsa/api/workflow-definitions/used-one/consumers")).Should().Contain("uses-it");
        var consumer = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/workflow-definitions/by-definition-id/uses-it?versionOptions=Published"))!;
        ((int)consumer["version"]!).Should().Be(2);
        (await ExecutedAsync("uses-it")).Should().Contain("from the second version");
    }

    [Fact]
    public async Task ImportFiles_ZipWithOneBadEntry_TakesTheOthersAndNamesIt()
    {
        var archive = DefinitionArchiveOf(("one.json", Workflow("zipped-one", Line("line", "a")).ToJsonString()), ("bad.json", "{"), ("two.json", Workflow("zipped-two", Line("line", "b")).ToJsonString()));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(archive), "files", "many.zip" } };
        using var answer = await host.Client.PostAsync("/elsa/api/workflow-definitions/import-files", form);
        var body = await answer.Content.ReadAsStringAsync();
        body.Should().Contain("bad.json");
        foreach (var id in new[] { "zipped-one", "zipped-two" })
            (await host.Client.GetAsync($"/elsa/api/workflow-definitions/by-definition-id/{id}")).StatusCode.Should().Be(HttpStatusCode.OK, body);
    }

    [Fact]
    public async Task FileThatCannotBeTaken_IsListedForTheConsole()
    {
        var file = Path.Combine(host.Workflows, "not-a-workflow.json");
        await File.WriteAllTextAsync(file, "{ broken");
        await TestWait.UntilAsync(async () => (await host.Client.GetStringAsync("/api/workflows/problems")).Contains("not-a-workflow.json", StringComparison.Ordinal));
        File.Delete(file);
        await TestWait.UntilAsync(async () => await host.Client.GetStringAsync("/api/workflows/problems") == "[]");
    }

    [Fact]
    public async Task HttpEndpoint_ExposingAnOutcome_GoesOnByItInsteadOfRefusing()
    {
        var model = Workflow("big-requests",
            """
            {"id":"http","type":"Elsa.HttpEndpoint","customProperties":{"canStartWorkflow":true},"path":{"typeName":"String","expression":{"type":"Literal","value":"big-requests"}},
             "supportedMethods":{"typeName":"List<String>","expression":{"type":"Object","value":"[\"POST\"]"}},
             "requestSizeLimit":{"typeName":"Long","expression":{"type":"Literal","value":"20"}},"exposeRequestTooLargeOutcome":true}
            """,
            Response("taken", "taken"), Response("big", "too big for us"));
        model["root"]!["connections"] = JsonNode.Parse(
            """[{"source":{"activity":"http","port":"Done"},"target":{"activity":"taken"}},{"source":{"activity":"http","port":"Request too large"},"target":{"activity":"big"}}]""");
        await SaveAsync(model, publish: true);
        (await host.Client.GetFromJsonAsync<JsonArray>("/api/workflows/big-requests/problems")).Should().BeEmpty();

        using var small = await PostAsync("/workflows/big-requests", "{}");
        using var large = await PostAsync("/workflows/big-requests", """{"text":"more than twenty bytes"}""");

        (await small.Content.ReadAsStringAsync()).Should().Be("taken");
        (await large.Content.ReadAsStringAsync()).Should().Be("too big for us");
    }

    [Fact]
    public void Palette_OffersOnlyWhatTheInterpreterRuns()
    {
        var behaviors = new BehaviorTable(new JavaScriptEngines(TimeProvider.System));
        BuiltInDescriptors.All.Where(activity => behaviors.Find(activity.TypeName) is null or UnsupportedBehavior).Should().BeEmpty();
        BuiltInWords.All.Keys.Where(type => BuiltInActivities.Find(type) is null).Should().BeEmpty("what is shown is in the one table");
        foreach (var (type, words) in BuiltInWords.All)
            words.Fields.Where(field => BuiltInActivities.Find(type)!.Input(field.Name) is null && BuiltInActivities.Find(type)!.Outputs.All(output => output.Name != field.Name)).Should().BeEmpty(type);
    }

    [Fact]
    public async Task CatalogueForms_HaveTheEditorOfEachKindOfInput()
    {
        var activities = JsonNode.Parse(await host.Client.GetStringAsync("/elsa/api/descriptors/activities"))!["items"]!.AsArray();
        foreach (var descriptor in ActivityCatalog.All)
        {
            if (activities.FirstOrDefault(item => item!["typeName"]!.ToString() == descriptor.TypeName) is not { } shown || BuiltInWords.All.ContainsKey(descriptor.TypeName))
                continue;
            foreach (var (name, schema) in descriptor.InputSchema["properties"]!.AsObject())
            {
                var input = shown["inputs"]!.AsArray().Single(candidate => candidate!["name"]!.ToString().Equals(name, StringComparison.OrdinalIgnoreCase))!;
                var hint = input["uiHint"]!.ToString();
                var where = $"{descriptor.TypeName}.{name}";
                if (schema!["enum"] is not null || schema["x-options"] is not null)
                    hint.Should().Be("dropdown", where);
                if (schema["type"]?.ToString() == "boolean")
                    hint.Should().Be("checkbox", where);
                if (schema["type"]?.ToString() is "object" or "array" && schema["enum"] is null && schema["x-options"] is null)
                    hint.Should().Be("json-editor", where);
                if (descriptor.SecretInputs.Contains(name))
                    ((bool)input["isSensitive"]!).Should().BeTrue(where);
            }
        }
    }

    [Fact]
    public async Task Options_OfAToolThatCannotBeAsked_SaySoAndKeepWhatIsChosen()
    {
        var (type, name) = ActivityCatalog.All.SelectMany(descriptor => descriptor.InputSchema["properties"]!.AsObject().Where(property => property.Value!["x-options"] is not null).Select(property => (descriptor.TypeName, property.Key))).First();
        var body = new JsonObject { ["context"] = new JsonObject { [name] = new JsonObject { ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "chosen-before" } } } };
        using var answer = await PostAsync($"/elsa/api/descriptors/activities/{type}/options/{name}", body.ToJsonString());
        answer.EnsureSuccessStatusCode();
        var text = await answer.Content.ReadAsStringAsync();
        text.Should().Contain("chosen-before").And.Contain("\"Refresh\":true");
    }

    private static byte[] DefinitionArchiveOf(params (string Name, string Text)[] entries)
    {
        using var packed = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(packed, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var writer = new StreamWriter(archive.CreateEntry(name).Open());
                writer.Write(text);
            }
        }

        return packed.ToArray();
    }

    private static string Line(string id, string text) => $$$$"""{"id":"{{{{id}}}}","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Literal","value":"{{{{text}}}}"}}}""";

    private static string Response(string id, string text) => $$$$"""{"id":"{{{{id}}}}","type":"Elsa.WriteHttpResponse","content":{"typeName":"Object","expression":{"type":"Literal","value":"{{{{text}}}}"}}}""";

    private static JsonObject Workflow(string id, params string[] activities) =>
        JsonNode.Parse($$$"""{"definitionId":"{{{id}}}","name":"{{{id}}}","root":{"id":"Flowchart1","type":"Elsa.Flowchart","connections":[],"activities":[{{{string.Join(',', activities)}}}]}}""")!.AsObject();

    /// <summary>Waits for the event "go-ID", then writes the text.</summary>
    private static JsonObject Waiting(string id, string text)
    {
        var model = Workflow(id, $$$$"""{"id":"wait","type":"Elsa.Event","eventName":{"typeName":"String","expression":{"type":"Literal","value":"go-{{{{id}}}}"}}}""", Line("line", text));
        model["root"]!["connections"] = JsonNode.Parse("""[{"source":{"activity":"wait","port":"Done"},"target":{"activity":"line"}}]""");
        return model;
    }

    private async Task<JsonNode> SaveAsync(JsonObject model, bool publish)
    {
        using var answer = await PostAsync("/elsa/api/workflow-definitions", new JsonObject { ["model"] = model.DeepClone(), ["publish"] = publish }.ToJsonString());
        var body = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.Should().BeTrue(body);
        return JsonNode.Parse(body)!;
    }

    private async Task<string> DispatchAsync(string id, string body)
    {
        using var answer = await PostAsync($"/elsa/api/workflow-definitions/{id}/dispatch", body);
        answer.EnsureSuccessStatusCode();
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["workflowInstanceId"]!.ToString();
    }

    /// <summary>The journal of a run from start to end.</summary>
    private async Task<string> ExecutedAsync(string id)
    {
        using var answer = await PostAsync($"/elsa/api/workflow-definitions/{id}/execute", "{}");
        answer.EnsureSuccessStatusCode();
        var run = answer.Headers.GetValues("x-elsa-workflow-instance-id").Single();
        await UntilAsync(run, "Finished");
        return await host.Client.GetStringAsync($"/api/runs/{run}/journal");
    }

    private Task UntilAsync(string run, string state) => TestWait.UntilAsync(async () =>
    {
        using var answer = await host.Client.GetAsync($"/elsa/api/workflow-instances/{run}/execution-state");
        return answer.IsSuccessStatusCode && JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["subStatus"]!.ToString() == state;
    });

    private Task<HttpResponseMessage> PostAsync(string path, string json) => host.Client.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
}
