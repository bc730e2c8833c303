using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Cli;
using Homelab.Engine.SignIn;
using Homelab.Tests.Activities;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Homelab.Tests.Engine.Api;

/// <summary>One activity by hand: a durable run of one step, with the real dispatcher, gate, journal and approvals, over the API and the command line.</summary>
public sealed class ActivityRunsTests : IClassFixture<ActivityRunsTests.Host>
{
    private static readonly JsonObject Silence = new() { ["labels"] = new JsonObject { ["alertname"] = "HighLoad" }, ["comment"] = "Known" };

    private readonly Host _host;
    private readonly HttpClient _operator;

    public ActivityRunsTests(Host host) => (_host, _operator) = (host, host.As(Role.Operator));

    [Fact]
    public async Task Run_ReadOnly_AnswersItsOutputAndIsARunWithAJournal()
    {
        var run = await PostAsync("alertmanager.get_status/run", new JsonObject { ["waitSeconds"] = 20 });

        ((string?)run["state"], (string?)run["output"]?["version"]).Should().Be(("done", "0.28.1"), run.ToJsonString());
        var detail = (await _operator.GetFromJsonAsync<JsonObject>($"/api/runs/{run["runId"]}"))!;
        ((string?)detail["summary"]!["definitionId"], (string?)detail["summary"]!["status"]).Should().Be(("activity:alertmanager.get_status", "Finished"));
        (await JournalAsync(run)).Should().ContainInOrder("Started", "Completed");
    }

    [Fact]
    public async Task Run_WithAnEffect_WaitsForAPersonAndIsDoneAfterTheYes()
    {
        var before = _host.Made;
        var run = await PostAsync("alertmanager.create_silence/run", new JsonObject { ["input"] = Silence.DeepClone(), ["waitSeconds"] = 20 });
        ((string?)run["state"]).Should().Be("waits", run.ToJsonString());
        _host.Made.Should().Be(before, "nobody answered yet");

        await AnswerAsync(run, new { approve = true });
        run = await FollowAsync(run);
        ((string?)run["state"], (string?)run["output"]?["silenceId"]).Should().Be(("done", "silence-1"), run.ToJsonString());
        _host.Made.Should().Be(before + 1);
        (await JournalAsync(run)).Should().Contain("Held").And.Contain("Completed");
        (await _operator.GetStringAsync("/api/changes")).Should().Contain("alertmanager.create_silence");
    }

    [Fact]
    public async Task Run_Denied_IsRefusedAndNothingIsDone()
    {
        var before = _host.Made;
        var input = Silence.DeepClone().AsObject();
        input["labels"] = new JsonObject { ["alertname"] = "Denied" };
        var run = await PostAsync("alertmanager.create_silence/run", new JsonObject { ["input"] = input, ["waitSeconds"] = 20 });
        await AnswerAsync(run, new { approve = false, note = "not now" });
        run = await FollowAsync(run);
        ((string?)run["state"]).Should().Be("refused", run.ToJsonString());
        _host.Made.Should().Be(before);
    }

    [Fact]
    public async Task DryRun_WithAnEffect_SaysWhatItWouldSendAndSendsNothing()
    {
        var before = _host.Made;
        var run = await PostAsync("alertmanager.create_silence/dry-run", new JsonObject { ["input"] = Silence.DeepClone(), ["waitSeconds"] = 20 });
        ((string?)run["state"], (bool?)run["dryRun"]).Should().Be(("done", true), run.ToJsonString());
        run["output"]!.ToJsonString().Should().Contain("planned").And.Contain("POST /api/v2/silences");
        _host.Made.Should().Be(before);
    }

    [Fact]
    public async Task Run_TheSameIdempotencyKey_IsTheSameRun()
    {
        using var client = _host.As(Role.Operator);
        client.DefaultRequestHeaders.Add("Idempotency-Key", "once");
        var first = await PostAsync("alertmanager.get_status/run", new JsonObject { ["waitSeconds"] = 20 }, client);
        var second = await PostAsync("alertmanager.get_status/run", new JsonObject { ["waitSeconds"] = 20 }, client);
        ((string?)second["runId"]).Should().Be((string?)first["runId"]);
    }

