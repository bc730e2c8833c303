using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.Audit;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Engine.SignIn;
using Homelab.Rules.Decisions;
using Homelab.Tests.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>Decisions, changes and the trail over HTTP, from a server that has these routes alone; on both databases.</summary>
public abstract class DecisionRoutesTests(DatabaseFixture fixture) : GateTestBase(fixture)
{
    [Fact]
    public async Task Decision_InTheListAndAlone_IsWhatWasStored()
    {
        var stored = await DecidedAsync();
        await using var server = await StartAsync();
        var listed = (await GetAsync(server, "decisions?target=web"))["items"]!.AsArray().Should().ContainSingle().Subject!;
        foreach (var told in (JsonNode[])[listed, await GetAsync(server, $"decisions/{stored.Id}")])
        {
            new[] { "id", "runId", "action", "target", "verdict", "risk", "sentence", "outcome" }.Select(name => (string?)told[name]).Should()
                .Equal(stored.Id, "run1", "test.restart_thing", "web", "execute", "low", stored.Sentence, "succeeded");
            ((double)told["confidence"]!, (bool)told["dryRun"]!, (DateTimeOffset)told["at"]!).Should().Be((stored.Confidence, false, World.Time.GetUtcNow()));
        }

        string[] whole = ["facts", "record", "plan", "table", "counterfactuals", "alternatives"];
        whole.Should().OnlyContain(name => listed[name] == null, "a list is short");
        var full = (await GetAsync(server, "decisions?target=web&full=true"))["items"]![0]!;
        full.ToJsonString().Should().Be((await GetAsync(server, $"decisions/{stored.Id}")).ToJsonString());
        JsonNode.DeepEquals(full["facts"], JsonNode.Parse(stored.Facts)).Should().BeTrue();
        JsonNode.DeepEquals(full["record"], JsonNode.Parse(stored.Record)).Should().BeTrue();
        JsonNode.DeepEquals(full["plan"], JsonNode.Parse(stored.Plan)).Should().BeTrue();
    }

    [Fact]
    public async Task Decision_WithOthersItBeat_TellsThemAndWhatWouldHaveChangedIt()
    {
        var stored = await DecidedAsync();
        var record = GateJson.Read<DecisionRecord>(stored.Record);
        var chosen = record.Chosen!;
        await SetRecordAsync(stored.Id, record with
        {
            Alternatives = [chosen with { Action = "test.send_thing", TargetName = "db", Verdict = Verdict.AlertOnly, Confidence = 0.25, Risk = Risk.High }],
            Counterfactuals = [new("the risk is high", Verdict.TellFirst)],
        });
        await using var server = await StartAsync();
        var told = await GetAsync(server, $"decisions/{stored.Id}");
        told["alternatives"]!.ToJsonString().Should().Be("""[{"action":"test.send_thing","target":"db","verdict":"alertOnly","confidence":0.25,"risk":"high"}]""");
        told["counterfactuals"]!.ToJsonString().Should().Be("""[{"change":"the risk is high","verdict":"tellFirst"}]""");
        told["table"]!.AsArray().Select(row => (string?)row!["name"]).Should().Equal(Explanation.Table(chosen).Select(row => row.Name)).And.Contain("confidence");

        await SetRecordAsync(stored.Id, record with { Chosen = null });
        (await GetAsync(server, $"decisions/{stored.Id}"))["table"]!.AsArray().Should().BeEmpty("nothing was proposed");
    }

    [Fact]
    public async Task Decision_ThatIsNone_IsNotFoundAndSaysWhereTheyAre()
    {
        await using var server = await StartAsync();
        using var answer = await server.Http.GetAsync("/api/decisions/nothing");
        answer.StatusCode.Should().Be(HttpStatusCode.NotFound);
        (await answer.Content.ReadAsStringAsync()).Should().ContainAll("There is no decision 'nothing'.", "GET /api/decisions lists them.");
    }

