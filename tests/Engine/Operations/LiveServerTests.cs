using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Cli;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

/// <summary>What people send to a running server, good and bad, and what they are told.</summary>
public sealed class LiveServerTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-live-").FullName;
    private TestServer _server = null!; // set before each test

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.SignInAsync();
    }

    public async Task DisposeAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task PostEvents_StartsWhatItTriggersAndWakesWhatWaits_OncePerKey()
    {
        await ImportAsync(Chart("triggered", [Event("in", "ring", trigger: true), Line("line", "'started by ' + getOutputFrom('in', 'Result').who")], "in->line"));
        await ImportAsync(Chart("waiting", [Line("first", "'waits'"), Event("wait", "ring"), Line("line", "'woken by ' + getOutputFrom('wait', 'Result').who")], "first->wait", "wait->line"));
        var waiting = await RunAsync("waiting");
        await UntilAsync(waiting, RunSubStatus.Suspended);

        var first = await PublishAsync(new { name = "ring", payload = new { who = "Ada" } }, "delivery-1");
        var again = await PublishAsync(new { name = "ring", payload = new { who = "Ada" } }, "delivery-1");

        first["resumed"]!.AsArray().Should().ContainSingle().Which!.ToString().Should().Be(waiting);
        var started = first["started"]!.AsArray().Should().ContainSingle().Subject!.ToString();
        again["started"]!.AsArray().Should().BeEmpty("the same delivery again is no second event");
        await UntilAsync(waiting, RunSubStatus.Finished);
        await UntilAsync(started, RunSubStatus.Finished);
        (await Runs.ListAsync(new RunFilter { DefinitionIds = ["triggered"] }, RunOrder.Created, true, 0, 10, default)).Total.Should().Be(1);
        (await _server.Http.GetStringAsync($"/api/runs/{waiting}/journal")).Should().Contain("woken by Ada");
        (await _server.Http.GetStringAsync($"/api/runs/{started}/journal")).Should().Contain("started by Ada");
    }

    [Fact]
    public async Task PostEvents_NobodyWaitsYet_IsKeptForWhoComes()
    {
        await ImportAsync(Chart("late", [Line("first", "'comes'"), Event("wait", "early")], "first->wait"));

        var published = await PublishAsync(new { name = "early" }, null);
        published["started"]!.AsArray().Should().BeEmpty();

        await UntilAsync(await RunAsync("late"), RunSubStatus.Finished);
    }

    [Theory]
    [InlineData("{}", "name")]
    [InlineData("""{"name":"  "}""", "name")]
    [InlineData("""{"name":5}""", "name")]
    [InlineData("{", "request")]
    public async Task PostEvents_Bad_Is400AndNamesTheField(string body, string field)
    {
        using var answer = await PostAsync("/api/events", body);

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).Should().Contain(field);
    }

    [Fact]
    public async Task Run_WithoutARequiredInput_Is400WithItsNameAndStartsNothing()
    {
        await ImportAsync("""
            {"definitionId":"needs","name":"needs","inputs":[{"name":"Host","type":"String","customProperties":{},"isRequired":true},{"name":"Count","type":"Int32"}],
             "root":{"id":"flow","type":"Elsa.Flowchart","connections":[],"activities":[{"id":"line","type":"Elsa.WriteLine"}]}}
            """);

        using var missing = await PostAsync("/api/workflows/needs/run", """{"input":{"Count":3}}""");
        using var unknown = await PostAsync("/api/workflows/nobody/run", "{}");

        missing.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await missing.Content.ReadAsStringAsync()).Should().Contain("input.Host").And.Contain("required");
        unknown.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await unknown.Content.ReadAsStringAsync()).Should().Contain("nobody");
        (await Runs.ListAsync(new RunFilter { DefinitionIds = ["needs"] }, RunOrder.Created, true, 0, 10, default)).Total.Should().Be(0);
    }

    [Fact]
    public async Task Publish_ActivityWithoutItsInput_Is400WithActivityAndField()
    {
        using var imported = await PostAsync("/api/workflows/import", """
            {"definitionId":"empty-cron","root":{"id":"flow","type":"Elsa.Flowchart","connections":[],"activities":[{"id":"every","type":"Elsa.Cron","customProperties":{"canStartWorkflow":true}}]}}
            """);
        imported.EnsureSuccessStatusCode();

        using var published = await PostAsync("/api/workflows/empty-cron/publish", "{}");

        published.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await published.Content.ReadAsStringAsync()).Should().Contain("every").And.Contain("cronExpression");
    }

    [Fact]
    public async Task CircleWithoutAWait_IsStoredAsADraftNeverPublishedAndEndsWhenItIsRunAllTheSame()
    {
        const string endpoint = """{"id":"in","type":"Elsa.HttpEndpoint","customProperties":{"canStartWorkflow":true},"path":{"typeName":"String","expression":{"type":"Literal","value":"circle"}},"supportedMethods":{"typeName":"List<String>","expression":{"type":"Object","value":"[\"POST\"]"}}}""";
        var circle = Chart("circle", [endpoint, Line("a", "'a'"), Line("b", "'b'")], "in->a", "a->b", "b->a");

        using var imported = await PostAsync("/api/workflows/import", circle);
        var answer = (await imported.Content.ReadFromJsonAsync<JsonNode>())!;
        using var published = await PostAsync("/elsa/api/workflow-definitions/circle/publish", "{}");
        using var posted = await _server.Http.PostAsync("/workflows/circle", null);

        ((bool)answer["published"]!).Should().BeFalse();
        answer["problems"]!.AsArray().Select(problem => problem!.ToString()).Should().ContainMatch("*circle from 'a' to 'b'*never end*");
        published.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await published.Content.ReadAsStringAsync()).Should().Contain("neither waits nor decides");
        posted.StatusCode.Should().Be(HttpStatusCode.NotFound, "what is not published is not served");

        var run = await RunAsync("circle");
        await UntilAsync(run, RunSubStatus.Suspended);
        using var resumed = await _server.Http.PostAsync("/workflows/circle", null);
        resumed.StatusCode.Should().Be(HttpStatusCode.Accepted, "the draft that was run waits there");
        await UntilAsync(run, RunSubStatus.Faulted);
        (await Runs.StateAsync(new RunId(run), default))!.Incidents.Should().ContainSingle().Which.Message.Should().Contain("circle without a wait");
        (await _server.Http.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Post_EndpointInTheMiddleWithItsOwnResponse_GetsIt()
    {
        await ImportAsync(Chart("two-steps",
        [
            Endpoint("in", "begin", trigger: true), Respond("welcome", "'begun'"), Endpoint("again", "confirm/{answer}", trigger: false), Respond("thanks", "'you said ' + getOutputFrom('again', 'RouteData').answer + ' ' + getOutputFrom('again', 'ParsedContent').why"),
        ], "in->welcome", "welcome->again", "again->thanks"));

        using var begun = await PostAsync("/workflows/begin", "{}");
        using var confirmed = await PostAsync("/workflows/confirm/yes", """{"why":"tested"}""");
        using var again = await PostAsync("/workflows/confirm/yes", """{"why":"late"}""");

        (await begun.Content.ReadAsStringAsync()).Should().Be("begun");
        confirmed.StatusCode.Should().Be(HttpStatusCode.OK);
        (await confirmed.Content.ReadAsStringAsync()).Should().Be("you said yes tested");
        again.StatusCode.Should().Be(HttpStatusCode.NotFound, "nobody waits there any more");
    }

    [Fact]
    public async Task ExportAndImport_ByApiAndCommandLine_GiveTheSameWorkflowOnAnotherServer()
    {
        await ImportAsync(Chart("moved", [Event("in", "move", trigger: true), Line("line", "'moved'")], "in->line"));
        var exported = await _server.Http.GetStringAsync("/api/workflows/moved/export");
        var key = await KeyAsync(_server);

        var (code, output, error) = await HomelabAsync("export", "moved", "--output", _directory, "--server", _server.Http.BaseAddress!.ToString(), "--api-key", key);
        code.Should().Be(ExitCode.Ok, error);
        var file = Path.Combine(_directory, "moved.json");
        output.Should().Contain(file);
        await using var other = await TestServer.StartAsync();
        await other.SignInAsync();
        (code, output, error) = await HomelabAsync("import", file, "--publish", "--server", other.Http.BaseAddress!.ToString(), "--api-key", await KeyAsync(other));
        code.Should().Be(ExitCode.Ok, error);

        Meaning(await other.Http.GetStringAsync("/api/workflows/moved/export")).Should().Be(Meaning(exported));
        var published = (await (await other.Http.PostAsJsonAsync("/api/events", new { name = "move" })).Content.ReadFromJsonAsync<JsonNode>())!;
        published["started"]!.AsArray().Should().ContainSingle("its trigger works there");

        var broken = Path.Combine(_directory, "broken.json");
        await File.WriteAllTextAsync(broken, "{ not json");
        (code, _, error) = await HomelabAsync("import", _directory, "--server", other.Http.BaseAddress!.ToString(), "--api-key", "wrong");
        code.Should().Be(ExitCode.Unreachable);
        error.Should().Contain("API key");
        (code, output, error) = await HomelabAsync("import", _directory, "--server", other.Http.BaseAddress!.ToString(), "--api-key", await KeyAsync(other));
        code.Should().Be(ExitCode.Problems);
        output.Should().Contain("moved.json: imported");
        error.Should().Contain("broken.json");
        (code, _, error) = await HomelabAsync("export", "nobody", "--output", _directory, "--server", other.Http.BaseAddress!.ToString(), "--api-key", await KeyAsync(other));
        code.Should().Be(ExitCode.Problems);
        error.Should().Contain("nobody").And.Contain("404");
    }

    /// <summary>Without what a server gives it: ids of versions, times and defaults written out.</summary>
    private static string Meaning(string definition)
    {
        var root = JsonNode.Parse(definition)!["root"]!;
        return string.Join('\n', root["activities"]!.AsArray().Select(activity => $"{activity!["id"]} {activity["type"]} {(bool?)activity["customProperties"]?["canStartWorkflow"] == true} {(activity["eventName"] ?? activity["text"])!["expression"]!.ToJsonString()}"))
            + root["connections"]!.AsArray().Select(connection => $"{connection!["source"]!["activity"]}->{connection["target"]!["activity"]}").Aggregate("", (all, one) => $"{all}\n{one}");
    }

    private Homelab.Engine.Dispatch.Runs Runs => _server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();

    private static string Event(string id, string name, bool trigger = false) =>
        $$$"""{"id":"{{{id}}}","type":"Elsa.Event","customProperties":{"canStartWorkflow":{{{(trigger ? "true" : "false")}}}},"eventName":{"typeName":"String","expression":{"type":"Literal","value":"{{{name}}}"} } }""";

    private static string Line(string id, string script) => $$$"""{"id":"{{{id}}}","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"JavaScript","value":"{{{script}}}"} } }""";

    private static string Respond(string id, string script) => $$$"""{"id":"{{{id}}}","type":"Elsa.WriteHttpResponse","content":{"typeName":"Object","expression":{"type":"JavaScript","value":"{{{script}}}"} } }""";

    private static string Endpoint(string id, string path, bool trigger) => $$$"""
        {"id":"{{{id}}}","type":"Elsa.HttpEndpoint","customProperties":{"canStartWorkflow":{{{(trigger ? "true" : "false")}}}},"path":{"typeName":"String","expression":{"type":"Literal","value":"{{{path}}}"}},
         "supportedMethods":{"typeName":"List<String>","expression":{"type":"Object","value":"[\"POST\"]"} } }
        """;

    private static string Chart(string id, string[] activities, params string[] connections)
    {
        var lines = connections.Select(text => text.Split("->")).Select(ends => new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = ends[0], ["port"] = "Done" }, ["target"] = new JsonObject { ["activity"] = ends[1], ["port"] = "In" },
        });
        var root = new JsonObject
        {
            ["id"] = "flow", ["type"] = "Elsa.Flowchart", ["activities"] = new JsonArray([.. activities.Select(activity => JsonNode.Parse(activity))]), ["connections"] = new JsonArray([.. lines]),
        };
        return new JsonObject { ["definitionId"] = id, ["name"] = id, ["root"] = root }.ToJsonString();
    }

    private static async Task<string> KeyAsync(TestServer server)
    {
        using var made = await server.Http.PostAsJsonAsync("/api/api-keys", new { name = "command line", role = "admin" });
        made.EnsureSuccessStatusCode();
        return (string)(await made.Content.ReadFromJsonAsync<JsonNode>())!["key"]!;
    }

    private static async Task<(int Code, string Output, string Error)> HomelabAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (await CommandLine.RunAsync(args, output, error, default), output.ToString(), error.ToString());
    }

    private async Task<JsonNode> PublishAsync(object body, string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/events") { Content = JsonContent.Create(body) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        using var answer = await _server.Http.SendAsync(request);
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    private async Task ImportAsync(string definition)
    {
        using var answer = await PostAsync("/api/workflows/import", definition);
        var body = await answer.Content.ReadAsStringAsync();
        answer.IsSuccessStatusCode.Should().BeTrue(body);
        ((bool)JsonNode.Parse(body)!["published"]!).Should().BeTrue(body);
    }

    private async Task<string> RunAsync(string id)
    {
        using var answer = await PostAsync($"/api/workflows/{id}/run", "{}");
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["runId"]!;
    }

    private Task UntilAsync(string run, RunSubStatus status) => TestWait.UntilAsync(async () => (await Runs.FindAsync(new RunId(run), default))?.SubStatus == status);

    private Task<HttpResponseMessage> PostAsync(string path, string json) => _server.Http.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));
}
