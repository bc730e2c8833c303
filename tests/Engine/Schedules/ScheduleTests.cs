using FluentAssertions;
using Homelab.Engine.Schedules;
using Xunit;

namespace Homelab.Tests.Engine.Schedules;

public class ScheduleTests
{
    [Theory]
    [InlineData("Elsa.Cron", "0 0 * * * *", "0 0 * * * *")]
    [InlineData("Elsa.Timer", "00:05:00", "every 00:05:00")]
    [InlineData("Elsa.Timer", "PT90S", "every 00:01:30")]
    [InlineData("Elsa.StartAt", "2027-01-31T08:00:00+01:00", "once at 2027-01-31 07:00:00Z")]
    [InlineData("Elsa.StartAt", "2027-01-31 08:00", "once at 2027-01-31 08:00:00Z")]
    public void Parse_TriggerInput_IsUnderstood(string type, string value, string described) =>
        Schedule.Parse(type, value, null).Describe().Should().Be(described);

    [Theory]
    [InlineData("Elsa.Timer", "soon", null, "00:05:00")]
    [InlineData("Elsa.Timer", "00:00:00", null, "shorter than a second")]
    [InlineData("Elsa.StartAt", "tomorrow", null, "2027-01-31T08:00:00Z")]
    [InlineData("Elsa.Cron", "0 0 * * * *", "Mars/Olympus", "Europe/Berlin")]
    [InlineData("Elsa.Event", "x", null, "not started by the clock")]
    public void Parse_BadInput_NamesItAndWhatToWrite(string type, string value, string? zone, string part)
    {
        var parse = () => Schedule.Parse(type, value, zone);

        parse.Should().Throw<FormatException>().WithMessage($"*{part}*");
    }
}
