using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Xunit;

namespace Homelab.Tests.Storage;

public sealed class SqliteRunStoreTests(SqliteFixture fixture) : RunStoreTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresRunStoreTests(PostgresFixture fixture) : RunStoreTests(fixture), IClassFixture<PostgresFixture>;

/// <summary>What the dispatcher relies on, of both stores alike.</summary>
public abstract class RunStoreTests(DatabaseFixture fixture) : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);
    private static int _next;
    private readonly RunStore _store = new(fixture.Database);
    private readonly string _node = $"node-{Interlocked.Increment(ref _next)}";

    public Task InitializeAsync() => _store.RegisterAsync(_node, Now, default);

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Accept_SameKeyTwice_StoresOnce()
    {
        var key = $"key-{Id()}";
        var row = Row(InboxKind.Start, Run(), _node);
        (await _store.AcceptAsync([row], key, default)).Should().BeTrue();
        (await _store.AcceptAsync([Row(InboxKind.Start, Run(), _node)], key, default)).Should().BeFalse();
        (await _store.AcceptedAsync(key, default)).Should().Be(row.RunId);
    }

    [Fact]
    public async Task Accept_ManyAtOnceAndOneInvalid_OnlyThatOneFails()
    {
        var rows = Enumerable.Range(0, 50).Select(_ => Row(InboxKind.Start, Run(), _node)).ToList();
        var good = rows.Select(row => _store.AcceptAsync([row], null, default)).ToList();
        var bad = _store.Awaiting(store => store.AcceptAsync([rows[0]], null, default));
        await bad.Should().ThrowAsync<Exception>("its id is taken");
        (await Task.WhenAll(good)).Should().OnlyContain(accepted => accepted);
    }

    [Fact]
    public async Task Commit_NewRun_StoresEverythingAndConsumesTheRow()
    {
        var (commit, row) = await AcceptedAsync();
        commit = commit with { Journal = [Entry(1), Entry(2)], JournalCount = 2, AddedBookmarks = [Bookmark("b1", "HASH")], Release = true };
        (await _store.CommitAsync(commit, default)).Should().Be(CommitResult.Committed);
        (await _store.FindAsync(commit.Run.Id, default)).Should().BeEquivalentTo(commit.Run);
        (await _store.JournalAsync(commit.Run.Id, 0, 10, default)).Items.Select(entry => entry.Sequence).Should().Equal(1, 2);
        (await _store.JournalAsync(commit.Run.Id, 1, 10, default)).Items.Select(entry => entry.Sequence).Should().Equal(2);
        (await _store.BookmarksAsync(commit.Run.Id, null, "HASH", default)).Should().ContainSingle(bookmark => bookmark.Id == "b1");
        (await _store.StateAsync(commit.Run.Id, default)).Should().Equal(1, 2, 3);
        (await _store.DropAsync(row.Id, _node, default)).Should().BeFalse("the row is consumed");
    }

    [Fact]
    public async Task Commit_NewRunTwice_IsFencedTheSecondTime()
    {
        var (commit, _) = await AcceptedAsync();
        await _store.CommitAsync(commit, default);
        (await _store.CommitAsync(commit, default)).Should().Be(CommitResult.Fenced);
    }

    [Fact]
    public async Task Commit_ByAnEvictedNode_IsFencedAndChangesNothing()
    {
        var (commit, _) = await AcceptedAsync();
        await _store.CommitAsync(commit, default);
        (await _store.EvictAsync(_node, null, crashed: true, default)).Should().BeTrue();
        var late = commit with { IsNew = false, Commits = 1, Consumed = [], State = [9], JournalCount = 1, Journal = [Entry(1)], Run = commit.Run with { Name = "late" } };
        (await _store.CommitAsync(late, default)).Should().Be(CommitResult.Fenced);
        (await _store.StateAsync(commit.Run.Id, default)).Should().Equal(1, 2, 3);
        (await _store.AcquireAsync(commit.Run.Id, _node, default)).Should().BeOfType<Acquired.Busy>("a node that was evicted may not take runs");
        (await _store.BeatAsync(_node, default)).Should().BeFalse();
    }

    [Fact]
    public async Task Commit_WithAnOldFence_IsFenced()
    {
        var (commit, _) = await AcceptedAsync();
        await _store.CommitAsync(commit, default);
        var taken = (Acquired.Taken)await _store.AcquireAsync(commit.Run.Id, _node, default);
        taken.Fence.Should().Be(2);
        (await _store.CommitAsync(commit with { IsNew = false, Commits = 1, Consumed = [] }, default)).Should().Be(CommitResult.Fenced);
        (await _store.CommitAsync(commit with { IsNew = false, Commits = 1, Consumed = [], Fence = 2 }, default)).Should().Be(CommitResult.Committed);
    }

    [Fact]
    public async Task Commit_ManyAtOnceAndOneFenced_OnlyThatOneFails()
    {
        var commits = new List<RunCommit>();
        for (var index = 0; index < 20; index++)
            commits.Add((await AcceptedAsync()).Commit);
        await _store.CommitAsync(commits[7], default);
        var results = await Task.WhenAll(commits.Select(commit => _store.CommitAsync(commit, default)));
        results.Select((result, index) => (result, index)).Where(pair => pair.result == CommitResult.Fenced).Select(pair => pair.index).Should().Equal(7);
    }

    [Fact]
    public async Task Commit_AuthorizationChangesNoRow_StoresNothing()
    {
        var (commit, _) = await AcceptedAsync();
        await _store.CommitAsync(commit, default);
        var intent = commit with
        {
            IsNew = false, Commits = 1, Consumed = [], State = null,
            Authorization = new("UPDATE accepted SET run_id = run_id WHERE key = $1", "no such authorization"),
            Steps = [new(commit.Run.Id, "s", 1, StepState.Intent, true, "k", "a", [1], Now)],
        };
        (await _store.CommitAsync(intent, default)).Should().Be(CommitResult.AuthorizationSpent);
        (await _store.StepsAsync(commit.Run.Id, default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Commit_StateAgainstTheRules_IsRefusedByTheDatabase()
    {
        var (commit, _) = await AcceptedAsync();
        await _store.Awaiting(store => store.CommitAsync(commit with { Run = commit.Run with { Status = RunStatus.Finished, SubStatus = RunSubStatus.Finished, FinishedAt = null } }, default))
            .Should().ThrowAsync<Exception>().Where(exception => exception.GetType() != typeof(StoreUnavailableException));
        (await _store.FindAsync(commit.Run.Id, default)).Should().BeNull();
        (await _store.CommitAsync(commit, default)).Should().Be(CommitResult.Committed, "nothing of the refused one was stored");
    }

    [Fact]
    public async Task Claim_DueRows_AreClaimedOnceAndInOrder()
    {
        var owned = (await AcceptedAsync()).Commit;
        await _store.CommitAsync(owned with { Release = true }, default);
        var at = Now.AddYears(-10);
        var rows = Enumerable.Range(0, 5).Select(index => Row(InboxKind.Event, owned.Run.Id, null) with { DueAt = at.AddSeconds(index) }).ToList();
        await _store.AcceptAsync(rows, null, default);
        var claims = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _store.ClaimAsync(_node, at.AddSeconds(3), 100, default)));
        claims.SelectMany(claim => claim.Rows).Select(row => row.Id).Should().BeEquivalentTo(rows.Take(4).Select(row => row.Id));
        claims.Single(claim => claim.Rows.Count > 0).Rows.Select(row => row.Id).Should().Equal(rows.Take(4).Select(row => row.Id));
        claims.Min(claim => claim.NextDue).Should().Be(at.AddSeconds(4));
        (await _store.ClaimAsync(_node, at.AddSeconds(4), 100, default)).Rows.Should().ContainSingle();
    }

    [Fact]
    public async Task Claim_RowOfARunThatAnotherNodeOwns_IsLeftToIt()
    {
        var (commit, _) = await AcceptedAsync();
        await _store.CommitAsync(commit, default);
        var at = Now.AddYears(-20);
        await _store.AcceptAsync([Row(InboxKind.Event, commit.Run.Id, null) with { DueAt = at }], null, default);
        var other = _node + "-other";
        await _store.RegisterAsync(other, Now, default);
        (await _store.ClaimAsync(other, at, 100, default)).Rows.Should().BeEmpty();
        (await _store.AcquireAsync(commit.Run.Id, other, default)).Should().BeOfType<Acquired.Busy>();
        (await _store.ClaimAsync(_node, at, 100, default)).Rows.Should().ContainSingle();
    }

    [Fact]
    public async Task Evict_NodeBeatSince_DoesNothing()
    {
        var beat = (await _store.NodesAsync(default))[_node];
        await _store.BeatAsync(_node, default);
        (await _store.EvictAsync(_node, beat, crashed: true, default)).Should().BeFalse();
        (await _store.EvictAsync(_node, beat + 1, crashed: true, default)).Should().BeTrue();
    }

    [Fact]
    public async Task List_FilterOrderPage_AnswersWhatFits()
    {
        var definition = $"definition-{Id()}";
        for (var index = 0; index < 12; index++)
        {
            var (commit, _) = await AcceptedAsync();
            await _store.CommitAsync(
                commit with
                {
                    Run = commit.Run with
                    {
                        DefinitionId = definition, Name = $"Backup {index}%", CorrelationId = index % 2 == 0 ? "even" : null, IncidentCount = index % 3, CreatedAt = Now.AddMinutes(index),
                        SubStatus = index < 4 ? RunSubStatus.Suspended : RunSubStatus.Executing,
                    },
                },
                default);
        }

        var all = new RunFilter { DefinitionIds = [definition] };
        var page = await _store.ListAsync(all, RunOrder.Created, descending: true, 2, 3, default);
        page.Total.Should().Be(12);
        page.Items.Select(run => run.Name).Should().Equal("Backup 9%", "Backup 8%", "Backup 7%");
        (await _store.ListAsync(all with { CorrelationIds = ["even"] }, RunOrder.Name, false, 0, 100, default)).Total.Should().Be(6);
        (await _store.ListAsync(all with { SubStatuses = [RunSubStatus.Suspended] }, RunOrder.Updated, false, 0, 100, default)).Total.Should().Be(4);
        (await _store.ListAsync(all with { HasIncidents = false }, RunOrder.Finished, false, 0, 100, default)).Total.Should().Be(4);
        (await _store.ListAsync(all with { Search = "backup 1" }, RunOrder.Created, false, 0, 100, default)).Total.Should().Be(3);
        (await _store.ListAsync(all with { Search = "10%" }, RunOrder.Created, false, 0, 100, default)).Total.Should().Be(1);
        (await _store.ListAsync(all with { Times = [new(RunTime.Created, Comparison.NotBefore, Now.AddMinutes(10))] }, RunOrder.Created, false, 0, 100, default)).Total.Should().Be(2);
        (await _store.ListAsync(all with { Search = "'; DROP TABLE runs; --" }, RunOrder.Created, false, 0, 100, default)).Total.Should().Be(0);
    }

    [Fact]
    public async Task Prune_OldRuns_KeepsTheNewestAndWhatIsNotFinished()
    {
        var definition = $"definition-{Id()}";
        var long_ago = Now.AddYears(-30);
        for (var index = 0; index < 10; index++)
        {
            var (commit, _) = await AcceptedAsync();
            var finished = index != 0;
            await _store.CommitAsync(
                commit with
                {
                    Journal = [Entry(1)], JournalCount = 1, Release = true,
                    Run = commit.Run with
                    {
                        DefinitionId = definition, CreatedAt = long_ago.AddMinutes(index), FinishedAt = finished ? long_ago.AddMinutes(index) : null,
                        Status = finished ? RunStatus.Finished : RunStatus.Running, SubStatus = finished ? RunSubStatus.Finished : RunSubStatus.Suspended,
                    },
                },
                default);
        }

        var total = 0;
        while (await _store.PruneAsync(long_ago.AddHours(1), keep: 3, batch: 2, new PruneScope.AllBut([]), default) is > 0 and var pruned)
            total += pruned;
        total.Should().Be(6);
        var left = await _store.ListAsync(new() { DefinitionIds = [definition] }, RunOrder.Created, false, 0, 100, default);
        left.Items.Select(run => run.CreatedAt).Should().Equal(long_ago, long_ago.AddMinutes(7), long_ago.AddMinutes(8), long_ago.AddMinutes(9));
    }

    [Fact]
    public async Task Delete_RunThatIsNotFinished_IsLeft()
    {
        var (commit, _) = await AcceptedAsync();
        await _store.CommitAsync(commit, default);
        (await _store.DeleteAsync([commit.Run.Id], default)).Should().Be(0);
        (await _store.FindAsync(commit.Run.Id, default)).Should().NotBeNull();
    }

    private static string Id() => $"{Interlocked.Increment(ref _next)}-{RunId.New(Now).Value}";

    private static RunId Run() => RunId.New(Now);

    private static InboxRow Row(InboxKind kind, RunId run, string? owner) =>
        new() { Id = Id(), Kind = kind, RunId = run, Payload = [1], ReceivedAt = Now, DueAt = Now, Owner = owner };

    private static JournalEntry Entry(long sequence) => new()
    {
        Sequence = sequence, Timestamp = Now, ActivityInstanceId = "i", ActivityId = "a", ActivityNodeId = "n", ActivityType = "T", EventName = "Completed",
    };

    private static Bookmark Bookmark(string id, string hash) => new()
    {
        Id = id, Name = "Elsa.Event", Hash = hash, ActivityId = "a", ActivityNodeId = "n", ActivityInstanceId = "i", CreatedAt = Now,
    };

    private async Task<(RunCommit Commit, InboxRow Row)> AcceptedAsync()
    {
        var row = Row(InboxKind.Start, Run(), _node);
        await _store.AcceptAsync([row], null, default);
        var run = new RunSummary
        {
            Id = row.RunId!.Value, DefinitionId = "d", DefinitionVersionId = "v", Version = 1, Status = RunStatus.Running, SubStatus = RunSubStatus.Executing, CreatedAt = Now, UpdatedAt = Now,
        };
        return (new() { Owner = _node, Run = run, State = [1, 2, 3], IsNew = true, Fence = 1, Commits = 0, JournalCount = 0, Consumed = [row.Id], Release = false }, row);
    }
}