    [Fact]
    public async Task Lists_EachParameter_NarrowsThem()
    {
        await DecidedAsync();
        var between = Uri.EscapeDataString(World.Time.GetUtcNow().AddMilliseconds(500).ToString("O"));
        World.Time.Advance(TimeSpan.FromSeconds(1));
        var held = (GateAnswer.Held)await World.Gate.AskAsync(World.Request(World.Wipe, new { name = "db" }, step: "s2"), default);
        await World.Desk.AnswerAsync(held.ApprovalId, new(true, "anna"), default);
        World.Wipe.Failure = new ActivityException("no", retryable: false);
        await World.PerformAsync(World.Request(World.Wipe, new { name = "db" }, step: "s2"));
        var newest = (await World.Decisions.ListAsync(new(Target: "db"), default))[0].Id;

        await using var server = await StartAsync();
        foreach (var query in (string[])["target=web", "target=test:x/thing/web", "outcome=succeeded", $"search=WE&until={between}", $"before={newest}&search=we", $"until={between}&action=test.restart_thing&verdict=execute"])
            await FindsAsync(server, $"decisions?{query}", "web");
        foreach (var query in (string[])["action=test.wipe_thing&outcome=failed", "verdict=ask&outcome=failed", $"since={between}&outcome=failed"])
            await FindsAsync(server, $"decisions?{query}", "db");
        foreach (var query in (string[])["target=web", "action=test.restart_thing&search=we", "result=succeeded&search=we", $"until={between}&target=web"])
            await FindsAsync(server, $"changes?{query}", "web");
        foreach (var query in (string[])["result=failed", $"since={between}"])
            await FindsAsync(server, $"changes?{query}", "db");
        var page = await GetAsync(server, "changes?page=2&pageSize=1");
        (page["items"]![0]!["target"]!.ToString(), (int)page["page"]!, (int)page["pageSize"]!, (int)page["total"]!).Should().Be(("web", 2, 1, 32));
    }

    [Fact]
    public async Task Change_BegunEndedAndTakenBack_TellsEach()
    {
        var request = World.Request(World.Restart, new { name = "web" });
        await World.Gate.AskAsync(request, default);
        var issued = World.Time.GetUtcNow();
        World.Time.Advance(TimeSpan.FromSeconds(3));
        await World.ConsumeAsync(((GateAnswer.Allowed)await World.Gate.AskAsync(request, default)).Use!);
        var row = (await World.Changes.ListAsync(new(Target: "web"), default)).Single();
        await using var server = await StartAsync();
        var begun = (await GetAsync(server, "changes?target=web"))["items"]!.AsArray().Should().ContainSingle().Subject!;
        Texts(begun).Should().Equal(row.Id, row.DecisionId, "run1", "test.restart_thing", "web", "rules", "started", null, null, null, null);
        begun["parameters"]!.ToJsonString().Should().Be("""{"name":"web"}""");
        DateTimeOffset.FromUnixTimeMilliseconds(row.UsedAt!.Value).Should().BeAfter(issued);
        (begun["startedAt"]!.GetValue<DateTimeOffset>(), begun["finishedAt"]).Should().Be((DateTimeOffset.FromUnixTimeMilliseconds(row.UsedAt!.Value), null));

        World.Time.Advance(TimeSpan.FromSeconds(4));
        await World.EnterAsync(request);
        await World.Changes.ClaimUndoAsync(row.Id, "undo1", "anna", null, default);
        var ended = (await GetAsync(server, "changes?target=web"))["items"]![0]!;
        Texts(ended).Should().Equal(row.Id, row.DecisionId, "run1", "test.restart_thing", "web", "rules", "succeeded", null, "test.restart_thing", null, "undo1");
        ended["finishedAt"]!.GetValue<DateTimeOffset>().Should().Be(World.Time.GetUtcNow());

        static IEnumerable<string?> Texts(JsonNode told) =>
            new[] { "id", "decisionId", "runId", "action", "target", "decidedBy", "result", "message", "undo", "noUndoReason", "undoneBy" }.Select(name => (string?)told[name]);
    }

