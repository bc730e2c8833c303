using FluentAssertions;
using Homelab.Engine.Lab.World;
using Xunit;
using World = Homelab.Engine.Lab.World;

namespace Homelab.Tests.Engine.Lab;

/// <summary>The simulated homelab by itself: what faults do, what actions do about them.</summary>
public sealed class HomelabTests
{
    private static readonly DateTimeOffset Start = new(2026, 4, 14, 14, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Strike_TheSameSeedAndActions_GiveTheSameHistory()
    {
        static string History(int seed)
        {
            var homelab = new World.Homelab(seed, Start);
            homelab.Strike(new() { Kind = "memory_leak", Target = "shop-api", Amount = 20 });
            homelab.Strike(new() { Kind = "restart_loop", Target = "zigbee2mqtt" });
            homelab.PassTo(Start.AddMinutes(3));
            homelab.Restart(homelab.Container("shop-api")!);
            homelab.PassTo(Start.AddMinutes(5));
            return string.Join('\n', homelab.Happenings) + string.Join('\n', homelab.Containers.Select(container => $"{container.Id} {container.State} {container.Memory} {container.Restarts}"));
        }

        History(1).Should().Be(History(1));
        History(1).Should().NotBe(History(2), "noise and ids come from the seed");
    }

    [Fact]
    public void Start_OfACrashedContainer_EndsTheFaultAndIsNeeded()
    {
        var homelab = new World.Homelab(1, Start);
        var fault = homelab.Strike(new() { Kind = "container_crash", Target = "wiki" });
        homelab.Container("wiki")!.State.Should().Be("exited");
        homelab.Start(homelab.Container("wiki")!).Should().BeNull();
        homelab.PassTo(Start.AddSeconds(10));
        fault.EndedBy.Should().Be("start");
        homelab.IsWell("wiki").Should().BeTrue();
        homelab.Actions.Should().ContainSingle().Which.Should().Match<ActionRecord>(action => action.Needed && action.Helped);
    }

    [Fact]
    public void Start_OfWhatNothingCures_EndsAgain()
    {
        var homelab = new World.Homelab(1, Start);
        homelab.Strike(new() { Kind = "container_crash", Target = "wiki", Cure = [] });
        homelab.Start(homelab.Container("wiki")!);
        homelab.PassTo(Start.AddSeconds(10));
        homelab.Container("wiki")!.IsRunning.Should().BeFalse();
    }

    [Fact]
    public void DeadDependency_MakesUnhealthyWhatNeedsIt_AndMendingThatIsUnnecessary()
    {
        var homelab = new World.Homelab(1, Start);
        homelab.Strike(new() { Kind = "container_crash", Target = "redis" });
        homelab.PassTo(Start.AddSeconds(15));
        homelab.Container("shop-api")!.Health.Should().Be("unhealthy");
        homelab.Restart(homelab.Container("shop-api")!);
        homelab.Actions[^1].Needed.Should().BeFalse("it is not what is broken");
    }

    [Fact]
    public void WorseOn_ARestart_BreaksItForGood()
    {
        var homelab = new World.Homelab(1, Start);
        homelab.Strike(new() { Kind = "container_unhealthy", Target = "grafana", Cure = [], WorseOn = ["restart"] });
        homelab.Restart(homelab.Container("grafana")!);
        homelab.Actions[^1].Harmed.Should().BeTrue();
        homelab.Container("grafana")!.IsRunning.Should().BeFalse();
    }

    [Fact]
    public void HostDead_TakesItsGuestsAndTheirContainersAlong()
    {
        var homelab = new World.Homelab(1, Start);
        homelab.Strike(new() { Kind = "host_dead", Target = "pve1", EndsAfter = 60 });
        homelab.Machine("apps")!.IsUp.Should().BeFalse();
        homelab.Serves("wiki").Should().BeFalse();
        homelab.PassTo(Start.AddSeconds(75));
        homelab.Serves("wiki").Should().BeTrue();
    }

    [Theory]
    [InlineData("nonsense", "wiki", "There is no fault 'nonsense'")]
    [InlineData("container_crash", "nowhere", "'nowhere' is none of this homelab")]
    public void Strike_WhatIsNotThere_SaysSo(string kind, string target, string words) =>
        FluentActions.Invoking(() => new World.Homelab(1, Start).Strike(new() { Kind = kind, Target = target })).Should().Throw<ArgumentException>().WithMessage($"*{words}*");
}
