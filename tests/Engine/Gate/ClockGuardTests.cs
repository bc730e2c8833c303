using FluentAssertions;
using Homelab.Engine.Gate;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

public sealed class ClockGuardTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Jump_SeenOnce_StaysAsItWasUntilAPersonAccepts()
    {
        var guard = new ClockGuard(_time);
        _time.Advance(TimeSpan.FromHours(3));
        guard.Jump().Should().BeNull("time that passed is no jump");
        _time.Jump(TimeSpan.FromHours(2));
        guard.Jump().Should().Be(TimeSpan.FromHours(2));
        _time.Jump(TimeSpan.FromHours(-5));
        guard.Remember(_time.GetUtcNow().AddHours(9));
        guard.Jump().Should().Be(TimeSpan.FromHours(2), "the first is told");
        guard.Accept();
        guard.Jump().Should().BeNull();
    }

    [Fact]
    public void Remember_StoredTimeAhead_IsAJumpBackAndTheFirstIsTold()
    {
        var guard = new ClockGuard(_time);
        guard.Remember(_time.GetUtcNow().AddHours(-1));
        guard.Jump().Should().BeNull("what was stored lies behind");
        guard.Remember(_time.GetUtcNow().AddHours(1));
        guard.Remember(_time.GetUtcNow().AddHours(4));
        guard.Jump().Should().Be(TimeSpan.FromHours(-1));
    }
}
