using System.Buffers;
using System.Text;
using FluentAssertions;
using Homelab.Engine.Logs;
using Xunit;

namespace Homelab.Tests.Engine.Logs;

public sealed class SyslogMessageTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed for lonvick on /dev/pts/8", "mymachine.example.com", "su", 2, "'su root' failed for lonvick on /dev/pts/8")]
    [InlineData("<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\" eventSource=\"App]l\\\"ication\" eventID=\"1011\"][x@1 y=\"2\"] An application event", "mymachine.example.com", "evntslog", 5, "An application event")]
    [InlineData("<165>1 - - - - - -", "10.0.0.9", "-", 5, "")]
    [InlineData("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick", "mymachine", "su", 2, "'su root' failed for lonvick")]
    [InlineData("<38>Jan  1 01:02:03 nas sshd[4711]: Accepted publickey", "nas", "sshd", 6, "Accepted publickey")]
    [InlineData("<13>Jan  1 01:02:03 kernel: eth0: up", "10.0.0.9", "kernel", 5, "eth0: up")]
    [InlineData("<191>just words", "10.0.0.9", "-", 7, "just words")]
    [InlineData("no priority at all", "10.0.0.9", "-", 5, "no priority at all")]
    [InlineData("<999>1 odd", "10.0.0.9", "-", 5, "<999>1 odd")]
    [InlineData("", "10.0.0.9", "-", 5, "")]
    public void Read_FormsOfBothStandardsAndOthers(string text, string host, string service, int level, string message)
    {
        var read = SyslogMessage.Read(Encoding.UTF8.GetBytes(text), "10.0.0.9", Now);
        (read.Host, read.Service, read.Level, read.Text).Should().Be((host, service, level, message));
    }

    [Fact]
    public void Read_OldTimeInDecember_IsOfLastYear() => SyslogMessage.Read("<13>Dec 31 23:59:59 nas x: y"u8, "a", Now).At.Should().Be(new DateTimeOffset(2025, 12, 31, 23, 59, 59, TimeSpan.Zero));

    [Fact]
    public void TryTake_CountedAndLines_AreTakenWhole()
    {
        Take("11 <13>a line\n5 <13>b", true).Should().Equal("<13>a line\n", "<13>b");
        Take("<13>one\n<13>two\n<13>thr", false).Should().Equal("<13>one", "<13>two");
        Take("<13>one\n<13>two", true).Should().Equal("<13>one", "<13>two");
        Take("20 <13>not whole", false).Should().BeEmpty();
        FluentActions.Invoking(() => Take("99999 x", false)).Should().Throw<InvalidDataException>();
    }

    private static List<string> Take(string text, bool isEnd)
    {
        var buffer = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text));
        List<string> taken = [];
        while (SyslogFraming.TryTake(ref buffer, isEnd, 1000, out var message))
            taken.Add(Encoding.UTF8.GetString(message));
        return taken;
    }
}