    [Fact]
    public async Task Run_BadInput_NamesEveryProblemAndStartsNothing()
    {
        using var answer = await _operator.PostAsJsonAsync("/api/activities/alertmanager.create_silence/run", new { input = new { minutes = 0, nonsense = 1 } });
        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).Should().Contain("minutes").And.Contain("labels").And.Contain("comment").And.Contain("nonsense");
        using var unknown = await _operator.PostAsJsonAsync("/api/activities/no.such_thing/run", new { });
        unknown.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Run_SecretByHand_IsRefusedBecauseItWouldBeRead()
    {
        using var answer = await _operator.PostAsJsonAsync("/api/activities/http.send_request/run", new { input = new { url = "http://127.0.0.1:1", authorization = "Bearer shown-to-nobody" } });
        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).Should().Contain("authorization is a secret").And.NotContain("shown-to-nobody");
    }

    [Fact]
    public async Task CommandLine_Run_ExitsByWhatTheGateSaid()
    {
        string[] server = ["--server", _host.Address.ToString(), "--api-key", await _host.AddKeyAsync(Role.Operator)];
        var (code, output, error) = await CliAsync(["activities", "run", "alertmanager.get_status", .. server]);
        code.Should().Be(ExitCode.Ok, error);
        output.Should().Contain("0.28.1");

        (code, output, error) = await CliAsync(["activities", "run", "alertmanager.create_silence", "--input", """{"labels":{"alertname":"Cli"},"comment":"x"}""", .. server]);
        code.Should().Be(ExitCode.Waits, error);
        error.Should().Contain("waits:").And.Contain("approval ");

        (code, output, error) = await CliAsync(["activities", "run", "alertmanager.create_silence", "--dry-run", "--json", "--input", """{"labels":{"alertname":"Cli"},"comment":"x"}""", .. server]);
        code.Should().Be(ExitCode.Ok, error);
        ((string?)JsonNode.Parse(output)!["state"]).Should().Be("done");

        (code, _, error) = await CliAsync(["activities", "run", "alertmanager.list_alerts", "--connection", "nowhere", .. server]);
        code.Should().Be(ExitCode.Problems);
        error.Should().Contain("failed:").And.Contain("no connection 'nowhere'");

        (code, _, error) = await CliAsync(["activities", "run", "alertmanager.create_silence", "--input", "{}", .. server]);
        code.Should().Be(ExitCode.Usage);
        error.Should().Contain("labels");

        using var admin = _host.As(Role.Admin);
        (await admin.PostAsJsonAsync("/api/controls/stop", new { reason = "test" })).EnsureSuccessStatusCode();
        try
        {
            (code, _, error) = await CliAsync(["activities", "run", "alertmanager.create_silence", "--input", """{"labels":{"alertname":"Stopped"},"comment":"x"}""", .. server]);
            code.Should().Be(ExitCode.Refused, error);
        }
        finally
        {
            (await admin.PostAsJsonAsync("/api/controls/resume", new { reason = "test is over" })).EnsureSuccessStatusCode();
        }
    }

    [Fact]
    public async Task CommandLine_List_TellsEffectUndoAndInputs()
    {
        var (code, output, _) = await CliAsync(["activities"]);
        code.Should().Be(ExitCode.Ok);
        output.Should().MatchRegex(@"alertmanager\.create_silence\s+reversible\s+undo").And.Contain("labels*, minutes, comment*");
        (_, output, _) = await CliAsync(["activities", "--json"]);
        var silence = JsonNode.Parse(output)!.AsArray().Single(activity => (string?)activity!["id"] == "alertmanager.create_silence")!;
        ((bool?)silence["undo"], (string?)silence["effect"]).Should().Be((true, "reversible"));
        silence["input"]!["properties"]!.AsObject().Select(property => property.Key).Should().Contain("labels");
    }

    private static async Task<(int Code, string Output, string Error)> CliAsync(string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (await CommandLine.RunAsync(args, output, error, default), output.ToString(), error.ToString());
    }

    private async Task<JsonObject> PostAsync(string path, JsonObject body, HttpClient? client = null)
    {
        using var answer = await (client ?? _operator).PostAsJsonAsync($"/api/activities/{path}", body);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }

    /// <summary>With a key made for answers: one that may do everything is no person's word.</summary>
    private async Task AnswerAsync(JsonObject run, object body)
    {
        using var approver = _host.WithKey(await _host.AddKeyAsync(Role.Operator, "approvals"));
        using var answer = await approver.PostAsJsonAsync($"/api/approvals/{run["approvalId"]}/answer", body);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonObject> FollowAsync(JsonObject run)
    {
        // The answer is an event of the run: it is stored when the request returns and taken up a moment later.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((string?)run["state"] is "running" or "waits")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
            run = (await _operator.GetFromJsonAsync<JsonObject>($"/api/activities/runs/{run["runId"]}?waitSeconds=5", patience.Token))!;
        }

        return run;
    }

    private async Task<IReadOnlyList<string>> JournalAsync(JsonObject run) =>
        [.. (await _operator.GetFromJsonAsync<JsonObject>($"/api/runs/{run["runId"]}/journal"))!["items"]!.AsArray().Select(item => (string)item!["eventName"]!)];

    /// <summary>The whole product with an Alertmanager that remembers the silences it was asked for.</summary>
    public sealed class Host : ApiHost, IAsyncLifetime
    {
        private FakeServer? _alertmanager;

        internal int Made => _alertmanager!.Seen.Count(request => request is { Method: "POST", Path: "/api/v2/silences" });

        protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
            [new("Activities:Alertmanager:default:Url", _alertmanager!.Url), new("Connections:CheckEvery", "00:00:00")];

        async Task IAsyncLifetime.InitializeAsync()
        {
            _alertmanager = await FakeServer.AlertmanagerAsync();
            await InitializeAsync();
        }

        async Task IAsyncLifetime.DisposeAsync()
        {
            await DisposeAsync();
            await _alertmanager!.DisposeAsync();
        }
    }
}