    [Fact]
    public async Task Change_ThatFailedAndHasNoUndo_SaysWhy()
    {
        var request = World.Request(World.Wipe, new { name = "web" });
        await World.Desk.AnswerAsync(((GateAnswer.Held)await World.Gate.AskAsync(request, default)).ApprovalId, new(true, "anna"), default);
        World.Wipe.Failure = new ActivityException("The disk said no.", retryable: false);
        await World.PerformAsync(request);
        await using var server = await StartAsync();
        var change = (await GetAsync(server, "changes?target=web"))["items"]![0]!;
        new[] { "decidedBy", "result", "message", "noUndoReason", "undo" }.Select(name => (string?)change[name]).Should().Equal("anna", "failed", "The disk said no.", "Gone is gone.", null);
    }

    [Fact]
    public async Task Audit_Asked_ShowsWhoDidWhatNewestFirst()
    {
        var start = World.Time.GetUtcNow();
        await AppendAsync("anna", "controls.stopped", "engine", new { reason = "smoke" });
        World.Time.Advance(TimeSpan.FromSeconds(1));
        await AppendAsync("bert", "controls.resumed", "engine", new { });
        World.Time.Advance(TimeSpan.FromSeconds(1));
        await AppendAsync("anna", "undo", "change-engine", new { });
        await using var server = await StartAsync();
        (await FoundAsync("")).Should().Be("undo controls.resumed controls.stopped");
        (await FoundAsync("?actor=anna")).Should().Be("undo controls.stopped");
        (await FoundAsync("?search=CONTROLS")).Should().Be("controls.resumed controls.stopped");
        (await FoundAsync("?search=change-")).Should().Be("undo");
        (await FoundAsync($"?since={Uri.EscapeDataString(start.AddSeconds(1).ToString("O"))}")).Should().Be("undo controls.resumed");
        (await FoundAsync($"?until={Uri.EscapeDataString(start.AddSeconds(1).ToString("O"))}")).Should().Be("controls.stopped");
        (await FoundAsync("?page=3&pageSize=1")).Should().Be("controls.stopped");
        (await GetAsync(server, "audit?actor=anna&page=2&pageSize=1")).ToJsonString().Should().Be(JsonNode.Parse(
            """{"items":[{"sequence":1,"at":"2026-03-04T03:00:00+00:00","actor":"anna","event":"controls.stopped","subject":"engine","detail":{"reason":"smoke"}}],"page":2,"pageSize":1,"total":2}""")!.ToJsonString());

        async Task<string> FoundAsync(string query) => string.Join(' ', (await GetAsync(server, $"audit{query}"))["items"]!.AsArray().Select(one => (string?)one!["event"]));
    }

    [Fact]
    public async Task Export_OfALongTrail_GivesPagesOfAtMostAThousandAfterWhatIsThere()
    {
        await World.Database.WriteAsync(
            session => session.ExecuteAsync(
                """
                INSERT INTO audit (sequence, at, actor, event, subject, detail, previous, hash)
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1101) SELECT i, 0, 'anna', 'decided', '', '{}', '', CAST(i AS TEXT) FROM n
                """,
                null, default),
            default);
        await using var server = await StartAsync();
        (await ExportedAsync("")).Should().Be((1, 100));
        (await ExportedAsync("?after=100")).Should().Be((101, 100));
        (await ExportedAsync("?after=3&take=2")).Should().Be((4, 2));
        (await ExportedAsync("?take=1001")).Should().Be((1, 1000));
        (await ExportedAsync("?take=0")).Should().Be((1, 1));
        (await ExportedAsync("?take=-7&after=-5")).Should().Be((1, 1));

        async Task<(long First, int Count)> ExportedAsync(string query)
        {
            var entries = (await GetAsync(server, $"audit/export{query}")).AsArray();
            return ((long)entries[0]!["sequence"]!, entries.Count);
        }
    }

