using FluentAssertions;
using Homelab.Engine.Gate;
using Homelab.Engine.Notifications;
using Homelab.Engine.Telegram;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Telegram;

/// <summary>What two nodes rely on, on both databases.</summary>
public abstract class TelegramStoreTests(DatabaseFixture fixture)
{
    [Fact]
    public async Task Lease_OneNodeHoldsItUntilItIsLetGoOrTheTimeIsOver()
    {
        var time = new ManualTimeProvider();
        var (bot, one, two) = ($"bot{TimeProvider.System.GetTimestamp()}", new TelegramInbox(fixture.Database, time), new TelegramInbox(fixture.Database, time));
        (await one.HoldAsync(bot, "a", default), await two.HoldAsync(bot, "b", default), await one.HoldAsync(bot, "a", default)).Should().Be((true, false, true));
        time.Advance(TelegramInbox.Lease + TimeSpan.FromSeconds(1));
        (await two.HoldAsync(bot, "b", default), await one.HoldAsync(bot, "a", default)).Should().Be((true, false));
        await two.LetGoAsync(bot, "b", default);
        (await one.HoldAsync(bot, "a", default)).Should().BeTrue();
    }

    [Fact]
    public async Task Updates_StoredTwice_AreThereOnceAndTheOffsetNeverGoesBack()
    {
        var inbox = new TelegramInbox(fixture.Database, TimeProvider.System);
        var bot = $"bot{TimeProvider.System.GetTimestamp()}";
        var first = TimeProvider.System.GetTimestamp();
        await inbox.StoreAsync(bot, [(first, "{}"), (first + 1, "{}")], default);
        await inbox.DoneAsync(first, default);
        await inbox.StoreAsync(bot, [(first, "{}")], default);
        (await inbox.OffsetAsync(bot, default)).Should().Be(first + 2);
        (await inbox.WaitingAsync(default)).Select(update => update.UpdateId).Should().Contain(first + 1).And.NotContain(first);
    }

    [Fact]
    public async Task Card_IsShownByOneAndAgainOnlyWhenItChanged()
    {
        var time = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        using var cards = new TelegramCards(fixture.Database, time);
        var subject = $"card{TimeProvider.System.GetTimestamp()}";
        await cards.PutAsync(subject, 1, CardContent.Of("one"), default);
        var claimed = await cards.ClaimAsync(subject, 1, default);
        claimed.Should().NotBeNull();
        (await cards.ClaimAsync(subject, 1, default)).Should().BeNull("another has it in hand");
        await cards.PutAsync(subject, 1, CardContent.Of("two"), default);
        await cards.ShownAsync(claimed!, 77, null, default);
        var again = await cards.ClaimAsync(subject, 1, default);
        (again!.MessageId, CardContent.Read(again.Content).Lines[0]).Should().Be((77, "two"));
        await cards.ShownAsync(again, 77, null, default);
        await cards.PutAsync(subject, 1, CardContent.Of("two"), default);
        (await cards.ClaimAsync(subject, 1, default)).Should().BeNull("the same again is no change");
        (await cards.FindAsync(1, 77, default))!.Subject.Should().Be(subject);
        await cards.PruneAsync(time.GetUtcNow().AddDays(1), default);
        (await cards.FindAsync(subject, 1, default)).Should().BeNull();
    }

    [Fact]
    public async Task Button_OfOneChat_IsNoneOfAnother()
    {
        var buttons = new TelegramButtons(fixture.Database, new HashKey(fixture.Database), TimeProvider.System);
        var data = await buttons.MakeAsync(5, "s", new CardButton("Yes", "approve", "x"), "", default);
        data.Length.Should().BeLessThanOrEqualTo(64);
        (await buttons.MakeAsync(5, "s", new CardButton("Yes", "approve", "x"), "", default)).Should().Be(data);
        (await buttons.FindAsync(5, data, default))!.Argument.Should().Be("x");
        (await buttons.FindAsync(6, data, default)).Should().BeNull();
        await buttons.UseAsync(data.Split('.')[0], "admin", default);
        (await buttons.FindAsync(5, data, default))!.UsedBy.Should().Be("admin");
    }

    [Fact]
    public async Task Outbox_TheSameNoticeIsThereOnceAndTakenByOne()
    {
        var outbox = new NotificationOutbox(fixture.Database, TimeProvider.System);
        var row = new OutboxRow { Id = $"n{TimeProvider.System.GetTimestamp()}", UserId = "u", Channel = "ntfy", Address = $"a{TimeProvider.System.GetTimestamp()}", Text = "t", DueAt = 1 };
        await outbox.AddAsync(row, default);
        await outbox.AddAsync(row, default);
        var due = (await outbox.DueAsync(default)).Single(group => group.Address == row.Address);
        due.Rows.Should().ContainSingle();
        var until = TimeProvider.System.GetUtcNow().AddMinutes(1);
        (await outbox.TakeAsync(due.Rows, until, default), await outbox.TakeAsync(due.Rows, until, default)).Should().Be((true, false));
        await outbox.SentAsync(due.Rows, default);
    }
}

public sealed class SqliteTelegramStoreTests(SqliteFixture fixture) : TelegramStoreTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresTelegramStoreTests(PostgresFixture fixture) : TelegramStoreTests(fixture), IClassFixture<PostgresFixture>;
