using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Gate;
using Homelab.Engine.Runs;
using Homelab.Tests.Engine.Dispatch;
using Homelab.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>The real dispatcher with the real gate: what fails closed leaves nothing done, a refused run and a person told.</summary>
public sealed class DispatcherThroughTheGateTests(SqliteFixture fixture) : IClassFixture<SqliteFixture>, IAsyncLifetime
{
    private readonly ScriptedWorld _scripted = new();
    private readonly ManualTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private GateWorld _world = null!;

    public async Task InitializeAsync()
    {
        await GateTables.EmptyAsync(fixture.Database);
        _world = new GateWorld(fixture.Database, _time);
        var row = _scripted.Find("Test.effect")!.Descriptor;
        await _world.ProveAsync(new CountingActivity(row.Id, Effect.Disruptive, RiskLevel.None, undo: true), "effect");
    }

    public Task DisposeAsync()
    {
        _world.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Effect_Decided_IsDoneOnceAndInTheChangeLog()
    {
        var state = await RunAsync(new GateWorld(fixture.Database, _time, _world));
        state.SubStatus.Should().Be(RunSubStatus.Finished);
        _scripted.Performed.Values.Should().Equal(1);
        (await _world.Changes.ListAsync(new(Action: "Test.effect"), default)).Where(change => change.RunId == state.Id.Value).Should().ContainSingle().Which.Result.Should().Be("succeeded");
    }

    public static TheoryData<string> Obstacles => new("rules", "preferences", "clock", "stop", "pause", "snapshot", "level", "no rules", "target", "database");

    [Theory]
    [MemberData(nameof(Obstacles))]
    public async Task Effect_SomethingIsWrong_IsNotDoneAndPeopleAreTold(string obstacle)
    {
        switch (obstacle)
        {
            case "rules":
                File.WriteAllText(Path.Combine(_world.RulesDirectory, "policy.json"), "{");
                break;
            case "no rules":
                Directory.Delete(_world.RulesDirectory, recursive: true);
                break;
            case "target":
                _scripted.TargetIsKnown = false;
                break;
            case "preferences":
                File.WriteAllText(_world.PreferencesFile, "[]");
                break;
            case "stop":
                await _world.Controls.StopAsync("anna", "test", default);
                break;
            case "pause":
                await _world.Controls.PauseAsync("anna", "test", default);
                break;
            case "snapshot":
                await fixture.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE target_health RENAME TO target_health_gone", null, default), default);
                break;
            case "level":
                await _world.Controls.SetAutonomyAsync(Homelab.Rules.Decisions.AutonomyLevel.Conservative, "anna", "test", default);
                File.WriteAllText(_world.PreferencesFile, """{ "needsApproval": ["Test.*"] }""");
                break;
        }

        // The gate's way to the database is lost; the dispatcher's own still stands, so that it goes as far as it can.
        var directory = Directory.CreateTempSubdirectory("homelab-lost-").FullName;
        await using var lost = Homelab.Engine.Storage.Database.Sqlite(Path.Combine(directory, "x.db"));
        if (obstacle == "database")
            Directory.Delete(directory, recursive: true);
        var node = new GateWorld(obstacle == "database" ? lost : fixture.Database, _time, _world);
        if (obstacle == "clock")
            _time.Jump(TimeSpan.FromHours(1));
        var told = _world.Channel.Told.Count + _world.Channel.Asked.Count;
        try
        {
            (await RunAsync(node)).SubStatus.Should().Be(RunSubStatus.Faulted);
        }
        finally
        {
            if (obstacle == "snapshot")
                await fixture.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE target_health_gone RENAME TO target_health", null, default), default);
        }

        _scripted.Performed.Should().BeEmpty();
        (_world.Channel.Told.Count + _world.Channel.Asked.Count).Should().BeGreaterThan(told);
    }

    /// <summary>A yes that comes when its time is over is told so and wakes nothing: the step was refused by then.</summary>
    [Fact]
    public async Task Effect_ApprovalComesLate_IsNotDoneAndPeopleAreTold()
    {
        File.WriteAllText(_world.PreferencesFile, """{ "needsApproval": ["Test.*"], "approvals": { "timeout": "5m", "remindEvery": null } }""");
        var world = new GateWorld(fixture.Database, _time, _world);
        await using var node = await NodeAsync(world);
        var run = await node.StartRunAsync("effect");
        await UntilAsync(async () => (await world.Desk.ListAsync("pending", 10, default)).Count == 1);
        var asked = (await world.Desk.ListAsync("pending", 10, default)).Single();
        await UntilAsync(() => Task.FromResult(world.Channel.Asked.Count > 0));
        _time.Advance(TimeSpan.FromMinutes(5));
        (await world.Desk.AnswerAsync(asked.Id, new(true, "anna"), default)).Should().BeOfType<AnswerResult.TooLate>();
        var desk = new ApprovalDesk(fixture.Database, world.Settings, world.Catalog, world.People, (id, answer, key, token) => node.Runs.SendAsync(id, answer, key, token), world.Metrics, _time);
        await desk.SweepAsync(default);
        (await node.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Faulted);
        (await desk.AnswerAsync(asked.Id, new(true, "anna"), default)).Should().BeOfType<AnswerResult.TooLate>();
        _scripted.Performed.Should().BeEmpty();
        world.Channel.Answered.Should().ContainSingle().Which.State.Should().Be("timedOut");
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }

    private async Task<RunState> RunAsync(GateWorld world)
    {
        await using var node = await NodeAsync(world);
        return await node.FinishAsync(await node.StartRunAsync("effect"));
    }

    private async Task<TestNode> NodeAsync(GateWorld world)
    {
        var catalog = new ActivityCatalog([]);
        var key = new HashKey(world.Database);
        var changes = new ChangeLog(world.Database, world.Settings, catalog, world.Metrics, _time);
        var door = new EffectDoor(world.Database, key, changes, new EmergencyStop(world.Database, _time, NullLogger<EmergencyStop>.Instance), _time);
        var gate = new EffectGate(world.Database, world.Settings, catalog, world.Clock, key, door, world.People, world.Metrics, _time, NullLogger<EffectGate>.Instance);
        return await new TestNode(fixture.Database, _scripted, gate: gate).StartAsync(alone: true);
    }
}
