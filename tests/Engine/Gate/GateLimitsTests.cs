using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Dispatch;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>What holds the gate back: the breaker, cooldowns, caps, dependencies, the level; on both databases.</summary>
public abstract class GateLimitsTests(DatabaseFixture fixture) : GateTestBase(fixture)
{
    [Fact]
    public async Task Breaker_ThreeFailedSteps_PausesActingAloneUntilAPersonResets()
    {
        World.Restart.Failure = new ActivityException("no", retryable: true);
        for (var step = 1; step <= 2; step++)
        {
            await World.PerformAsync(World.Request(World.Restart, new { name = $"n{step}" }, step: $"s{step}", cause: $"c{step}"));
            await World.PerformAsync(World.Request(World.Restart, new { name = $"n{step}" }, step: $"s{step}", attempt: 2, cause: $"c{step}"));
        }

        (await World.Controls.ReadAsync(default)).Breaker.Should().BeNull("attempts of one step are one failure");
        World.Time.Advance(TimeSpan.FromSeconds(1));
        await World.PerformAsync(World.Request(World.Restart, new { name = "n3" }, step: "s3", cause: "c3"));
        (await World.Controls.ReadAsync(default)).Breaker!.Value.Should().Be("3");
        (await new Homelab.Engine.Controls.ControlStore(World.Database, World.Time).ReadAsync(default)).Breaker.Should().NotBeNull("it survives a restart");

        World.Restart.Failure = null;
        (await World.PerformAsync(World.Request(World.Restart, new { name = "n4" }, step: "s4", cause: "c4"))).Answer.Should().BeOfType<GateAnswer.Held>();
        await World.Controls.ResumeAsync("anna", "", default);
        (await World.Controls.ReadAsync(default)).Breaker.Should().NotBeNull("resuming is not resetting");
        await World.Controls.ResetBreakerAsync("anna", "seen", default);
        (await World.PerformAsync(World.Request(World.Restart, new { name = "n5" }, step: "s5", cause: "c5"))).Done.Should().BeTrue();
    }

    [Fact]
    public async Task Breaker_SuccessBetween_StartsCountingAnew()
    {
        for (var step = 1; step <= 6; step++)
        {
            World.Restart.Failure = step == 3 ? null : new ActivityException("no", retryable: false);
            World.Time.Advance(TimeSpan.FromSeconds(1));
            await World.PerformAsync(World.Request(World.Restart, new { name = $"n{step}" }, step: $"s{step}", cause: $"c{step}"));
            ((await World.Controls.ReadAsync(default)).Breaker is not null).Should().Be(step == 6);
        }
    }

