using FluentAssertions;
using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>Which lists an entry of the trail makes old, on both databases.</summary>
public abstract class AuditFollowerTests(DatabaseFixture fixture) : GateTestBase(fixture)
{
    [Theory]
    [InlineData("asked", "approval audit decision")]
    [InlineData("approval.approved", "approval audit decision")]
    [InlineData("controls.stopped", "approval audit control")]
    [InlineData("change.succeeded", "audit change control decision")]
    [InlineData("undo", "audit change control decision")]
    [InlineData("decided", "audit decision")]
    [InlineData("authorized", "audit decision")]
    public async Task Version_AfterAnEvent_IsAnotherForTheListsThatShowIt(string name, string kinds)
    {
        using var follower = new AuditFollower(World.Database, World.Settings);
        var before = await VersionsAsync(follower);
        await AppendAsync(name);
        var after = await VersionsAsync(follower);
        Changed(before, after).Should().Be(kinds);
        (await VersionsAsync(follower)).Should().Equal(after, "nothing happened since");
    }

    [Fact]
    public async Task Version_WhatWasBeforeTheFirstLook_IsNoNews()
    {
        await AppendAsync("change.failed");
        using var follower = new AuditFollower(World.Database, World.Settings);
        var before = await VersionsAsync(follower);
        (await VersionsAsync(follower)).Should().Equal(before);
        before["audit"].Should().Be("0");
        await AppendAsync("asked");
        Changed(before, await VersionsAsync(follower)).Should().Be("approval audit decision", "the change was seen before");
    }

    [Fact]
    public async Task Version_SeveralEventsSinceTheLastLook_ChangesTheListsOfEach()
    {
        using var follower = new AuditFollower(World.Database, World.Settings);
        var before = await VersionsAsync(follower);
        await AppendAsync("undo");
        await AppendAsync("controls.paused");
        await AppendAsync("decided");
        Changed(before, await VersionsAsync(follower)).Should().Be("approval audit change control decision");
    }

    [Fact]
    public async Task Version_LooksAtOnce_AllSeeTheEvent()
    {
        using var follower = new AuditFollower(World.Database, World.Settings);
        var before = await VersionsAsync(follower);
        await AppendAsync("asked");
        var looks = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => follower.Probe("approval").Version(default)));
        looks.Distinct().Should().ContainSingle().Which.Should().NotBe(before["approval"]);
    }

    [Fact]
    public async Task Version_DownOrOtherFiles_ChangesTheControlsAlone()
    {
        using var follower = new AuditFollower(World.Database, World.Settings);
        var before = await VersionsAsync(follower);
        await NextAsync(() => World.Database.WriteAsync(session => session.ExecuteAsync("INSERT INTO target_health (name, since, reported_by) VALUES ('pve1', 0, 'test')", null, default), default));
        await NextAsync(() => World.Database.WriteAsync(session => session.ExecuteAsync("INSERT INTO target_health (name, since, reported_by) VALUES ('nas', 0, 'test')", null, default), default));
        before["control"].Should().Contain("nas,pve1");
        await NextAsync(() => Task.Run(() => World.Policy("\"risk\": \"low\", \"above\": 0.90", "\"risk\": \"low\", \"above\": 0.80")));
        await NextAsync(() => Task.Run(() => World.Prefer("""{ "autonomy": "moderate" }""")));
        await NextAsync(() => Task.Run(() => World.Prefer("""{ "autonomy": "reckless" }""")));
        var problems = World.Settings.Problems.Should().ContainSingle().Subject;
        before["control"].Should().EndWith($" {problems}");

        async Task NextAsync(Func<Task> happens)
        {
            await happens();
            var after = await VersionsAsync(follower);
            Changed(before, after).Should().Be("control");
            (await VersionsAsync(follower)).Should().Equal(after);
            before = after;
        }
    }

    [Fact]
    public async Task Version_WithoutAnyFiles_IsToldAllTheSame()
    {
        using var settings = new Homelab.Engine.Controls.LiveSettings("/none", "/none/preferences.json", Microsoft.Extensions.Logging.Abstractions.NullLogger<Homelab.Engine.Controls.LiveSettings>.Instance);
        using var follower = new AuditFollower(World.Database, settings);
        (await follower.Probe("control").Version(default)).Should().Be("0  0 0 ");
    }

    private static string Changed(Dictionary<string, string> before, Dictionary<string, string> after) => string.Join(' ', AuditFollower.Kinds.Where(kind => before[kind] != after[kind]));

    private static async Task<Dictionary<string, string>> VersionsAsync(AuditFollower follower)
    {
        Dictionary<string, string> versions = [];
        foreach (var probe in AuditFollower.Kinds.Select(follower.Probe))
            versions[probe.Kind] = await probe.Version(default);
        return versions;
    }

    private Task AppendAsync(string name) => World.Database.WriteAsync(session => AuditTrail.AppendAsync(session, World.Time.GetUtcNow(), "anna", name, "web", new { }, default), default);
}

public sealed class SqliteAuditFollowerTests(SqliteFixture fixture) : AuditFollowerTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresAuditFollowerTests(PostgresFixture fixture) : AuditFollowerTests(fixture), IClassFixture<PostgresFixture>;
