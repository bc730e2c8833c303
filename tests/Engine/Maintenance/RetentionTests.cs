using System.Globalization;
using FluentAssertions;
using Homelab.Engine.Definitions;
using Homelab.Engine.Maintenance;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Tests.Engine.Remediation;
using Homelab.Workflows.Definitions;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Maintenance;

public sealed class RetentionTests
{
    private const string Short = """{"days":7,"count":2}""";

    [Fact]
    public async Task Prune_WorkflowsWithAndWithoutARule_EachKeepsItsOwn()
    {
        await using var server = await TestServer.StartAsync(("Retention:Days", "30"), ("Retention:KeepPerWorkflow", "0"));
        await server.PublishAsync(Webhook("plain", null));
        await server.PublishAsync(Webhook("short", Short));
        await server.PublishAsync(Webhook("long", """{"days":365,"count":0}"""));
        foreach (var definition in (string[])["plain", "short", "long"])
            await MakeAsync(server, definition, agesInDays: [1, 10, 20, 40]);
        var prune = ActivatorUtilities.CreateInstance<PruneRuns>(server.Services);

        var removed = await prune.RunOnceAsync(default);

        removed.Should().Be(3);
        (await AgesAsync(server, "plain")).Should().Equal(1, 10, 20);
        (await AgesAsync(server, "short")).Should().Equal([1, 10], "the newest two stay however old they are");
        (await AgesAsync(server, "long")).Should().Equal(1, 10, 20, 40);
        (await prune.RunOnceAsync(default)).Should().Be(0);
    }

    /// <summary>Each plan and each undo is a workflow of its own: kept like other workflows they would stay for ever.</summary>
    [Fact]
    public async Task Prune_PlansAndUndosThatEndedLongAgo_GoWithTheirRunsAndCanBeSentAgain()
    {
        await using var server = await LampServer.StartAsync(preferences: """{ "cooldown": "0s" }""");
        object plan = new { title = "Light", steps = new[] { new { activity = "lamp.set", input = new { lamp = "web", state = "on" } } }, verify = new { activity = "lamp.look", input = new { lamp = "web" }, expression = "[state] == 'on'", withinSeconds = 5 } };
        var (_, sent) = await server.PostAsync("/api/plans", plan);
        await server.PostAsync($"/api/approvals/{(await server.AskedAsync())["id"]}/answer", new { approve = true });
        await server.FinishAsync((string)sent!["runId"]!);
        var (_, undo) = await server.PostAsync("/api/changes/undo-last");
        await server.FinishAsync((string)undo!["runId"]!);
        var prune = ActivatorUtilities.CreateInstance<PruneRuns>(server.Server.Services);
        (await prune.RunOnceAsync(default)).Should().Be(0, "they ended just now");
        (await server.CountAsync("SELECT COUNT(*) FROM plans")).Should().Be(2);

        var longAgo = TimeProvider.System.GetUtcNow().AddDays(-40).ToUnixTimeMilliseconds();
        await server.Database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync("UPDATE plans SET created_at = @at", new { at = longAgo }, default);
                await session.ExecuteAsync("UPDATE runs SET created_at = @at, finished_at = @at", new { at = longAgo }, default);
            },
            default);
        (await prune.RunOnceAsync(default)).Should().Be(2);
        (await server.CountAsync("SELECT COUNT(*) FROM plans")).Should().Be(0);
        (await server.CountAsync("SELECT COUNT(*) FROM workflow_definitions")).Should().Be(0);
        (await server.ChangesAsync()).Should().HaveCount(2, "what was done stays in the change log");
        ((bool?)(await server.GetAsync("/api/audit/verify"))["intact"]).Should().BeTrue();
        (await server.PostAsync($"/api/changes/{undo["changeId"]}/undo")).Body!["detail"]!.ToString().Should().Contain("taken back already");

        var (status, again) = await server.PostAsync("/api/plans", plan);
        (status, (string?)again!["planId"]).Should().Be((202, (string?)sent["planId"]));
        await server.PostAsync($"/api/approvals/{(await server.AskedAsync())["id"]}/answer", new { approve = true });
        (await server.FinishAsync((string)again["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Theory]
    [InlineData("""{"days":"soon"}""")]
    [InlineData("""{"days":0}""")]
    [InlineData("""{"count":-1}""")]
    [InlineData("7")]
    public async Task Publish_RetentionThatCannotBeRead_IsRefusedWithWhatToWrite(string rule)
    {
        await using var server = await TestServer.StartAsync();
        var read = WorkflowJson.Read(System.Text.Encoding.UTF8.GetBytes(Webhook("bad", rule)));

        var change = await server.Services.GetRequiredService<DefinitionService>().SaveAsync(read, publish: true, default);

        change.Should().BeOfType<DefinitionChange.Invalid>().Which.Problems.Should().ContainSingle().Which.Should().Contain("retention").And.Contain("\"days\": 7");
    }

    private static string Webhook(string id, string? rule)
    {
        var definition = TestServer.Webhook(id, id, ["POST"]);
        return rule is null ? definition : definition.Replace("\"isPublished\":true,", $"\"isPublished\":true,\"customProperties\":{{\"retention\":{rule}}},", StringComparison.Ordinal);
    }

    /// <summary>Real runs, made older in the database: a clock that goes back would be the server's too.</summary>
    private static async Task MakeAsync(TestServer server, string definition, int[] agesInDays)
    {
        var runs = server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();
        foreach (var age in agesInDays)
        {
            var run = await runs.StartAsync(definition, null, new RunEvent.Start([], "in", new System.Text.Json.Nodes.JsonObject(), Name: age.ToString(CultureInfo.InvariantCulture)), null, default);
            await runs.WaitForFinishAsync(run, default).WaitAsync(TimeSpan.FromSeconds(30));
            var then = TimeProvider.System.GetUtcNow().AddDays(-age).ToUnixTimeMilliseconds();
            await server.Services.GetRequiredService<Database>().WriteAsync(
                session => session.ExecuteAsync("UPDATE runs SET created_at = @then, updated_at = @then, finished_at = @then WHERE id = @id", new { then, id = run.Value }, default), default);
        }
    }

    private static async Task<int[]> AgesAsync(TestServer server, string definition)
    {
        var page = await server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().ListAsync(new RunFilter { DefinitionIds = [definition] }, RunOrder.Created, true, 0, 100, default);
        return [.. page.Items.Select(run => int.Parse(run.Name!, CultureInfo.InvariantCulture))];
    }
}