    [Fact]
    public async Task Verify_WithAndWithoutTheHashThatWasKept_SaysWhetherTheTrailHolds()
    {
        await AppendAsync("anna", "undo", "x", new { });
        await AppendAsync("anna", "undo", "y", new { });
        await using var server = await StartAsync();
        var verdict = await GetAsync(server, "audit/verify");
        ((bool)verdict["intact"]!, (long)verdict["entries"]!, verdict["problem"]).Should().Be((true, 2, null));
        ((bool)(await GetAsync(server, $"audit/verify?lastHash={verdict["lastHash"]}"))["intact"]!).Should().BeTrue();
        var cut = await GetAsync(server, "audit/verify?lastHash=00");
        ((bool)cut["intact"]!, (string?)cut["problem"]).Should().Be((false, "No entry has the hash '00': entries were removed from the end, or it is of another trail."));
    }

    /// <summary>The clients are made from the names, the pages of the API's description from the rest.</summary>
    [Fact]
    public async Task Routes_Described_AreForViewersAndNamed()
    {
        await using var server = await StartAsync();
        server.Endpoints.Select(one => $"{one.RoutePattern.RawText!.TrimEnd('/')} {one.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName} {string.Join(',', one.Metadata.GetMetadata<ITagsMetadata>()!.Tags)}").Should().BeEquivalentTo(
            "/api/decisions ListDecisions Decisions", "/api/decisions/{id} GetDecision Decisions", "/api/changes ListChanges Changes",
            "/api/audit ListAudit Audit", "/api/audit/export ExportAudit Audit", "/api/audit/verify VerifyAudit Audit");
        server.Endpoints.SelectMany(one => one.Metadata.GetOrderedMetadata<IHttpMethodMetadata>().SelectMany(allowed => allowed.HttpMethods)).Should().OnlyContain(method => method == "GET");
        server.Endpoints.Should().OnlyContain(one => one.Metadata.GetMetadata<IAuthorizeData>()!.Policy == Policies.Viewer);
        server.Endpoints.Select(one => one.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary).Should().OnlyHaveUniqueItems().And.NotContain(summary => string.IsNullOrEmpty(summary));
    }

    private static async Task<JsonNode> GetAsync(RouteServer server, string path) => (await server.Http.GetFromJsonAsync<JsonNode>($"/api/{path}"))!;

    private static async Task FindsAsync(RouteServer server, string path, string target) =>
        (await GetAsync(server, path))["items"]!.AsArray().Should().ContainSingle(path).Which!["target"]!.ToString().Should().Be(target, path);

    private async Task<DecisionRow> DecidedAsync()
    {
        await World.PerformAsync(World.Request(World.Restart, new { name = "web" }));
        return (await World.Decisions.ListAsync(new(Target: "web"), default)).Single();
    }

    private Task<int> SetRecordAsync(string id, DecisionRecord record) => World.Database.WriteAsync(
        session => session.ExecuteAsync("UPDATE decisions SET record = @record WHERE id = @id", new { id, record = GateJson.Write(record) }, default), default);

    private Task AppendAsync(string actor, string name, string subject, object detail) =>
        World.Database.WriteAsync(session => AuditTrail.AppendAsync(session, World.Time.GetUtcNow(), actor, name, subject, detail, default), default);

    private async Task<RouteServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(World.Database).AddSingleton(World.Decisions).AddSingleton(World.Changes);
        // Who may come in is asked of the whole product, in AuthorizationMatrixTests.
        builder.Services.AddAuthorizationBuilder().AddPolicy(Policies.Viewer, policy => policy.RequireAssertion(_ => true));
        var app = builder.Build();
        app.MapGroup("/api").AddEndpointFilter<PagingFilter>().MapChanges().MapDecisions().MapAudit();
        await app.StartAsync();
        return new RouteServer(app);
    }

    private sealed class RouteServer(WebApplication app) : IAsyncDisposable
    {
        public HttpClient Http { get; } = new() { BaseAddress = new Uri(app.Urls.First()) };

        public IReadOnlyList<RouteEndpoint> Endpoints => [.. ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).Cast<RouteEndpoint>()];

        public async ValueTask DisposeAsync()
        {
            Http.Dispose();
            await app.DisposeAsync();
        }
    }
}

public sealed class SqliteDecisionRoutesTests(SqliteFixture fixture) : DecisionRoutesTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresDecisionRoutesTests(PostgresFixture fixture) : DecisionRoutesTests(fixture), IClassFixture<PostgresFixture>;
