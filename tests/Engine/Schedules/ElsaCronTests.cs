using FluentAssertions;
using Homelab.Engine.Schedules;
using Xunit;

namespace Homelab.Tests.Engine.Schedules;

public class ElsaCronTests
{
    // 2027-01-01 is a Friday.
    private static readonly DateTimeOffset NewYear = new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0 30 4 * * 1", "2027-01-04T04:30:00Z")]
    [InlineData("0 30 4 ? * MON", "2027-01-04T04:30:00Z")]
    [InlineData("0 0 12 * * 0", "2027-01-03T12:00:00Z")]
    [InlineData("0 0 12 * * 7", "2027-01-03T12:00:00Z")]
    [InlineData("0 0 12 * * 6,0", "2027-01-02T12:00:00Z")]
    [InlineData("0 0 12 * * 1-5", "2027-01-01T12:00:00Z")]
    [InlineData("0 0 12 * * 3#2", "2027-01-13T12:00:00Z")]
    [InlineData("*/10 * * * * *", "2027-01-01T00:00:10Z")]
    [InlineData("0 0 0 1 2 *", "2027-02-01T00:00:00Z")]
    [InlineData("0 0 0 L * *", "2027-01-31T00:00:00Z")]
    [InlineData("30 4 * * 1", "2027-01-04T04:30:00Z")]
    [InlineData("@hourly", "2027-01-01T01:00:00Z")]
    public void Parse_ElsaExpression_FiresWhenElsaWould(string text, string expected) =>
        ElsaCron.Parse(text, TimeZoneInfo.Utc).GetNextValidTimeAfter(NewYear).Should().Be(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("30 4 * *", "six")]
    [InlineData("", "0 field")]
    [InlineData("0 0 0 1 * 1", "both a day of the month and a day of the week")]
    [InlineData("0 0 25 * * *", "not a cron expression")]
    [InlineData("0 0 0 * * 8", "0 to 7")]
    [InlineData("a b c * e *", "not a cron expression")]
    public void Parse_NotACronExpression_SaysWhatToWrite(string text, string part)
    {
        var parse = () => ElsaCron.Parse(text, TimeZoneInfo.Utc);

        parse.Should().Throw<FormatException>().WithMessage($"*{part}*");
    }

    [Fact]
    public void Parse_NamedZone_FollowsItsDaylightSaving()
    {
        var cron = ElsaCron.Parse("0 0 8 * * *", Schedule.FindZone("Europe/Berlin"));

        cron.GetNextValidTimeAfter(NewYear).Should().Be(new DateTimeOffset(2027, 1, 1, 7, 0, 0, TimeSpan.Zero));
        cron.GetNextValidTimeAfter(new DateTimeOffset(2027, 7, 1, 0, 0, 0, TimeSpan.Zero)).Should().Be(new DateTimeOffset(2027, 7, 1, 6, 0, 0, TimeSpan.Zero));
    }

    [Fact]
    public void Parse_HourThatDaylightSavingSkips_StillFiresThatDay()
    {
        // In Berlin 2027-03-28 has no 02:30.
        var cron = ElsaCron.Parse("0 30 2 * * *", Schedule.FindZone("Europe/Berlin"));

        var next = cron.GetNextValidTimeAfter(new DateTimeOffset(2027, 3, 27, 12, 0, 0, TimeSpan.Zero));

        next.Should().BeOnOrAfter(new DateTimeOffset(2027, 3, 28, 0, 30, 0, TimeSpan.Zero)).And.BeOnOrBefore(new DateTimeOffset(2027, 3, 28, 1, 30, 0, TimeSpan.Zero));
    }
}
