using FluentAssertions;
using Homelab.Engine.Controls;
using Homelab.Engine.Requests;
using Xunit;

namespace Homelab.Tests.Engine.Requests;

/// <summary>Edits of a plan in plain words, and the times in them.</summary>
public sealed class RequestWordsTests
{
    // A Thursday, 10:30 in Berlin.
    private static readonly DateTimeOffset Now = new(2026, 11, 19, 9, 30, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]
    [InlineData("02:00", "2026-11-20 02:00")]
    [InlineData("at 22:15", "2026-11-19 22:15")]
    [InlineData("today at 22:15", "2026-11-19 22:15")]
    [InlineData("tonight", "2026-11-19 22:00")]
    [InlineData("tomorrow", "2026-11-20 00:00")]
    [InlineData("tomorrow at 8:05", "2026-11-20 08:05")]
    [InlineData("the weekend", "2026-11-21 00:00")]
    [InlineData("thursday", "2026-11-26 00:00")]
    [InlineData("on Friday at 18:00", "2026-11-20 18:00")]
    [InlineData("next week", "2026-11-23 00:00")]
    [InlineData("next monday", "2026-11-23 00:00")]
    [InlineData("2026-12-24 18:00", "2026-12-24 18:00")]
    [InlineData("2027-03-28 02:30", "2027-03-28 03:00")]
    [InlineData("in 2h", "2026-11-19 12:30")]
    [InlineData("in 3 days", "2026-11-22 10:30")]
    [InlineData("for 2 weeks", "2026-12-03 10:30")]
    [InlineData("in 1.5 hours", "2026-11-19 12:00")]
    public void Moment_AsPeopleWriteIt_IsTheNextOne(string text, string local)
    {
        var read = Moments.Read(text, Now, Zone);
        read.Should().NotBeNull();
        TimeZoneInfo.ConvertTime(read!.Value, Zone).ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture).Should().Be(local);
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("25:00")]
    [InlineData("today at 8:00")]
    [InlineData("2026-13-01")]
    [InlineData("in -2h")]
    [InlineData("in 2 moons")]
    [InlineData("the")]
    public void Moment_ThatIsNone_IsNone(string text) => Moments.Read(text, Now, Zone).Should().BeNull();

    [Theory]
    [InlineData("delay the nodes until the weekend", "s2 s3", "2026-11-21 00:00")]
    [InlineData("Delay node pve2 to monday at 8:00!", "s3", "2026-11-23 08:00")]
    [InlineData("please postpone step 1 by 3 days", "s1", "2026-11-22 10:30")]
    [InlineData("do the check tomorrow", "s4", "2026-11-20 00:00")]
    [InlineData("wait with everything until 22:00", "s1 s2 s3 s4", "2026-11-19 22:00")]
    [InlineData("move the backup till 2026-12-24 18:00", "s1", "2026-12-24 18:00")]
    public void Delay_OfNamedSteps_HoldsThoseAndNoOther(string text, string ids, string local)
    {
        var (changed, problem) = RequestWords.Apply(Plan(), text, Now, Zone);
        changed.Should().NotBeNull(problem);
        var held = changed!.Steps.Where(step => step.NotBefore is not null).ToList();
        string.Join(' ', held.Select(step => step.Id)).Should().Be(ids);
        held.Should().OnlyContain(step => TimeZoneInfo.ConvertTime(step.NotBefore!.Value, Zone).ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture) == local);
    }

    [Theory]
    [InlineData("skip the backup", "s1:skipped s2 s3 s4")]
    [InlineData("leave out pve2", "s1 s2 s3:skipped s4")]
    [InlineData("do the check first", "s4 s1 s2 s3")]
    [InlineData("move the backup to the end", "s2 s3 s4 s1")]
    public void Edit_OfNamedSteps_ChangesThePlan(string text, string steps)
    {
        var (changed, problem) = RequestWords.Apply(Plan(), text, Now, Zone);
        changed.Should().NotBeNull(problem);
        string.Join(' ', changed!.Steps.Select(step => step.State == StepState.Pending ? step.Id : $"{step.Id}:{step.State}")).Should().Be(steps);
    }

    [Fact]
    public void Now_AfterADelay_TakesItAway()
    {
        var delayed = RequestWords.Apply(Plan(), "delay everything until the weekend", Now, Zone).Changed!;
        RequestWords.Apply(delayed, "do the backup now", Now, Zone).Changed!.Steps.Select(step => step.NotBefore is null).Should().Equal(true, false, false, false);
    }

    [Theory]
    [InlineData("", "1 to 300")]
    [InlineData("make it nicer", "no edit that is known")]
    [InlineData("delay the database until the weekend", "“the database”")]
    [InlineData("delay the nodes until soon", "is no time")]
    [InlineData("delay the nodes until 2020-01-01", "is no time that is to come")]
    [InlineData("skip step 9", "“step 9”")]
    [InlineData("skip the", "“the”")]
    public void Edit_ThatIsNotUnderstood_SaysWhatIsWrong(string text, string problem)
    {
        var (changed, said) = RequestWords.Apply(Plan(), text, Now, Zone);
        changed.Should().BeNull();
        said.Should().Contain(problem);
    }

    [Fact]
    public void Edit_OfABegunStep_IsNone()
    {
        var begun = Plan();
        begun = begun.With(begun.Steps[0] with { State = StepState.Running });
        RequestWords.Apply(begun, "skip the backup", Now, Zone).Changed.Should().BeNull();
        RequestWords.Apply(begun, "do the check first", Now, Zone).Changed!.Steps.Select(step => step.Id).Should().Equal("s1", "s4", "s2", "s3");
    }

    private static Request Plan() => new()
    {
        Id = "r1",
        Title = "Update",
        Text = "update everything",
        Source = "by hand",
        State = RequestState.Running,
        Steps =
        [
            new RequestStep { Id = "s1", Title = "Take the backup", Activity = "proxmox.back_up_guest" },
            new RequestStep { Id = "s2", Title = "Update node pve1" },
            new RequestStep { Id = "s3", Title = "Update node pve2" },
            new RequestStep { Id = "s4", Title = "Check that all is well", Activity = "http.send_request" },
        ],
        Version = 1,
        AskedBy = "admin",
        CreatedAt = Now,
        UpdatedAt = Now,
    };
}
