using FluentAssertions;
using Homelab.Engine.Controls;
using Xunit;

namespace Homelab.Tests.Engine.Controls;

public sealed class WeeklyWindowTests
{
    [Theory]
    [InlineData("* 02:00-05:00", "Europe/Berlin", "2026-01-15T01:00:00Z", true)]
    [InlineData("* 02:00-05:00", "Europe/Berlin", "2026-01-15T00:59:59Z", false)]
    [InlineData("* 02:00-05:00", "Europe/Berlin", "2026-01-15T04:00:00Z", false)]
    [InlineData("\"*\" 02:00-05:00", "Europe/Berlin", "2026-07-15T00:00:00Z", true)]
    [InlineData("* 02:00-05:00", "Europe/Berlin", "2026-07-15T03:00:00Z", false)]
    [InlineData("* 02:00-05:00", "America/New_York", "2026-01-15T07:00:00Z", true)]
    [InlineData("* 02:00-05:00", "Asia/Kolkata", "2026-01-15T20:30:00Z", true)]
    [InlineData("Saturday *", "Europe/Berlin", "2026-01-16T23:00:00Z", true)]
    [InlineData("Saturday *", "Europe/Berlin", "2026-01-16T22:59:59Z", false)]
    [InlineData("Saturday *", "Europe/Berlin", "2026-01-17T22:59:59Z", true)]
    [InlineData("Saturday *", "Europe/Berlin", "2026-01-17T23:00:00Z", false)]
    [InlineData("Fri,Sat 22:00-04:00", "UTC", "2026-01-16T22:00:00Z", true)]
    [InlineData("Fri,Sat 22:00-04:00", "UTC", "2026-01-18T03:59:59Z", true)]
    [InlineData("Fri,Sat 22:00-04:00", "UTC", "2026-01-16T03:00:00Z", false)]
    [InlineData("Fri,Sat 22:00-04:00", "UTC", "2026-01-18T22:00:00Z", false)]
    [InlineData("* 22:00-24:00", "UTC", "2026-01-18T23:59:59Z", true)]
    [InlineData("* 22:00-24:00", "UTC", "2026-01-18T00:00:00Z", false)]
    [InlineData("* 02:00-03:00", "Europe/Berlin", "2026-03-29T01:00:00Z", false)]
    [InlineData("* 02:30-05:00", "Europe/Berlin", "2026-03-29T01:00:00Z", true)]
    [InlineData("* 02:00-03:00", "Europe/Berlin", "2026-10-25T00:00:00Z", true)]
    [InlineData("* 02:00-03:00", "Europe/Berlin", "2026-10-25T01:59:59Z", true)]
    [InlineData("* 02:00-03:00", "Europe/Berlin", "2026-10-25T02:00:00Z", false)]
    public void IsOpen_WallClockOfTheZone_Counts(string window, string zone, string at, bool open) =>
        Window(window).IsOpen(DateTimeOffset.Parse(at, null), Zone(zone)).Should().Be(open);

    [Theory]
    [InlineData("* 02:00-05:00", "Europe/Berlin", "2026-01-15T12:00:00Z", "2026-01-16T01:00:00Z")]
    [InlineData("* 02:30-05:00", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("* 02:30-05:00", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("Saturday *", "Europe/Berlin", "2026-01-17T12:00:00Z", "2026-01-23T23:00:00Z")]
    [InlineData("* *", "UTC", "2026-01-17T12:00:00Z", null)]
    public void NextOpening_AcrossTheYear_IsTheFirstMomentInside(string window, string zone, string at, string? expected) =>
        Window(window).NextOpening(DateTimeOffset.Parse(at, null), Zone(zone)).Should().Be(expected is null ? null : DateTimeOffset.Parse(expected, null));

    [Theory]
    [InlineData("")]
    [InlineData("02:00-05:00")]
    [InlineData("Someday 02:00-05:00")]
    [InlineData("* 2-5")]
    [InlineData("* 25:00-26:00")]
    [InlineData("* 02:00-02:00")]
    [InlineData("* 02:00")]
    public void Parse_NoWindow_SaysWhatToWrite(string text)
    {
        var (window, problem) = WeeklyWindow.Parse(text);
        window.Should().BeNull();
        problem.Should().Contain("write");
    }

    private static WeeklyWindow Window(string text) => WeeklyWindow.Parse(text).Window!;

    private static TimeZoneInfo Zone(string name) => TimeZoneInfo.FindSystemTimeZoneById(name);
}
