using FluentAssertions;
using Homelab.Activities;
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

    public static TheoryData<string> Obstacles => new("rules", "preferences", "clock", "stop", "pause", "snapshot", "level");

    [Theory]
    [MemberData(nameof(Obstacles))]
    public async Task Effect_SomethingIsWrong_IsNotDoneAndPeopleAreTold(string obstacle)
    {
        switch (obstacle)
        {
            case "rules":
                File.WriteAllText(Path.Combine(_world.RulesDirectory, "policy.json"), "{");
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

        var node = new GateWorld(fixture.Database, _time, _world);
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

    private async Task<RunState> RunAsync(GateWorld world)
    {
        var catalog = new ActivityCatalog([]);
        var key = new HashKey(fixture.Database);
        var changes = new ChangeLog(fixture.Database, world.Settings, catalog, _time);
        var door = new EffectDoor(fixture.Database, key, changes, new EmergencyStop(fixture.Database, _time, NullLogger<EmergencyStop>.Instance), _time);
        var gate = new EffectGate(fixture.Database, world.Settings, catalog, world.Clock, key, door, world.People, _time, NullLogger<EffectGate>.Instance);
        await using var node = new TestNode(fixture.Database, _scripted, gate: gate);
        await node.StartAsync(alone: true);
        return await node.FinishAsync(await node.StartRunAsync("effect"));
    }
}
