using FluentAssertions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Rules.Decisions;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>What a decision is made from, as the gate stores it with the decision.</summary>
public sealed class FactsTests(SqliteFixture fixture) : IAsyncLifetime, IClassFixture<SqliteFixture>
{
    private readonly GateWorld _world = new(fixture.Database);

    public Task InitializeAsync() => GateTables.EmptyAsync(fixture.Database);

    public Task DisposeAsync()
    {
        _world.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>It is a Wednesday, three at night.</summary>
    [Theory]
    [InlineData("", true, null)]
    [InlineData("\"Wed 02:00-04:00\"", true, null)]
    [InlineData("\"Thu 02:00-04:00\"", false, "2026-03-05T02:00:00Z")]
    [InlineData("\"Fri 02:00-04:00\", \"Thu 02:00-04:00\"", false, "2026-03-05T02:00:00Z")]
    [InlineData("\"Thu 02:00-04:00\", \"Wed 02:00-04:00\"", true, null)]
    public async Task Window_OneOfThemOpen_IsOpen(string windows, bool open, string? next)
    {
        _world.Prefer($$"""{ "timeZone": "UTC", "maintenanceWindows": [{{windows}}] }""");
        var facts = (await FactsAsync(_world.Request(_world.Restart, new { name = "web" }))).Candidates[0];
        facts.InMaintenanceWindow.Should().Be(open);
        if (next is not null)
            facts.NextWindow.Should().Be(DateTimeOffset.Parse(next, System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("https://hooks.lan/x", false, EffectKind.Reversible, Hazard.Low, Hazard.None)]
    [InlineData("https://hooks.lan/x", true, EffectKind.Destructive, Hazard.Low, Hazard.None)]
    [InlineData("https://hooks.org/x", false, EffectKind.Disruptive, Hazard.Medium, Hazard.Medium)]
    [InlineData("hooks.lan", false, EffectKind.Disruptive, Hazard.Medium, Hazard.Medium)]
    public async Task Request_ToAHostThatWasAgreed_IsMilder(string address, bool gone, EffectKind effect, Hazard data, Hazard availability)
    {
        _world.Prefer("""{ "httpHosts": ["other.example", "*.lan"] }""");
        var facts = (await FactsAsync(_world.Request(_world.Send, gone ? new { name = address, gone } : (object)new { name = address }))).Candidates[0];
        (facts.Effect, facts.DataRisk, facts.AvailabilityRisk).Should().Be((effect, data, availability));
    }

    [Fact]
    public async Task Target_WithTheNameOfAnAgreedHost_IsNoRequest()
    {
        _world.Prefer("""{ "httpHosts": ["*.lan"] }""");
        (await FactsAsync(_world.Request(_world.Restart, new { name = "https://hooks.lan/x" }))).Candidates[0].Effect.Should().Be(EffectKind.Disruptive);
    }

    [Theory]
    [InlineData(1, null, "anna", 1.0)]
    [InlineData(0, null, null, 0.95)]
    [InlineData(1, 0.5, "anna", 0.5)]
    public async Task Plan_WhatIsKnownOfIt_IsInTheFacts(long person, double? certainty, string? by, double prediction)
    {
        var plan = await _world.PlanAsync(
            [(_world.Restart, "s", PlanRole.Snapshot), (_world.Restart, "a", PlanRole.Action)],
            row => row with { RequestedBy = "anna", RequestedByPerson = person, Certainty = certainty, CanWait = person, PriorSuccesses = 4, PriorFailures = 2 });
        var facts = await FactsAsync(_world.Request(_world.Restart, new { name = "a" }) with { DefinitionId = plan.Id });
        facts.Incident.Should().BeEquivalentTo(new IncidentFacts { Type = "outage", Cause = "run1", RequestedBy = by });
        var candidate = facts.Candidates[0];
        (candidate.Target.Name, candidate.Prediction, candidate.CanWait, candidate.History, candidate.PlanHash).Should().Be(("a", prediction, person == 1, new HistoryFacts(4, 2), plan.Hash));
        candidate.Steps.Should().ContainSingle().Which.Target.Name.Should().Be("s", "the action is what the plan is told by");
    }

    [Fact]
    public async Task Dependencies_ByNameOrId_CountAlike()
    {
        _world.Prefer("""{ "dependencies": { "web": ["nas"], "db": ["nas"], "test:x/thing/deep": ["pve1"], "test:x/thing/nas": ["pve2"] } }""");
        await fixture.Database.WriteAsync(session => session.ExecuteAsync("INSERT INTO target_health (name, since, reported_by) VALUES ('pve1', 0, 'test')", null, default), default);
        var nas = (await FactsAsync(_world.Request(_world.Restart, new { name = "nas" }))).Candidates[0].Target;
        (nas.BlastRadius, nas.ParentDown, nas.Down, nas.Kind).Should().Be((2, null, false, "thing"));
        (await FactsAsync(_world.Request(_world.Restart, new { name = "deep" }))).Candidates[0].Target.ParentDown.Should().Be("pve1");
    }

    [Fact]
    public async Task Cooldown_UntilItsVeryEnd_IsInTheFacts()
    {
        await _world.ProveAsync(_world.Restart);
        _world.Prefer("""{ "autonomy": "aggressive", "cooldown": "10m" }""");
        var done = _world.Time.GetUtcNow();
        (await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }))).Done.Should().BeTrue();
        _world.Time.Advance(TimeSpan.FromMilliseconds(599_998));
        (await FactsAsync(_world.Request(_world.Restart, new { name = "web" }, run: "run2"))).Candidates[0].CooldownUntil.Should().Be(done.AddMinutes(10));
        _world.Time.Advance(TimeSpan.FromMilliseconds(1));
        (await FactsAsync(_world.Request(_world.Restart, new { name = "web" }, run: "run3"))).Candidates[0].CooldownUntil.Should().BeNull();
    }

    private async Task<FactsSnapshot> FactsAsync(GateRequest request)
    {
        _world.Time.Advance(TimeSpan.FromMilliseconds(1));
        await _world.Gate.AskAsync(request with { DryRun = true }, default);
        return GateJson.Read<FactsSnapshot>((await _world.Decisions.ListAsync(new(), default)).Where(one => one.RunId == request.RunId.Value && one.DryRun == 1).MaxBy(one => one.At)!.Facts);
    }
}
