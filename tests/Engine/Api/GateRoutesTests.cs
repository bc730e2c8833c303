using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Cli;
using Homelab.Engine.SignIn;
using Homelab.Tests.Activities;
using Homelab.Tests.Rules.Decisions;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Homelab.Tests.Engine.Api;

/// <summary>Controls, changes, decisions, the audit trail and preferences as a program or a person at a terminal meets them.</summary>
public sealed class GateRoutesTests(GateRoutesTests.Host host) : IClassFixture<GateRoutesTests.Host>
{
    private static readonly JsonObject Silence = new() { ["labels"] = new JsonObject { ["alertname"] = "Gate" }, ["comment"] = "Known" };

    [Theory]
    [InlineData("GET", "/api/controls", "viewer")]
    [InlineData("POST", "/api/controls/stop", "operator")]
    [InlineData("POST", "/api/controls/pause", "operator")]
    [InlineData("POST", "/api/controls/resume", "operator")]
    [InlineData("POST", "/api/controls/breaker/reset", "operator")]
    [InlineData("POST", "/api/controls/clock/accept", "operator")]
    [InlineData("PUT", "/api/controls/autonomy", "admin")]
    [InlineData("PUT", "/api/controls/down/pve1", "operator")]
    [InlineData("DELETE", "/api/controls/down/pve1", "operator")]
    [InlineData("PUT", "/api/preferences", "admin")]
    [InlineData("GET", "/api/audit/verify", "viewer")]
    [InlineData("GET", "/api/audit/export", "viewer")]
    public async Task Route_BelowItsRole_IsForbiddenAndWithItAllowed(string method, string path, string role)
    {
        Roles.TryParse(role, out var least).Should().BeTrue();
        using (var nobody = host.Nobody())
        using (var answer = await SendAsync(nobody, method, path))
            answer.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        foreach (var each in Enum.GetValues<Role>())
        {
            using var client = host.As(each);
            using var answer = await SendAsync(client, method, path);
            var allowed = each >= least;
            (answer.StatusCode == HttpStatusCode.Forbidden).Should().Be(!allowed, $"{each} {method} {path} gave {(int)answer.StatusCode}");
            if (allowed)
                ((int)answer.StatusCode).Should().BeLessThan(300, await answer.Content.ReadAsStringAsync());
        }

        using var admin = host.As(Role.Admin);
        (await admin.PostAsJsonAsync("/api/controls/resume", new { reason = "test is over" })).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Controls_EachSwitch_ShowsByWhomAndWhyAndIsInTheAuditTrail()
    {
        using var admin = host.As(Role.Admin);
        await PostAsync(admin, "controls/stop", new { reason = "smoke" });
        await PostAsync(admin, "controls/pause", new { reason = "dinner" });
        var state = await GetAsync(admin, "controls");
        ((string?)state["stop"]!["reason"], (string?)state["stop"]!["by"], (string?)state["pause"]!["reason"]).Should().Be(("smoke", "test Admin", "dinner"));
        await PostAsync(admin, "controls/resume", new { reason = "safe" });
        state = await GetAsync(admin, "controls");
        (state["stop"], state["pause"]).Should().Be((null, null));

        using (var set = await admin.PutAsJsonAsync("/api/controls/autonomy", new { level = "Aggressive", reason = "holiday" }))
            (await set.Content.ReadFromJsonAsync<JsonNode>())!["autonomy"]!.ToString().Should().Be("aggressive");
        ((bool?)(await GetAsync(admin, "controls"))["autonomyOfPreferences"]).Should().BeFalse();
        foreach (var wrong in (string[])["reckless", "2", "moderate,aggressive"])
        {
            using var refused = await admin.PutAsJsonAsync("/api/controls/autonomy", new { level = wrong });
            refused.StatusCode.Should().Be(HttpStatusCode.BadRequest, wrong);
            (await refused.Content.ReadAsStringAsync()).Should().Contain("conservative, moderate or aggressive");
        }

        using (var back = await admin.PutAsJsonAsync("/api/controls/autonomy", new { level = (string?)null }))
            (await back.Content.ReadFromJsonAsync<JsonNode>())!["autonomyOfPreferences"]!.GetValue<bool>().Should().BeTrue();

        (await admin.PutAsync("/api/controls/down/pve%2F1", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await GetAsync(admin, "controls"))["down"]!.AsArray().Select(name => (string?)name).Should().Contain("pve/1");
        (await admin.DeleteAsync("/api/controls/down/pve%2F1")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await GetAsync(admin, "controls"))["down"]!.AsArray().Should().NotContain(name => (string?)name == "pve/1");
        (await admin.PostAsync("/api/controls/clock/accept", null)).StatusCode.Should().Be(HttpStatusCode.NoContent);

        var events = (await GetAsync(admin, "audit?actor=test%20Admin&search=controls&pageSize=200"))["items"]!.AsArray().Select(one => (string?)one!["event"]).ToList();
        events.Should().Contain(["controls.stopped", "controls.paused", "controls.resumed", "controls.autonomy", "controls.down", "controls.up", "controls.clock_accepted"]);
    }

    /// <summary>In a hurry nobody writes a reason.</summary>
    [Fact]
    public async Task Controls_StopWithoutABody_Stops()
    {
        using var admin = host.As(Role.Admin);
        (await admin.PostAsync("/api/controls/stop", null)).StatusCode.Should().Be(HttpStatusCode.OK);
        (await GetAsync(admin, "controls"))["stop"].Should().NotBeNull();
        (await admin.PostAsync("/api/controls/resume", null)).StatusCode.Should().Be(HttpStatusCode.OK);
        (await GetAsync(admin, "controls"))["stop"].Should().BeNull();
    }

    [Theory]
    [InlineData("controls/stop", "[]")]
    [InlineData("controls/stop", "{ nonsense")]
    [InlineData("controls/autonomy", "\"aggressive\"")]
    public async Task Controls_BodyThatIsNone_IsABadRequest(string path, string body)
    {
        using var admin = host.As(Role.Admin);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = path.EndsWith("autonomy", StringComparison.Ordinal) ? await admin.PutAsync($"/api/{path}", content) : await admin.PostAsync($"/api/{path}", content);
        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await GetAsync(admin, "controls"))["stop"].Should().BeNull();
    }

    [Fact]
    public async Task Preferences_Saved_AreInForceAndAMistakeChangesNothing()
    {
        using var admin = host.As(Role.Admin);
        var good = JsonNode.Parse(Host.Prefer)!.AsObject();
        good["quietHours"] = new JsonArray("* 22:00-07:00");
        good["services"] = new JsonObject { ["web"] = new JsonObject { ["actionsPerDay"] = 3 } };
        (await admin.PutAsJsonAsync("/api/preferences", good)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        ((string?)(await GetAsync(admin, "controls/limits"))["quietHours"]!.AsArray().Single()!["hours"]).Should().Be("* 22:00-07:00");

        using var refused = await admin.PutAsJsonAsync("/api/preferences", JsonNode.Parse("""{ "actionsPerDay": -1, "cooldowns": { "a.b": "soon" }, "maintenanceWindows": ["Funday 1-2"], "whatever": 1 }"""));
        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await refused.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!.AsArray().Select(error => (string?)error!["path"]).Should()
            .Contain(["$.actionsPerDay", "$.cooldowns.a.b", "$.maintenanceWindows[0]", "$.whatever"]);
        (await GetAsync(admin, "preferences")).ToJsonString().Should().Contain("22:00-07:00");
        (await admin.PutAsJsonAsync("/api/preferences", JsonNode.Parse(Host.Prefer))).EnsureSuccessStatusCode();
        (await GetAsync(admin, "audit?search=controls.preferences"))["total"]!.GetValue<int>().Should().BeGreaterThanOrEqualTo(2);
    }

    [Theory]
    [InlineData("""{ "cooldowns": { "a.b": "1m", "a.b": "2m" } }""")]
    [InlineData("""{ "cooldowns": { "a.b": "1m", "A.B": "2m" } }""")]
    [InlineData("""{ "services": { "web": {}, "WEB": {} }, "dependencies": { "a": ["b"], "A": ["c"] } }""")]
    [InlineData("""{ "services": { "web": {}, "web": {} }, "notifications": { "x": [], "x": [] } }""")]
    [InlineData("""{ "autonomy": "moderate", "autonomy": "aggressive" }""")]
    [InlineData("""{ "approvals": { "timeouts": { "low": "1m", "low": "2m" } } }""")]
    [InlineData("""{ "dependencies": { "a": ["b"], "b": ["a"] } }""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    public async Task Preferences_Strange_AreTakenOrRefusedAndNeverBreak(string text)
    {
        using var admin = host.As(Role.Admin);
        using var content = new StringContent(text, System.Text.Encoding.UTF8, "application/json");
        using var answer = await admin.PutAsync("/api/preferences", content);
        ((int)answer.StatusCode).Should().BeOneOf([204, 400], await answer.Content.ReadAsStringAsync());
        ((bool?)(await GetAsync(admin, "controls"))["canAct"]).Should().BeTrue();
        (await admin.PutAsJsonAsync("/api/preferences", JsonNode.Parse(Host.Prefer))).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task DecisionsChangesAndAudit_AfterAnAction_TellTheWholeStory()
    {
        using var viewer = host.As(Role.Viewer);
        var run = await ActAsync();
        var decision = (await GetAsync(viewer, "decisions?action=alertmanager.create_silence&verdict=ask&pageSize=1"))["items"]![0]!;
        var whole = await GetAsync(viewer, $"decisions/{decision["id"]}");
        whole["table"]!.AsArray().Select(row => (string?)row!["kind"]).Should().Contain(["factor", "result", "bound"]);
        whole["facts"]!["candidates"]!.AsArray().Should().ContainSingle();
        whole["counterfactuals"]!.AsArray().Should().NotBeEmpty();
        whole["sentence"]!.ToString().Should().StartWith("I propose alertmanager.create_silence");
        ((string?)whole["outcome"], (string?)whole["runId"]).Should().Be(("succeeded", run));

        var change = (await GetAsync(viewer, "changes?action=alertmanager.create_silence&result=succeeded&pageSize=1"))["items"]![0]!;
        ((string?)change["runId"], (string?)change["undo"], (string?)change["decisionId"]).Should().Be((run, "alertmanager.expire_silence", (string?)decision["id"]));
        (await GetAsync(viewer, "changes?target=nothing"))["total"]!.GetValue<int>().Should().Be(0);
        (await GetAsync(viewer, $"changes?since={Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddDays(1).ToString("O"))}"))["total"]!.GetValue<int>().Should().Be(0);

        var verdict = await GetAsync(viewer, "audit/verify");
        ((bool?)verdict["intact"]).Should().BeTrue();
        ((bool?)(await GetAsync(viewer, $"audit/verify?lastHash={verdict["lastHash"]}"))["intact"]).Should().BeTrue();
        ((bool?)(await GetAsync(viewer, "audit/verify?lastHash=00"))["intact"]).Should().BeFalse();
        var exported = (await GetAsync(viewer, "audit/export?after=0&take=1000")).AsArray();
        exported.Select(entry => (long)entry!["sequence"]!).Should().BeInAscendingOrder().And.StartWith(1);
        exported.Select(entry => (string?)entry!["event"]).Should().Contain(["decided", "asked", "approval.approved", "authorized", "change.succeeded"]);
    }

    [Theory]
    [InlineData("decisions/nothing", 404)]
    [InlineData("decisions?page=0", 400)]
    [InlineData("decisions?pageSize=1000", 400)]
    [InlineData("decisions?since=yesterday", 400)]
    [InlineData("changes?page=-1", 400)]
    [InlineData("audit?pageSize=0", 400)]
    [InlineData("audit/export?take=0&after=-5", 200)]
    [InlineData("decisions?search=%25%27%3B--&verdict=nonsense", 200)]
    public async Task Lists_AskedStrangely_SayWhatIsWrong(string path, int status)
    {
        using var viewer = host.As(Role.Viewer);
        using var answer = await viewer.GetAsync($"/api/{path}");
        ((int)answer.StatusCode).Should().Be(status);
    }

    [Fact]
    public async Task Publish_WithAForbiddenActivity_IsRefusedAndNamesIt()
    {
        using var admin = host.As(Role.Admin);
        var id = "";
        JsonObject Model(string type) => new()
        {
            ["model"] = new JsonObject
            {
                ["definitionId"] = id = $"forbidden-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}",
                ["name"] = type,
                ["version"] = 1,
                ["root"] = new JsonObject
                {
                    ["id"] = "chart",
                    ["type"] = "Elsa.Flowchart",
                    ["version"] = 1,
                    ["activities"] = new JsonArray(
                        new JsonObject { ["id"] = "first", ["type"] = "Elsa.WriteLine", ["version"] = 1, ["text"] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "x" } } },
                        new JsonObject { ["id"] = "second", ["type"] = type, ["version"] = 1, ["container"] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "web" } } }),
                    ["connections"] = new JsonArray(new JsonObject
                    {
                        ["source"] = new JsonObject { ["activity"] = "first", ["port"] = "Done" },
                        ["target"] = new JsonObject { ["activity"] = "second", ["port"] = "In" },
                    }),
                },
            },
            ["publish"] = true,
        };
        using (var allowed = await admin.PostAsJsonAsync("/elsa/api/workflow-definitions", Model("Homelab.Docker.RestartContainer")))
            allowed.IsSuccessStatusCode.Should().BeTrue(await allowed.Content.ReadAsStringAsync());

        var policy = Path.Combine(host.Rules, "policy.json");
        await File.WriteAllTextAsync(policy, ShippedPolicy.Files["policy.json"].Replace("\"byAction\": {}", "\"byAction\": { \"docker.stop_container\": \"forbidden\" }"));
        await UntilAsync(async () =>
        {
            using var refused = await admin.PostAsJsonAsync("/elsa/api/workflow-definitions", Model("Homelab.Docker.StopContainer"));
            var text = await refused.Content.ReadAsStringAsync();
            return refused.StatusCode == HttpStatusCode.BadRequest && text.Contains("docker.stop_container is forbidden") && text.Contains("second");
        });
        using var published = await admin.GetAsync($"/elsa/api/workflow-definitions/by-definition-id/{id}?versionOptions=Published");
        published.StatusCode.Should().Be(HttpStatusCode.NotFound);
        using (var start = await admin.PostAsJsonAsync($"/api/workflows/{id}/run", new { }))
            start.IsSuccessStatusCode.Should().BeFalse();
        await File.WriteAllTextAsync(policy, ShippedPolicy.Files["policy.json"]);
    }

    [Fact]
    public async Task CommandLine_Controls_SwitchAndShow()
    {
        var (code, output, error) = await CliAsync(Role.Admin, "controls", "stop", "--reason", "by hand");
        (code, JsonNode.Parse(output)!["stop"]!["reason"]!.ToString()).Should().Be((ExitCode.Ok, "by hand"), error);
        (code, output, _) = await CliAsync(Role.Admin, "controls");
        JsonNode.Parse(output)!["stop"].Should().NotBeNull();
        (code, output, _) = await CliAsync(Role.Admin, "controls", "resume");
        JsonNode.Parse(output)!["stop"].Should().BeNull();
        (code, output, _) = await CliAsync(Role.Admin, "controls", "pause");
        JsonNode.Parse(output)!["pause"].Should().NotBeNull();
        (await CliAsync(Role.Admin, "controls", "resume")).Code.Should().Be(ExitCode.Ok);
        (await CliAsync(Role.Admin, "controls", "reset-breaker")).Code.Should().Be(ExitCode.Ok);
        (await CliAsync(Role.Admin, "controls", "clock")).Code.Should().Be(ExitCode.Ok);
        (code, output, _) = await CliAsync(Role.Admin, "controls", "autonomy", "moderate");
        ((string?)JsonNode.Parse(output)!["autonomy"], (bool?)JsonNode.Parse(output)!["autonomyOfPreferences"]).Should().Be(("moderate", false));
        (code, _, error) = await CliAsync(Role.Admin, "controls", "autonomy", "reckless");
        (code, error).Should().Match<(int, string)>(answer => answer.Item1 == ExitCode.Problems && answer.Item2.Contains("conservative, moderate or aggressive"));
        (code, output, _) = await CliAsync(Role.Admin, "controls", "autonomy", "preferences");
        ((bool?)JsonNode.Parse(output)!["autonomyOfPreferences"]).Should().BeTrue();
        (await CliAsync(Role.Admin, "controls", "down", "nas")).Code.Should().Be(ExitCode.Ok);
        (await CliAsync(Role.Admin, "controls", "dependencies")).Output.Should().Contain("\"nas\"");
        (await CliAsync(Role.Admin, "controls", "up", "nas")).Code.Should().Be(ExitCode.Ok);
        (await CliAsync(Role.Admin, "controls", "limits")).Output.Should().Contain("actionsPerDay");
        (code, _, error) = await CliAsync(Role.Viewer, "controls", "stop");
        (code, error).Should().Match<(int, string)>(answer => answer.Item1 == ExitCode.Unreachable && answer.Item2.Contains("403"));

        var file = Path.Combine(host.Rules, "preferences.txt");
        await File.WriteAllTextAsync(file, Host.Prefer.Replace("\"0s\"", "\"7m\""));
        (code, _, error) = await CliAsync(Role.Admin, "preferences", "set", file);
        code.Should().Be(ExitCode.Ok, error);
        (await CliAsync(Role.Admin, "preferences")).Output.Should().Contain("7m");
        await File.WriteAllTextAsync(file, """{ "cooldown": "soon" }""");
        (code, _, error) = await CliAsync(Role.Admin, "preferences", "set", file);
        (code, error).Should().Match<(int, string)>(answer => answer.Item1 == ExitCode.Problems && answer.Item2.Contains("$.cooldown"));
        (await CliAsync(Role.Admin, "preferences", "set", file + ".none")).Code.Should().Be(ExitCode.Usage);
        await File.WriteAllTextAsync(file, Host.Prefer);
        (await CliAsync(Role.Admin, "preferences", "set", file)).Code.Should().Be(ExitCode.Ok);
    }

    [Fact]
    public async Task CommandLine_AuditAndBacktest_ReadTheServersHistory()
    {
        await ActAsync();
        var (code, output, error) = await CliAsync(Role.Viewer, "audit", "verify");
        code.Should().Be(ExitCode.Ok, error);
        var hash = (string)JsonNode.Parse(output)!["lastHash"]!;
        (await CliAsync(Role.Viewer, "audit", "verify", "--last-hash", hash)).Code.Should().Be(ExitCode.Ok);
        (await CliAsync(Role.Viewer, "audit", "verify", "--last-hash", "beef")).Code.Should().Be(ExitCode.Problems);
        (code, output, _) = await CliAsync(Role.Viewer, "audit", "export");
        code.Should().Be(ExitCode.Ok);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Select(line => (long)JsonNode.Parse(line)!["sequence"]!).Should().BeInAscendingOrder();

        var other = Directory.CreateTempSubdirectory("homelab-backtest-").FullName;
        foreach (var (name, text) in ShippedPolicy.Files)
            await File.WriteAllTextAsync(Path.Combine(other, name), text);
        (code, output, error) = await CliAsync(Role.Viewer, "backtest", "--since", "1h", "--rules", other);
        code.Should().Be(ExitCode.Ok, error);
        output.Should().MatchRegex(@"^[1-9]\d* decisions, 0 would differ\.").And.Contain("predicts decisions, not outcomes");
        await File.WriteAllTextAsync(Path.Combine(other, "policy.json"), ShippedPolicy.Files["policy.json"].Replace("\"byAction\": {}", "\"byAction\": { \"alertmanager.*\": \"forbidden\" }"));
        (code, output, _) = await CliAsync(Role.Viewer, "backtest", "--since", "1h", "--rules", other, "--json");
        JsonNode.Parse(output)!["differences"]!.AsArray().Select(one => ((string?)one!["was"], (string?)one["would"])).Should().Contain(("ask", "refuse"));

        await File.WriteAllTextAsync(Path.Combine(other, "policy.json"), "{ \"matrix\": 7 }");
        (code, _, error) = await CliAsync(Role.Viewer, "backtest", "--rules", other);
        (code, error).Should().Match<(int, string)>(answer => answer.Item1 == ExitCode.Problems && answer.Item2.Contains("$.matrix"));
        (code, _, error) = await CliAsync(Role.Viewer, "backtest", "--since", "lately", "--rules", other);
        (code, error).Should().Match<(int, string)>(answer => answer.Item1 == ExitCode.Usage && answer.Item2.Contains("'lately' is no time"));
        Directory.Delete(other, recursive: true);
    }

    [Fact]
    public async Task CommandLine_Decide_PrintsTheWholeExplanation()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("homelab-decide-").FullName, "facts.json");
        using (var viewer = host.As(Role.Viewer))
        {
            await ActAsync();
            var id = (await GetAsync(viewer, "decisions?pageSize=1"))["items"]![0]!["id"];
            await File.WriteAllTextAsync(file, (await GetAsync(viewer, $"decisions/{id}"))["facts"]!.ToJsonString());
        }

        var (code, output, error) = await LocalAsync("decide", "--facts", file, "--rules", ShippedPolicy.Directory);
        code.Should().Be(ExitCode.Ok, error);
        output.Should().Contain("alertmanager.create_silence").And.Contain("historical success").And.Contain("matrix").And.Contain("it would be");
        (code, output, _) = await LocalAsync("decide", "--facts", file, "--rules", ShippedPolicy.Directory, "--json");
        JsonNode.Parse(output)!.AsObject().Select(field => field.Key).Should().Contain(["verdict", "sentence", "table", "counterfactuals", "chosen", "alternatives", "policyVersion"]);

        foreach (var (text, said) in ((string, string)[])[
            ("{ nonsense", "facts.json"), ("null", "facts.json"), ("[]", "facts.json"), ("{}", "candidates"), ("""{ "at": "2026-01-01T00:00:00Z", "candidates": null }""", "candidates"),
            ("""{ "at": "2026-01-01T00:00:00Z", "candidates": [ null ] }""", "candidates"),
            ("""{ "at": "2026-01-01T00:00:00Z", "candidates": [ { "action": "a", "target": null, "effect": "reversible", "prediction": 1, "impactCertainty": 1, "rollbackFeasibility": 1 } ] }""", "target"),
            ("""{ "at": "2026-01-01T00:00:00Z", "candidates": [ { "action": "a", "target": { "id": "t" }, "effect": "rash", "prediction": 1, "impactCertainty": 1, "rollbackFeasibility": 1 } ] }""", "effect")])
        {
            await File.WriteAllTextAsync(file, text);
            (code, output, error) = await LocalAsync("decide", "--facts", file, "--rules", ShippedPolicy.Directory);
            code.Should().Be(ExitCode.Usage, text);
            error.Should().Contain(said, text);
        }

        (await LocalAsync("decide", "--facts", file + ".none")).Code.Should().Be(ExitCode.Usage);
        (code, _, error) = await LocalAsync("decide", "--facts", file, "--rules", "/nowhere");
        (code, error).Should().Match<(int, string)>(answer => answer.Item1 == ExitCode.Problems && answer.Item2.Contains("/nowhere"));
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path) => client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path)
    {
        Content = method is "POST" or "PUT" ? new StringContent(path == "/api/preferences" ? Host.Prefer : "{}", System.Text.Encoding.UTF8, "application/json") : null,
    });

    private static async Task<JsonNode> GetAsync(HttpClient client, string path) => (await client.GetFromJsonAsync<JsonNode>($"/api/{path}"))!;

    private static async Task PostAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync($"/api/{path}", body);
        answer.StatusCode.Should().Be(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, patience.Token);
    }

    private static async Task<(int Code, string Output, string Error)> LocalAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return (await CommandLine.RunAsync(args, output, error, default), output.ToString(), error.ToString());
    }

    private async Task<(int Code, string Output, string Error)> CliAsync(Role role, params string[] args) =>
        await LocalAsync([.. args, "--server", host.Address.ToString(), "--api-key", await host.AddKeyAsync(role)]);

    /// <summary>A silence that was asked for, approved and made; answers its run.</summary>
    private async Task<string> ActAsync()
    {
        using var operators = host.As(Role.Operator);
        using var approver = host.WithKey(await host.AddKeyAsync(Role.Operator, "approvals"));
        using var started = await operators.PostAsJsonAsync("/api/activities/alertmanager.create_silence/run", new { input = Silence, waitSeconds = 20 });
        var run = (await started.Content.ReadFromJsonAsync<JsonNode>())!;
        using (var answer = await approver.PostAsJsonAsync($"/api/approvals/{run["approvalId"]}/answer", new { approve = true }))
            answer.EnsureSuccessStatusCode();
        await UntilAsync(async () => (string?)(await operators.GetFromJsonAsync<JsonNode>($"/api/activities/runs/{run["runId"]}?waitSeconds=5"))!["state"] == "done");
        return (string)run["runId"]!;
    }

    /// <summary>The whole product with an Alertmanager that makes silences, and rules of its own.</summary>
    public sealed class Host : ApiHost, IAsyncLifetime
    {
        internal const string Prefer = """{ "cooldown": "0s", "actionsPerTarget": 1000, "actionsPerDay": 1000 }""";

        private FakeServer? _alertmanager;

        internal string Rules { get; } = Directory.CreateTempSubdirectory("homelab-rules-").FullName;

        protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
            [new("Activities:Alertmanager:default:Url", _alertmanager!.Url), new("Connections:CheckEvery", "00:00:00"), new("Rules:Directory", Rules), new("Preferences:File", Path.Combine(Rules, "own", "preferences.json"))];

        async Task IAsyncLifetime.InitializeAsync()
        {
            foreach (var (name, text) in ShippedPolicy.Files)
                await File.WriteAllTextAsync(Path.Combine(Rules, name), text);
            Directory.CreateDirectory(Path.Combine(Rules, "own"));
            await File.WriteAllTextAsync(Path.Combine(Rules, "own", "preferences.json"), Prefer);
            _alertmanager = await FakeServer.AlertmanagerAsync();
            await InitializeAsync();
        }

        async Task IAsyncLifetime.DisposeAsync()
        {
            await DisposeAsync();
            await _alertmanager!.DisposeAsync();
            Directory.Delete(Rules, recursive: true);
        }
    }
}