    [Fact]
    public async Task Cooldown_SameActionAndTarget_WaitsOthersDoNot()
    {
        World.Prefer("""{ "autonomy": "aggressive", "cooldown": "10m", "actionsPerCause": 100, "actionsPerTarget": 100 }""");
        (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }))).Done.Should().BeTrue();
        (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }, attempt: 2))).Done.Should().BeTrue("another attempt of the step is no other action");
        (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }, run: "run2"))).Answer.Should().BeOfType<GateAnswer.Refused>();
        (await World.PerformAsync(World.Request(World.Restart, new { name = "db" }, run: "run2"))).Done.Should().BeTrue();
        World.Time.Advance(TimeSpan.FromMinutes(10));
        (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }, run: "run3"))).Done.Should().BeTrue();
    }

    [Fact]
    public async Task Cooldown_AllowedAndNotYetBegun_CountsAlready()
    {
        World.Prefer("""{ "autonomy": "aggressive", "cooldown": "10m" }""");
        await World.Gate.AskAsync(World.Request(World.Restart, new { name = "web" }), default);
        (await World.Gate.AskAsync(World.Request(World.Restart, new { name = "web" }, run: "run2"), default)).Should().BeOfType<GateAnswer.Refused>();
    }

    [Theory]
    [InlineData("""{ "autonomy": "aggressive", "cooldown": "0s", "actionsPerDay": 2 }""")]
    [InlineData("""{ "autonomy": "aggressive", "cooldown": "0s", "actionsPerTarget": 2 }""")]
    [InlineData("""{ "autonomy": "aggressive", "cooldown": "0s", "actionsPerCause": 2 }""")]
    [InlineData("""{ "autonomy": "aggressive", "cooldown": "0s", "services": { "web": { "actionsPerDay": 2 } } }""")]
    public async Task Caps_Reached_AskUntilMidnight(string preferences)
    {
        World.Prefer(preferences);
        for (var i = 0; i < 2; i++)
            (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }, step: $"s{i}"))).Done.Should().BeTrue();
        (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }, step: "s3"))).Answer.Should().BeOfType<GateAnswer.Held>();
        World.Time.Advance(TimeSpan.FromHours(21));
        (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }, step: "s4"))).Done.Should().BeTrue("a new day began");
    }

    [Fact]
    public async Task Dependency_ParentIsDown_ChildrenAreLeftAlone()
    {
        World.Prefer("""{ "autonomy": "aggressive", "cooldown": "0s", "dependencies": { "web": ["guest1"], "guest1": ["pve1"] } }""");
        await World.Database.WriteAsync(session => session.ExecuteAsync("INSERT INTO target_health (name, since, reported_by) VALUES ('pve1', 0, 'test')", null, default), default);
        var refused = (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }))).Answer.Should().BeOfType<GateAnswer.Refused>().Subject;
        refused.Reason.Should().Contain("pve1, which it depends on, is down");
        (await World.PerformAsync(World.Request(World.Restart, new { name = "other" }))).Done.Should().BeTrue();
    }

    [Fact]
    public async Task Dependency_FoundInComposeOrEnvironment_CountsForTheReachOnly()
    {
        World.Prefer("""{ "autonomy": "aggressive", "cooldown": "0s", "dependencies": { "app": ["db"] } }""");
        await World.Database.WriteAsync(
            session => session.ExecuteAsync(
                """
                INSERT INTO inventory_edges (from_id, to_id, why, source) VALUES ('docker:x/container/web', 'docker:x/container/app', 'compose', 'test'),
                  ('docker:x/container/job', 'docker:x/container/web', 'environment', 'test'), ('systemd:x/service/often.service', 'docker:x/container/db', 'connection', 'test');
                INSERT INTO target_health (name, since, reported_by) VALUES ('app', 0, 'test')
                """,
                null, default),
            default);
        await World.PerformAsync(World.Request(World.Restart, new { name = "db" }, run: "reach"));
        var facts = await World.Database.ReadAsync(session => session.ScalarAsync<string>("SELECT facts FROM decisions WHERE run_id = 'reach'", null, default), default);
        ((int)JsonNode.Parse(facts!)!["candidates"]![0]!["target"]!["blastRadius"]!).Should().Be(3, "app, web and job hang on it; what is connected just now may not");
        (await World.PerformAsync(World.Request(World.Restart, new { name = "web" }, step: "s2"))).Answer.Should().NotBeOfType<GateAnswer.Refused>("what was found leaves nothing alone");
        await World.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM inventory_edges", null, default), default);
    }

    [Fact]
    public async Task Level_SetOnAnyNode_HoldsOnAllAtOnce()
    {
        using var other = new GateWorld(World.Database, World.Time, World);
        World.Policy("\"disruptive\": 0.90", "\"disruptive\": 0.80");
        await other.Settings.ReloadAsync(default);
        (await other.PerformAsync(World.Request(World.Restart, new { name = "a" }))).Done.Should().BeTrue();
        await World.Controls.SetAutonomyAsync(Homelab.Rules.Decisions.AutonomyLevel.Conservative, "anna", "away", default);
        (await other.PerformAsync(World.Request(World.Restart, new { name = "b" }, step: "s2"))).Answer.Should().BeOfType<GateAnswer.Held>();
        await World.Controls.SetAutonomyAsync(null, "anna", "back", default);
        (await other.PerformAsync(World.Request(World.Restart, new { name = "c" }, step: "s3"))).Done.Should().BeTrue();
    }
}

public sealed class SqliteGateLimitsTests(SqliteFixture fixture) : GateLimitsTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresGateLimitsTests(PostgresFixture fixture) : GateLimitsTests(fixture), IClassFixture<PostgresFixture>;
