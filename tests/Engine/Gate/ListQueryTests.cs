using FluentAssertions;
using Homelab.Engine.Gate;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>What each condition finds among five rows, on both databases.</summary>
public abstract class ListQueryTests(DatabaseFixture fixture) : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 3, 4, 3, 0, 0, TimeSpan.Zero);

    public Task InitializeAsync() => fixture.Database.WriteAsync(
        async session =>
        {
            await session.ExecuteAsync("DROP TABLE IF EXISTS things; CREATE TABLE things (id TEXT PRIMARY KEY, name TEXT NOT NULL, place TEXT, at BIGINT NOT NULL)", null, default);
            Thing[] things =
            [
                new() { Id = "a", Name = "Web_1", Place = "cellar", At = At(0) },
                new() { Id = "b", Name = "webx1", Place = null, At = At(1) },
                new() { Id = "c", Name = "50% full", Place = "attic", At = At(2) },
                new() { Id = "d", Name = "500 full", Place = "Web_1", At = At(3) },
                new() { Id = "e", Name = @"back\slash", Place = null, At = At(4) },
            ];
            foreach (var thing in things)
                await session.ExecuteAsync(Sql.Insert<Thing>("things"), thing, default);
        },
        default);

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("webx1", "b")]
    [InlineData(" webx1 ", "b")]
    [InlineData("WEBX1", "")]
    [InlineData("webx", "")]
    [InlineData(" ", "edcba")]
    [InlineData(null, "edcba")]
    public Task Is_Value_FindsWhatIsExactlyThat(string? value, string found) => FindsAsync(new ListQuery().Is("name", value), found);

    [Theory]
    [InlineData("Web_1", "da")]
    [InlineData(" Web_1\t", "da")]
    [InlineData("cellar", "a")]
    [InlineData("", "edcba")]
    public Task IsEither_Value_LooksInBothColumns(string value, string found) => FindsAsync(new ListQuery().IsEither("name", "place", value), found);

    [Theory]
    [InlineData("c", "ba")]
    [InlineData(" c ", "ba")]
    [InlineData("a", "")]
    [InlineData(" ", "edcba")]
    public Task Before_Id_FindsOnlySmallerOnes(string value, string found) => FindsAsync(new ListQuery().Before("id", value), found);

    [Theory]
    [InlineData("web", "dba")]
    [InlineData(" WEB_ ", "da")]
    [InlineData("0%", "c")]
    [InlineData(@"K\S", "e")]
    [InlineData(@"\", "e")]
    [InlineData("CELL", "a")]
    [InlineData(" ", "edcba")]
    public Task Holds_Text_FindsPartsOfAnyColumnAndNoWildcards(string text, string found) => FindsAsync(new ListQuery().Holds(text, "name", "place"), found);

    [Fact]
    public async Task Among_Values_FindsEachOfThemAndEverythingWithoutAny()
    {
        await FindsAsync(new ListQuery().Among("name", ["Web_1", "webx1", "none"]), "ba");
        await FindsAsync(new ListQuery().Among("name", ["none"]), "");
        await FindsAsync(new ListQuery().Among("name", []), "edcba");
        await FindsAsync(new ListQuery().Among("name", null), "edcba");
    }

    [Theory]
    [InlineData(true, false, "eb")]
    [InlineData(false, true, "dca")]
    [InlineData(false, false, "edcba")]
    public Task Null_AndNotNull_CountOnlyWhereTheyAreWanted(bool without, bool with, string found) => FindsAsync(new ListQuery().Null("place", without).NotNull("place", with), found);

    [Fact]
    public async Task Within_Times_HoldsTheFirstAndNotTheLast()
    {
        await FindsAsync(new ListQuery().Within("at", Start.AddSeconds(1), Start.AddSeconds(3)), "cb");
        await FindsAsync(new ListQuery().Within("at", Start.AddSeconds(3), null), "ed");
        await FindsAsync(new ListQuery().Within("at", null, Start.AddSeconds(1)), "a");
        await FindsAsync(new ListQuery().Within("at", null, null), "edcba");
    }

    [Fact]
    public Task Conditions_Several_MustAllHold() =>
        FindsAsync(new ListQuery().Holds("full", "name").Is("place", "attic").Within("at", Start, Start.AddSeconds(3)).Before("id", "d").NotNull("place", true), "c");

    [Fact]
    public async Task Page_OfMore_HoldsItsRowsInOrderAndTheNumberOfAll()
    {
        var query = new ListQuery().NotNull("place", true);
        var second = await query.PageAsync<Thing>(fixture.Database, "things", "id", "id DESC", 1, 1, default);
        (second.Total, second.Rows.Should().ContainSingle().Subject).Should().Be((3, new Thing { Id = "c", Name = "50% full", Place = "attic", At = At(2) }));
        var ascending = await new ListQuery().PageAsync<Thing>(fixture.Database, "things", "id", "at", 3, 9, default);
        (string.Concat(ascending.Rows.Select(row => row.Id)), ascending.Total).Should().Be(("de", 5));
    }

    private static long At(int seconds) => Start.AddSeconds(seconds).ToUnixTimeMilliseconds();

    private async Task FindsAsync(ListQuery query, string ids)
    {
        var page = await query.PageAsync<Thing>(fixture.Database, "things", "id", "id DESC", 0, 10, default);
        string.Concat(page.Rows.Select(row => row.Id)).Should().Be(ids);
        page.Total.Should().Be(ids.Length);
    }

    internal sealed record Thing
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string? Place { get; init; }

        public long At { get; init; }
    }
}

public sealed class SqliteListQueryTests(SqliteFixture fixture) : ListQueryTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresListQueryTests(PostgresFixture fixture) : ListQueryTests(fixture), IClassFixture<PostgresFixture>;
