using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Dispatch;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>Whatever is missing, broken or strange: nothing is executed and a person is told.</summary>
public sealed class FailsClosedTests(SqliteFixture fixture) : IClassFixture<SqliteFixture>, IAsyncLifetime
{
    private GateWorld _world = new(fixture.Database);

    public async Task InitializeAsync()
    {
        await GateTables.EmptyAsync(fixture.Database);
        await _world.ProveAsync(_world.Restart);
    }

    public Task DisposeAsync()
    {
        _world.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("none")]
    [InlineData("empty")]
    [InlineData("broken")]
    public async Task Rules_MissingOrUnreadable_RefuseAndTell(string state)
    {
        if (state == "none")
            Directory.Delete(_world.RulesDirectory, recursive: true);
        else
            File.WriteAllText(Path.Combine(_world.RulesDirectory, "policy.json"), state == "empty" ? "{}" : "{ \"confidence\": ");
        using var fresh = new GateWorld(fixture.Database, _world.Time, _world);
        await RefusedAsync(fresh, fresh.Request(_world.Restart, new { name = "web" }), "no usable rules");
    }

    [Fact]
    public async Task Rules_BrokenByAnEdit_TheOnesBeforeStayAndTheMistakeIsNamed()
    {
        File.AppendAllText(Path.Combine(_world.RulesDirectory, "risk.json"), "oops");
        await _world.Settings.ReloadAsync(default);
        _world.Settings.Problems.Should().ContainSingle().Which.File.Should().Be("risk.json");
        (await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }))).Done.Should().BeTrue();
        File.WriteAllText(Path.Combine(_world.RulesDirectory, "risk.json"), "[]");
        await _world.Settings.ReloadAsync(default);
        _world.Settings.Problems.Should().BeEmpty();
        _world.Settings.Policy!.Rules.Should().BeEmpty();
    }

    [Fact]
    public async Task Preferences_UnreadableFromTheStart_RefuseAndTell()
    {
        File.WriteAllText(_world.PreferencesFile, "{ \"timeZone\": \"Nowhere/Land\" }");
        using var fresh = new GateWorld(fixture.Database, _world.Time, _world);
        await RefusedAsync(fresh, fresh.Request(_world.Restart, new { name = "web" }), "preferences");
    }

    [Fact]
    public async Task Target_Unknown_RefusesAndTells() =>
        await RefusedAsync(_world, _world.Request(_world.Restart, new { other = 1 }), "target is not known");

    [Theory]
    [InlineData(31)]
    [InlineData(-31)]
    [InlineData(86_400)]
    public async Task Clock_Jumped_RefusesUntilAPersonAccepts(int seconds)
    {
        _world.Time.Jump(TimeSpan.FromSeconds(seconds));
        await RefusedAsync(_world, _world.Request(_world.Restart, new { name = "web" }), "the clock jumped by");
        await RefusedAsync(_world, _world.Request(_world.Restart, new { name = "web" }), "the clock jumped by");
        _world.Time.Advance(TimeSpan.FromMinutes(1));
        _world.Clock.Accept();
        (await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }))).Done.Should().BeTrue();
    }

    [Fact]
    public async Task Clock_SmallCorrections_AreNoJump()
    {
        for (var i = 0; i < 20; i++)
        {
            _world.Time.Jump(TimeSpan.FromSeconds(20));
            _world.Time.Advance(TimeSpan.FromHours(1));
            _world.Clock.Jump().Should().BeNull();
        }
    }

    [Fact]
    public async Task Clock_WentBackWhileNobodyRan_IsNoticedAtTheStart()
    {
        await _world.PerformAsync(_world.Request(_world.Restart, new { name = "web" }));
        _world.Restart.Done.Clear();
        using var later = new GateWorld(fixture.Database, new ManualTimeProvider(_world.Time.GetUtcNow().AddHours(-2)), _world);
        await RefusedAsync(later, later.Request(_world.Restart, new { name = "db" }, step: "s2"), "the clock jumped by");
    }

    [Fact]
    public async Task Snapshot_Failing_RefusesAndTells()
    {
        await fixture.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE target_health RENAME TO target_health_gone", null, default), default);
        try
        {
            await RefusedAsync(_world, _world.Request(_world.Restart, new { name = "web" }), "the decision could not be made");
        }
        finally
        {
            await fixture.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE target_health_gone RENAME TO target_health", null, default), default);
        }
    }

    [Fact]
    public async Task Database_Lost_RefusesAndTells()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("homelab-lost-").FullName, "x.db");
        await using var database = Homelab.Engine.Storage.Database.Sqlite(path);
        using var lost = new GateWorld(database, _world.Time, _world);
        await RefusedAsync(lost, lost.Request(_world.Restart, new { name = "web" }), "the decision could not be made");
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public async Task Database_LostBetweenIntentAndStep_TheDoorStaysShut()
    {
        var request = _world.Request(_world.Restart, new { name = "web" });
        await _world.ConsumeAsync(((GateAnswer.Allowed)await _world.Gate.AskAsync(request, default)).Use!);
        await fixture.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE controls RENAME TO controls_gone", null, default), default);
        try
        {
            var enter = () => _world.EnterAsync(request);
            await enter.Should().ThrowAsync<System.Data.Common.DbException>();
            _world.Restart.Done.Should().BeEmpty();
        }
        finally
        {
            await fixture.Database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE controls_gone RENAME TO controls", null, default), default);
        }
    }

    [Fact]
    public async Task Approval_NotArrived_RefusesAndTells()
    {
        var request = _world.Request(_world.Wipe, new { name = "web" });
        await _world.Gate.AskAsync(request, default);
        _world.Time.Advance(TimeSpan.FromMinutes(5));
        await _world.Desk.SweepAsync(default);
        _world.Channel.Answered.Should().ContainSingle().Which.State.Should().Be("timedOut");
        (await _world.PerformAsync(request)).Done.Should().BeFalse();
        _world.Wipe.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Channel_Broken_TheNoticeIsStoredAllTheSame()
    {
        _world.Channel.Broken = true;
        (await _world.Gate.AskAsync(_world.Request(_world.Restart, new { other = 1 }), default)).Should().BeOfType<GateAnswer.Refused>();
        (await _world.CountAsync("SELECT COUNT(*) FROM notices WHERE kind = 'refused'")).Should().Be(1);
    }

    [Fact]
    public async Task Catalogue_DoesNotKnowTheActivity_ItsDescriptorCounts()
    {
        var stranger = new CountingActivity("test.stranger", Effect.Destructive, RiskLevel.High, undo: false);
        (await _world.Gate.AskAsync(_world.Request(stranger, new { name = "web", look = true }), default)).Should().NotBeOfType<GateAnswer.Allowed>();
    }

    private async Task RefusedAsync(GateWorld world, GateRequest request, string why)
    {
        var told = world.Channel.Told.Count;
        var (answer, done) = await world.PerformAsync(request);
        answer.Should().BeOfType<GateAnswer.Refused>().Which.Reason.Should().Contain(why);
        done.Should().BeFalse();
        try
        {
            (await world.EnterAsync(request)).Should().BeFalse();
        }
        catch (System.Data.Common.DbException)
        {
            // Without a database the door cannot even look, and stays shut.
        }

        _world.Restart.Done.Should().BeEmpty();
        world.Channel.Told.Skip(told).Should().Contain(notice => notice.Kind == "refused" && notice.Text.Contains(why));
    }
}
