using FluentAssertions;
using Homelab.Engine.Cli;
using Homelab.Engine.Runs;
using Xunit;

namespace Homelab.Tests.Engine.Remediation;

/// <summary>Asked, approved, done, undone: over the API of the whole product, with the real dispatcher, gate and store.</summary>
public sealed class UndoTests
{
    [Fact]
    public async Task Step_AskedApprovedDone_IsUndoneOnceAndRecorded()
    {
        await using var server = await LampServer.StartAsync();
        await server.PublishAsync("light", "Homelab.Lamp.Set", new { lamp = "web", state = "on" });
        var run = await server.StartAsync("light");
        var asked = await server.AskedAsync();
        server.Lamps.Done.Should().BeEmpty("nobody said yes");
        (await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true })).Status.Should().Be(200);
        (await server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        server.Lamps.State["web"].Should().Be("on");
        var change = (await server.ChangesAsync()).Should().ContainSingle().Subject;
        ((string?)change["result"], (string?)change["decidedBy"], (string?)change["undo"]).Should().Be(("succeeded", "admin", "lamp.set"));

        var (status, undone) = await server.PostAsync("/api/changes/undo-last");
        status.Should().Be(202, undone?.ToJsonString());
        (await server.FinishAsync((string)undone!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
        server.Lamps.Done.Should().Equal("set web on", "set web off");
        var changes = await server.ChangesAsync();
        changes.Should().HaveCount(2);
        ((string?)changes[0]["result"], (string?)changes[0]["decidedBy"], (string?)changes[0]["undo"]).Should().Be(("succeeded", "admin", "lamp.set"), "an undo is a change with an undo of its own");
        ((string?)changes[1]["undoneBy"]).Should().Be((string?)undone["runId"]);

        var (again, problem) = await server.PostAsync($"/api/changes/{change["id"]}/undo");
        again.Should().Be(409);
        problem!["detail"]!.ToString().Should().Contain("taken back already");
        (await server.PostAsync("/api/changes/undo-last")).Status.Should().Be(409, "nothing stands");
        (await server.PostAsync("/api/changes/nothing/undo")).Status.Should().Be(404);

        var (redo, redone) = await server.PostAsync($"/api/changes/{changes[0]["id"]}/undo");
        redo.Should().Be(202);
        await server.FinishAsync((string)redone!["runId"]!);
        server.Lamps.State["web"].Should().Be("on");
        ((bool?)(await server.GetAsync("/api/audit/verify"))["intact"]).Should().BeTrue();
    }

    [Fact]
    public async Task Undo_TwoAtOnce_AreOne()
    {
        await using var server = await LampServer.StartAsync();
        await DoAsync(server, "web", "on");
        var id = (string)(await server.ChangesAsync())[0]["id"]!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.PostAsync($"/api/changes/{id}/undo")));
        foreach (var run in answers.Where(answer => answer.Status == 202).Select(answer => (string)answer.Body!["runId"]!).Distinct())
            await server.FinishAsync(run);
        answers.Where(answer => answer.Status == 202).Select(answer => (string)answer.Body!["runId"]!).Distinct().Should().ContainSingle();
        server.Lamps.Done.Should().Equal("set web on", "set web off");
    }

    [Fact]
    public async Task Undo_TargetChangedSince_IsRefusedUntilThatIsTakenBack()
    {
        await using var server = await LampServer.StartAsync(preferences: """{ "cooldown": "0s" }""");
        await DoAsync(server, "web", "on");
        await DoAsync(server, "web", "dim", "dimmed");
        var changes = await server.ChangesAsync();
        var (status, problem) = await server.PostAsync($"/api/changes/{changes[1]["id"]}/undo");
        status.Should().Be(409);
        problem!["detail"]!.ToString().Should().Contain("was changed since").And.Contain((string)changes[0]["id"]!);
        await UndoneAsync(server, (string)changes[0]["id"]!);
        await UndoneAsync(server, (string)changes[1]["id"]!);
        server.Lamps.State["web"].Should().Be("off");
    }

    [Fact]
    public async Task Undo_NotPossible_SaysWhy()
    {
        await using var server = await LampServer.StartAsync();
        await server.PublishAsync("save", "Homelab.Lamp.Save", new { lamp = "web" });
        var run = await server.StartAsync("save");
        await server.PostAsync($"/api/approvals/{(await server.AskedAsync())["id"]}/answer", new { approve = true });
        await server.FinishAsync(run);
        var (status, problem) = await server.PostAsync("/api/changes/undo-last");
        status.Should().Be(409);
        problem!["detail"]!.ToString().Should().Contain("Gone is gone.");
    }

    [Fact]
    public async Task Undo_Stopped_IsRefusedAndCanBeTriedAgain()
    {
        await using var server = await LampServer.StartAsync();
        await DoAsync(server, "web", "on");
        var id = (string)(await server.ChangesAsync())[0]["id"]!;
        await server.PostAsync("/api/controls/stop", new { reason = "test" });
        var (status, refused) = await server.PostAsync($"/api/changes/{id}/undo");
        status.Should().Be(202);
        (await server.FinishAsync((string)refused!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Faulted);
        server.Lamps.State["web"].Should().Be("on");
        await server.PostAsync("/api/controls/resume", new { reason = "test" });
        await UndoneAsync(server, id);
        server.Lamps.State["web"].Should().Be("off");
    }

    [Fact]
    public async Task Undo_DryRun_DoesNothingAndClaimsNothing()
    {
        await using var server = await LampServer.StartAsync();
        await DoAsync(server, "web", "on");
        var (status, dry) = await server.PostAsync("/api/changes/undo-last?dryRun=true");
        status.Should().Be(202);
        (await server.FinishAsync((string)dry!["runId"]!)).DryRun.Should().BeTrue();
        server.Lamps.Done.Should().ContainSingle();
        ((string?)(await server.ChangesAsync())[0]["undoneBy"]).Should().BeNull();
    }

    [Fact]
    public async Task Undo_HeldAcrossARestart_IsDoneAfterIt()
    {
        var data = Directory.CreateTempSubdirectory("homelab-undo-").FullName;
        var lamps = new Lamps();
        string run;
        await using (var first = await LampServer.StartAsync(lamps, settings: ("Storage:Directory", data)))
        {
            await DoAsync(first, "web", "on");
            lamps.Inside = (_, token) => Task.Delay(TimeSpan.FromMinutes(5), TimeProvider.System, token);
            var (status, undo) = await first.PostAsync("/api/changes/undo-last", new { });
            status.Should().Be(202);
            run = (string)undo!["runId"]!;
            await LampServer.UntilAsync(async () => (await first.ChangesAsync()).Count == 2);
        }

        lamps.Inside = null;
        await using var second = await LampServer.StartAsync(lamps, settings: ("Storage:Directory", data));
        await LampServer.UntilAsync(async () => (await second.GetAsync($"/api/runs/{run}"))["waitingFor"]!.AsArray().Count > 0 || (string?)(await second.GetAsync($"/api/runs/{run}"))["summary"]!["status"] == "Faulted");
        lamps.Done.Should().ContainSingle("whether the interrupted one happened is for a person to say: it is never repeated blindly");
        var (again, problem) = await second.PostAsync("/api/changes/undo-last");
        again.Should().Be(409);
        problem!["detail"]!.ToString().Should().Contain("being taken back");
    }

    [Fact]
    public async Task Cli_UndoLast_UndoesOverTheApi()
    {
        await using var server = await LampServer.StartAsync();
        await DoAsync(server, "web", "on");
        using var output = new StringWriter();
        using var error = new StringWriter();
        var (_, key) = await server.PostAsync("/api/api-keys", new { name = "cli", role = "operator", scopes = new[] { "changes", "runs:read" } });
        string[] access = ["--server", server.Http.BaseAddress!.ToString(), "--api-key", (string)key!["key"]!];
        (await CommandLine.RunAsync(["undo", "last", "--dry-run", .. access], output, error, default)).Should().Be(ExitCode.Ok, error.ToString());
        (await CommandLine.RunAsync(["undo", "nothing", .. access], output, error, default)).Should().Be(ExitCode.Problems);
        error.ToString().Should().Contain("There is no change 'nothing'");
        (await CommandLine.RunAsync(["undo", "last", .. access], output, error, default)).Should().Be(ExitCode.Ok, error.ToString());

        // A key is no person: the undo is asked for like anything else.
        await server.PostAsync($"/api/approvals/{(await server.AskedAsync())["id"]}/answer", new { approve = true });
        await LampServer.UntilAsync(() => Task.FromResult(server.Lamps.State["web"] == "off"));
    }

    private static async Task DoAsync(LampServer server, string name, string state, string workflow = "light")
    {
        await server.PublishAsync(workflow, "Homelab.Lamp.Set", new { lamp = name, state });
        var run = await server.StartAsync(workflow);
        await server.PostAsync($"/api/approvals/{(await server.AskedAsync())["id"]}/answer", new { approve = true });
        (await server.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
    }

    private static async Task UndoneAsync(LampServer server, string id)
    {
        var (status, undo) = await server.PostAsync($"/api/changes/{id}/undo");
        status.Should().Be(202, undo?.ToJsonString());
        (await server.FinishAsync((string)undo!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
    }
}
