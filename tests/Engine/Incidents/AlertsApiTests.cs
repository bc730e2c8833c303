using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Incidents;
using Homelab.Engine.SignIn;
using Homelab.Tests.Conformance;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Incidents;

/// <summary>Alerts as the real senders send them, by HTTP into the whole product.</summary>
public sealed class AlertsApiTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.SignInAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [ConformanceFact("../fixtures/alertmanager")]
    public async Task Alertmanager_RecordedDeliveries_BecomeIncidentsAndEnd()
    {
        await SendFixtureAsync("firing-single");
        var incident = (await ListAsync("unresolved", 1)).Single();
        ((string?)incident["kind"], (string?)incident["severity"], (string?)incident["title"]).Should().Be(("service_down", "critical", "http://127.0.0.1:19098/ is down"));
        ((DateTimeOffset?)incident["startedAt"]).Should().Be(DateTimeOffset.Parse("2026-11-21T03:19:02.999Z", System.Globalization.CultureInfo.InvariantCulture));

        // The same bytes again, as a retry sends them.
        await SendFixtureAsync("firing-single");
        await SendFixtureAsync("mixed-firing-and-resolved");
        await TestWait.UntilAsync(async () => await StateAsync(incident) == "resolved");
        var open = (await ListAsync("unresolved", 1)).Single();
        ((string?)open["service"]).Should().Be("http://127.0.0.1:19097/");
        ((DateTimeOffset?)(await GetAsync(incident))["incident"]!["resolvedAt"]).Should().Be(DateTimeOffset.Parse("2026-11-21T03:19:31.999Z", System.Globalization.CultureInfo.InvariantCulture));
        ((int?)(await GetAsync(incident))["incident"]!["deliveries"]).Should().Be(2);
    }

    [ConformanceFact("../fixtures/alertmanager")]
    public async Task Alertmanager_AllRecordedDeliveries_AreTaken()
    {
        foreach (var file in Directory.EnumerateFiles(ConformanceFolder.Path("../fixtures/alertmanager"), "*.json"))
            await SendFixtureAsync(Path.GetFileNameWithoutExtension(file));
        await EmptyAsync();
        (await _server.Services.GetRequiredService<AlertInbox>().CountAsync(default)).Dead.Should().Be(0);
        var all = await ListAsync(null);
        all.Select(item => (string?)item["title"]).Should().Contain("Backup photos is old").And.NotContain("Disk /data on nas 85% full", "it was only ever told of as over");
        var backup = all.Single(item => (string?)item["kind"] == "backup_failed");
        ((string?)backup["annotations"]!["unicode"]).Should().Be("zażółć gęślą jaźń ✓ <b>&\"quotes\"</b>");
    }

    [Fact]
    public async Task Grafana_Delivery_BecomesAnIncident()
    {
        await SendAsync("grafana", """
            {"receiver":"homelab","status":"firing","orgId":1,"title":"[FIRING:1] High CPU","state":"alerting","message":"...","version":"1","groupKey":"{}:{}","truncatedAlerts":0,
             "groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"http://grafana:3000/",
             "alerts":[{"status":"firing","labels":{"alertname":"HighCPU","instance":"nas:9100","grafana_folder":"Homelab"},"annotations":{"summary":"CPU of nas at 97 %"},
               "startsAt":"2026-11-21T03:19:02Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"http://grafana:3000/alerting/1","fingerprint":"57c6d9296de2ad39","silenceURL":"http://grafana:3000/s",
               "dashboardURL":"http://grafana:3000/d/1","panelURL":"http://grafana:3000/d/1?viewPanel=2","values":{"A":97.2},"valueString":"[ var='A' labels={} value=97.2 ]"}]}
            """);
        var incident = (await ListAsync("open", 1)).Single();
        ((string?)incident["kind"], (string?)incident["source"], (string?)incident["annotations"]!["values"]).Should().Be(("high_cpu", "grafana", "[ var='A' labels={} value=97.2 ]"));
        var opened = (await GetAsync(incident))["timeline"]![0]!;
        ((string?)opened["links"]!["url"]).Should().Be("http://grafana:3000/d/1?viewPanel=2");
    }

    [Fact]
    public async Task UptimeKuma_DownAndUp_OpenAndEnd()
    {
        await SendAsync("uptime-kuma", """{"heartbeat":null,"monitor":null,"msg":"Homelab Testing"}""");
        const string Beat = """
            {"heartbeat":{"monitorID":4,"status":STATUS,"time":"2026-11-21 10:00:00.123","msg":"connect ECONNREFUSED","important":true,"duration":60,"timezone":"Europe/Berlin","timezoneOffset":"+01:00","localDateTime":"2026-11-21 11:00:00"},
             "monitor":{"id":4,"name":"Nextcloud","url":"https://cloud.example.org","hostname":null,"port":null,"type":"http","interval":60},"msg":"[Nextcloud] [x] y"}
            """;
        await SendAsync("uptime-kuma", Beat.Replace("STATUS", "0", StringComparison.Ordinal));
        var incident = (await ListAsync("open", 1)).Single();
        ((string?)incident["kind"], (string?)incident["service"], (string?)incident["severity"]).Should().Be(("service_down", "Nextcloud", "critical"));
        await SendAsync("uptime-kuma", Beat.Replace("STATUS", "3", StringComparison.Ordinal));
        await SendAsync("uptime-kuma", Beat.Replace("STATUS", "1", StringComparison.Ordinal).Replace("10:00:00", "10:02:00", StringComparison.Ordinal));
        await TestWait.UntilAsync(async () => await StateAsync(incident) == "resolved");
    }

    [Fact]
    public async Task Json_ByAMapping_OpensAndEnds()
    {
        await SendAsync("json/event", """{"name":"BackupFailed","host":"nas","summary":"restic said no","status":"firing","startsAt":1795231000}""");
        var incident = (await ListAsync("open", 1)).Single();
        ((string?)incident["kind"], (string?)incident["title"], (string?)incident["source"]).Should().Be(("backup_failed", "restic said no", "event"));
        ((DateTimeOffset?)incident["startedAt"]).Should().Be(DateTimeOffset.FromUnixTimeSeconds(1795231000));
        await SendAsync("json/event", """{"name":"BackupFailed","host":"nas","summary":"it is there","status":"ok"}""");
        await TestWait.UntilAsync(async () => await StateAsync(incident) == "resolved");
    }

    [Fact]
    public async Task Text_OfAPerson_OpensAnIncidentOnce()
    {
        await SendAsync("text", "the site is slow", "text/plain");
        await SendAsync("text", """{"text":"the site is really slow today"}""");
        await EmptyAsync();
        var incidents = await ListAsync("open", 1);
        incidents.Should().ContainSingle("it is the same complaint").Which["kind"]!.ToString().Should().Be("response_degraded");
        ((string?)incidents[0]["title"]).Should().Be("the site is slow");
    }

    [Theory]
    [InlineData("alertmanager", "not json", "The body is not JSON")]
    [InlineData("alertmanager", "[]", "must be an object with a list 'alerts'")]
    [InlineData("alertmanager", "{}", "'alerts' must be a list")]
    [InlineData("alertmanager", """{"alerts":[{"status":"firing","labels":{}},{"status":"odd","labels":{"a":"b"}},7]}""", "alerts[0].labels", "alerts[1].status", "alerts[2]")]
    [InlineData("alertmanager", """{"alerts":[{"status":"firing","labels":{"a":"b"},"startsAt":"yesterday"}]}""", "alerts[0].startsAt")]
    [InlineData("grafana", "\"x\"", "must be an object")]
    [InlineData("uptime-kuma", """{"heartbeat":{"status":"zero"},"monitor":{"name":"x"}}""", "heartbeat.status")]
    [InlineData("json/event", """{"summary":"x"}""", "finds no name")]
    [InlineData("json/nothing", "{}", "There is no such mapping")]
    [InlineData("text", """{"text":" "}""", "1 to 2000 characters")]
    public async Task BadInput_IsAClear400_AndNothingIsAccepted(string path, string body, params string[] says)
    {
        using var answer = await PostAsync(path, body, "application/json");
        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        var text = await answer.Content.ReadAsStringAsync();
        foreach (var part in says)
            System.Text.RegularExpressions.Regex.Unescape(text).Should().Contain(part);
        (await _server.Services.GetRequiredService<AlertInbox>().CountAsync(default)).Waiting.Should().Be(0);
    }

    [Fact]
    public async Task BadInput_TooLargeOrDeep_IsRefusedAndTheNextIsTaken()
    {
        // Asked before it is sent: who sends on regardless has the connection closed on him.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/alerts/alertmanager") { Content = new StringContent(new string(' ', 11 * 1024 * 1024), Encoding.UTF8, "application/json"), Headers = { ExpectContinue = true } };
        using var large = await _server.Http.SendAsync(request);
        large.StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        using var deep = await PostAsync("alertmanager", new string('[', 5000), "application/json");
        deep.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        await SendAsync("alertmanager", """{"alerts":[{"status":"firing","labels":{"alertname":"Zero\u0000Byte","n":5}}]}""");
        (await ListAsync("open", 1)).Should().ContainSingle();
    }

    [Fact]
    public async Task Sender_WithoutProofFromElsewhere_IsRefused_AndAnOperatorsKeyIsTaken()
    {
        using var stranger = new HttpClient { BaseAddress = _server.Http.BaseAddress };
        using var forwarded = new HttpRequestMessage(HttpMethod.Post, "/api/alerts/text") { Content = new StringContent("it is down"), Headers = { { "X-Forwarded-For", "10.0.0.7" } } };
        (await stranger.SendAsync(forwarded)).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        foreach (var (role, expected) in new[] { (Role.Viewer, HttpStatusCode.Unauthorized), (Role.Operator, HttpStatusCode.Accepted) })
        {
            var answer = await _server.Http.PostAsJsonAsync("/api/api-keys", new { name = $"{role}", role = role.ToString().ToLowerInvariant() });
            var key = (string?)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["key"];
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/alerts/text") { Content = new StringContent("it is down"), Headers = { { "X-Forwarded-For", "10.0.0.7" } } };
            request.Headers.Authorization = new AuthenticationHeaderValue("ApiKey", key);
            (await stranger.SendAsync(request)).StatusCode.Should().Be(expected);
        }
    }

    [Fact]
    public async Task Incident_ClosedReopenedAndNoted_SaysSoAndWho()
    {
        await SendAsync("text", "wiki is down", "text/plain");
        var incident = (await ListAsync("open", 1)).Single();
        var address = $"/api/incidents/{incident["id"]}";
        (await _server.Http.PostAsJsonAsync($"{address}/notes", new { text = "looking" })).EnsureSuccessStatusCode();
        (await _server.Http.PostAsJsonAsync($"{address}/reopen", new { reason = "x" })).StatusCode.Should().Be(HttpStatusCode.Conflict);
        (await _server.Http.PostAsJsonAsync($"{address}/close", new { reason = "was a cable" })).EnsureSuccessStatusCode();
        (await StateAsync(incident)).Should().Be("closed");
        (await _server.Http.PostAsJsonAsync($"{address}/reopen", new { reason = "not the cable" })).EnsureSuccessStatusCode();
        var detail = await GetAsync(incident);
        ((string?)detail["incident"]!["state"], (int?)detail["incident"]!["openings"]).Should().Be(("open", 2));
        detail["timeline"]!.AsArray().Select(line => $"{line!["kind"]} {line["actor"]}: {line["text"]}").Should().ContainInOrder(
            "opened engine: wiki is down (by text)", "note admin: looking", "state admin: Closed: was a cable", "reopened admin: Reopened: not the cable");
        (await _server.Http.GetAsync("/api/incidents/nothing")).StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await _server.Http.GetAsync("/api/incidents?state=odd")).StatusCode.Should().Be(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Opened_StartsTheWorkflowsThatWantIt_OnceEach()
    {
        await _server.PublishAsync(OnIncident("all", ""));
        await _server.PublishAsync(OnIncident("disks", "disk_filling, log_flood"));
        await _server.PublishAsync(OnIncident("downs", "service_down"));
        await SendAsync("text", "wiki is down", "text/plain");
        await SendAsync("text", "wiki is down", "text/plain");
        var incident = (await ListAsync("open", 1)).Single();
        JsonNode detail = null!;
        await TestWait.UntilAsync(async () => (detail = await GetAsync(incident))["timeline"]!.AsArray().Count(line => (string?)line!["kind"] == "workflow") == 2);
        detail["timeline"]!.AsArray().Where(line => (string?)line!["kind"] == "workflow").Select(line => (string?)line!["text"]).Should().BeEquivalentTo("Started all.", "Started downs.");
        JsonArray runs = [];
        await TestWait.UntilAsync(async () => (runs = (await _server.Http.GetFromJsonAsync<JsonNode>("/api/runs?pageSize=50"))!["items"]!.AsArray()).Count(run => (string?)run!["name"] == "wiki is down service_down") == 2);
        runs.Should().HaveCount(2);
        detail["timeline"]!.AsArray().Where(line => (string?)line!["kind"] == "workflow").Select(line => (string?)line!["links"]!["run"]).Should().BeEquivalentTo(runs.Select(run => (string?)run!["id"]));
    }

    private static string OnIncident(string id, string kinds) => $$$$"""
        {"id":"{{{{id}}}}-v1","definitionId":"{{{{id}}}}","name":"{{{{id}}}}","version":1,"isLatest":true,"isPublished":true,"variables":[{"id":"incident","name":"Incident","typeName":"Object"}],
         "root":{"id":"flow","type":"Elsa.Flowchart","version":1,"activities":[
           {"id":"in","type":"Homelab.Incident.Opened","version":1,"customProperties":{"canStartWorkflow":true},"kinds":{"typeName":"String","expression":{"type":"Literal","value":"{{{{kinds}}}}"}},"result":{"typeName":"Object","memoryReference":{"id":"incident"}}},
           {"id":"name","type":"Elsa.SetName","version":1,"value":{"typeName":"String","expression":{"type":"JavaScript","value":"getIncident().title + ' ' + getIncident().kind"}}}],
          "connections":[{"source":{"activity":"in","port":"Done"},"target":{"activity":"name","port":"In"}}]} }
        """;

    private Task SendFixtureAsync(string name) => SendAsync("alertmanager", File.ReadAllText(ConformanceFolder.Path($"../fixtures/alertmanager/{name}.json")));

    private async Task SendAsync(string path, string body, string type = "application/json")
    {
        using var answer = await PostAsync(path, body, type);
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body, string type) => _server.Http.PostAsync($"/api/alerts/{path}", new StringContent(body, Encoding.UTF8, type));

    private Task EmptyAsync() => TestWait.UntilAsync(async () => (await _server.Services.GetRequiredService<AlertInbox>().CountAsync(default)).Waiting == 0);

    private async Task<IReadOnlyList<JsonNode>> ListAsync(string? state, int? atLeast = null)
    {
        IReadOnlyList<JsonNode> items = [];
        await TestWait.UntilAsync(async () =>
        {
            items = [.. (await _server.Http.GetFromJsonAsync<JsonNode>($"/api/incidents?state={state}"))!["items"]!.AsArray().Select(item => item!)];
            return items.Count >= (atLeast ?? 0);
        });
        return items;
    }

    private async Task<JsonNode> GetAsync(JsonNode incident) => (await _server.Http.GetFromJsonAsync<JsonNode>($"/api/incidents/{incident["id"]}"))!;

    private async Task<string?> StateAsync(JsonNode incident) => (string?)(await GetAsync(incident))["incident"]!["state"];
}
