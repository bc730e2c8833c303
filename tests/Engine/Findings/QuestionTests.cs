using FluentAssertions;
using Homelab.Engine.Findings;
using Xunit;

namespace Homelab.Tests.Engine.Findings;

public sealed class QuestionTests
{
    /// <summary>A Thursday.</summary>
    private static readonly DateTimeOffset Now = new(2026, 11, 19, 15, 30, 0, TimeSpan.FromHours(1));

    private static readonly Dictionary<string, IReadOnlyList<string>> Topics = new() { ["database"] = ["postgres", "mysql"], ["disk"] = ["disk", "ext4"] };

    [Fact]
    public void Read_AllDatabaseErrorsThisWeek_IsTopicLevelAndTime()
    {
        var filter = Question.Read("All database errors this week", Now, Topics);
        filter.Level.Should().Be(3);
        filter.Since.Should().Be(new DateTimeOffset(2026, 11, 16, 0, 0, 0, TimeSpan.FromHours(1)));
        filter.Until.Should().BeNull();
        filter.Words.Should().ContainSingle().Which.Should().Equal("postgres", "mysql");
    }

    [Theory]
    [InlineData("security problems yesterday", "2026-11-18", "2026-11-19")]
    [InlineData("what failed last week", "2026-11-09", "2026-11-16")]
    [InlineData("warnings on monday", "2026-11-16", "2026-11-17")]
    [InlineData("anything since tuesday", "2026-11-17", null)]
    [InlineData("disks since 2026-11-01", "2026-11-01", null)]
    [InlineData("last month", "2026-10-01", "2026-11-01")]
    [InlineData("everything today?", "2026-11-19", null)]
    public void Read_TimesInWords_AreDays(string text, string since, string? until)
    {
        var filter = Question.Read(text, Now, Topics);
        filter.Since!.Value.ToString("yyyy-MM-dd", null).Should().Be(since);
        filter.Until?.ToString("yyyy-MM-dd", null).Should().Be(until);
    }

    [Fact]
    public void Read_LastSixHours_IsCountedFromNow() => Question.Read("errors in the last 6 hours", Now, Topics).Since.Should().Be(Now.AddHours(-6));

    [Fact]
    public void Read_OtherWords_MustAllOccur()
    {
        var filter = Question.Read("open critical security findings about nginx and disks", Now, Topics);
        (filter.State, filter.Severity, filter.Class).Should().Be(("open", "critical", "security"));
        filter.Words.Should().HaveCount(2);
        filter.Words[0].Should().Equal("nginx");
        filter.Words[1].Should().Equal("disk", "ext4");
    }

    [Fact]
    public void Read_Nothing_IsEverything() => Question.Read("", Now, Topics).Should().BeEquivalentTo(new FindingFilter());
}
