using FluentAssertions;
using Homelab.Engine.Findings;
using Homelab.Engine.Logs;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Findings;

public sealed class SqliteFindingStoreTests(SqliteFixture fixture) : FindingStoreTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresFindingStoreTests(PostgresFixture fixture) : FindingStoreTests(fixture), IClassFixture<PostgresFixture>;

/// <summary>Findings, patterns and waiting lines, on both databases alike.</summary>
public abstract class FindingStoreTests(DatabaseFixture fixture)
{
    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 11, 19, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task Report_SameKeyTwice_IsOneFindingThatCounts()
    {
        var store = new FindingStore(fixture.Database, _time);
        var found = Found("twice") with { Occurrences = 3, Evidence = ["one"] };
        var (first, isNew) = await store.ReportAsync(found, default);
        isNew.Should().BeTrue();
        _time.Advance(TimeSpan.FromMinutes(5));
        var (second, again) = await store.ReportAsync(found with { Evidence = ["two"] }, default);
        again.Should().BeFalse();
        (second.Id, second.Occurrences).Should().Be((first.Id, 6));
        second.Evidence.Should().Equal("two", "one");
        second.FirstAt.Should().Be(first.FirstAt);
        await store.LinkIssueAsync(first.Id, "me/lab#1", null, default);
        await store.SetStateAsync(first.Id, "closed", default);
        (await store.ReportAsync(found, default)).Should().Match<(Finding Finding, bool IsNew)>(back => back.IsNew && back.Finding.Issue == null && back.Finding.State == "open");
    }

    [Fact]
    public async Task List_FiltersOfAQuestion_AreApplied()
    {
        var store = new FindingStore(fixture.Database, _time);
        await store.ReportAsync(Found("pg") with { Title = "Deadlock (postgres)", Service = "postgres-a" }, default);
        await store.ReportAsync(Found("web") with { Title = "Upstream (nginx)", Service = "nginx-a" }, default);
        await store.ReportAsync(Found("hint") with { Title = "postgres says hello", Severity = "info", Level = 6 }, default);
        var filter = new FindingFilter { Level = 3, Since = _time.GetUtcNow().AddHours(-1), Words = [["postgres", "mysql"]] };
        (await store.ListAsync(filter, 0, 10, default)).Rows.Select(row => row.Title).Should().Equal("Deadlock (postgres)");
        (await store.ListAsync(filter with { Since = _time.GetUtcNow().AddHours(1) }, 0, 10, default)).Total.Should().Be(0);
        (await store.ListAsync(new FindingFilter { Words = [["100%"]] }, 0, 10, default)).Total.Should().Be(0, "a sign in a word stands for itself");
    }

    [Fact]
    public async Task Prune_Old_IsClosedThenRemoved()
    {
        var store = new FindingStore(fixture.Database, _time);
        var (finding, _) = await store.ReportAsync(Found("old"), default);
        _time.Advance(TimeSpan.FromDays(8));
        await store.PruneAsync(_time.GetUtcNow().AddDays(-7), _time.GetUtcNow().AddDays(-90), default);
        (await store.FindAsync(finding.Id, default))!.State.Should().Be("closed");
        _time.Advance(TimeSpan.FromDays(90));
        await store.PruneAsync(_time.GetUtcNow().AddDays(-7), _time.GetUtcNow().AddDays(-90), default);
        (await store.FindAsync(finding.Id, default)).Should().BeNull();
    }

    [Fact]
    public async Task Patterns_SavedTwice_AreCountedByWindow()
    {
        var store = new PatternStore(fixture.Database);
        var row = new PatternRow { Id = PatternStore.IdOf("s", "web", "up <*>"), Source = "s", Service = "web", Template = "up <*>", Level = 6, Example = "up 1", FirstAt = 1, LastAt = 1, Total = 2 };
        var source = new LogSourceRow { Name = "s", Position = "1", FirstAt = 1, ReadAt = 1, Lines = 2 };
        await store.SaveAsync(source, [row], new Dictionary<string, long> { [row.Id] = 2 }, 1000, default);
        row.Total = 5;
        await store.SaveAsync(source, [row], new Dictionary<string, long> { [row.Id] = 3 }, 1000, default);
        await store.SaveAsync(source, [row], new Dictionary<string, long> { [row.Id] = 4 }, 1001, default);
        (await store.PatternsAsync("s", default))[row.Id].Total.Should().Be(5);
        (await store.PastAsync("s", 1002, default))[row.Id].Should().BeEquivalentTo(new { Windows = 2L, Sum = 9L, Peak = 5L });
        (await store.PastAsync("s", 1000, default)).Should().BeEmpty("the window that is looked at is not its own past");
    }

    [Fact]
    public async Task Prune_OldPatternsAndWindows_AreRemovedAndTheOthersStay()
    {
        var store = new PatternStore(fixture.Database);
        var now = _time.GetUtcNow();
        var (gone, kept) = (Pattern("gone", now.AddDays(-91)), Pattern("kept", now.AddDays(-1)));
        var source = new LogSourceRow { Name = "prune", Position = "1", FirstAt = 1, ReadAt = 1, Lines = 2 };
        await store.SaveAsync(source, [gone, kept], new Dictionary<string, long> { [gone.Id] = 1, [kept.Id] = 1 }, 1000, default);
        await store.SaveAsync(source, [kept], new Dictionary<string, long> { [kept.Id] = 1 }, 1100, default);
        await store.PruneAsync(now.AddDays(-90), 1050, default);
        (await store.PatternsAsync("prune", default)).Keys.Should().Equal(kept.Id);
        (await store.PastAsync("prune", 1101, default))[kept.Id].Windows.Should().Be(1);

        static PatternRow Pattern(string text, DateTimeOffset last) => new()
        {
            Id = PatternStore.IdOf("prune", "web", text), Source = "prune", Service = "web", Template = text, Level = 6, Example = text, FirstAt = 1, LastAt = last.ToUnixTimeMilliseconds(), Total = 1,
        };
    }

    [Fact]
    public async Task Syslog_TakenTwice_IsReadOnce()
    {
        var store = new SyslogStore(fixture.Database, TimeProvider.System);
        await store.AddAsync([new SyslogMessage(_time.GetUtcNow(), "nas", "sshd", 3, "one"), new SyslogMessage(_time.GetUtcNow(), "nas", "sshd", 6, "two")], default);
        var (entries, position) = await store.TakeAsync("", 10, default);
        entries.Select(entry => (entry.Service, entry.Level)).Should().Equal(("nas/sshd", 3), ("nas/sshd", 6));
        (await store.TakeAsync("", 10, default)).Entries.Should().HaveCount(2, "a look that was not stored is made again");
        (await store.TakeAsync(position, 10, default)).Entries.Should().BeEmpty();
        (await store.TrimAsync(default)).Should().Be(0);
    }

    private static NewFinding Found(string key) => new(key, "logs", "failure", "warning", 3, $"Title {key}", "text", "service", "source");
}
