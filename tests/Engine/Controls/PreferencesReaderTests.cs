using FluentAssertions;
using Homelab.Engine.Controls;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Engine.Controls;

public sealed class PreferencesReaderTests
{
    [Fact]
    public void Read_Everything_IsUnderstood()
    {
        var (preferences, problems) = PreferencesReader.Read("preferences.json", """
            {
              "timeZone": "Europe/Berlin", "autonomy": "moderate", "actionsPerDay": 7, "actionsPerTarget": 3, "actionsPerCause": 2,
              "circuitBreaker": { "failures": 4 }, "cooldown": "5m", "cooldowns": { "docker.*": "1h", "docker.restart_container": "90s" },
              "needsApproval": ["restarts", "proxmox.*"], "maintenanceWindows": { "*": "02:00-05:00", "Saturday": ["*"] }, "quietHours": "22:00-07:00",
              "criticalServices": ["dns*"], "services": { "web": { "critical": true, "autonomy": "conservative", "approval": "soft", "cooldown": "2h", "actionsPerDay": 1, "maintenanceWindows": ["Sun 03:00-04:00"] } },
              "approvals": { "timeout": "00:10:00", "timeouts": { "high": "1h" }, "approvers": { "high": ["anna"] }, "escalateAfter": "5m", "escalateTo": ["boss"] },
              "notifications": { "telegram": ["after"] }, "dependencies": { "web": ["guest"], "db": ["guest"], "guest": ["pve1"] }, "httpHosts": ["*.lan"]
            }
            """);
        problems.Should().BeEmpty();
        preferences!.Zone.Id.Should().Be("Europe/Berlin");
        (preferences.Autonomy, preferences.ActionsPerDay, preferences.BreakerFailures).Should().Be((AutonomyLevel.Moderate, 7, 4));
        preferences.CooldownOf("docker.restart_container", "x", "other").Should().Be(TimeSpan.FromSeconds(90));
        preferences.CooldownOf("docker.prune", "x", "other").Should().Be(TimeSpan.FromHours(1));
        preferences.CooldownOf("ssh.run", "x", "other").Should().Be(TimeSpan.FromMinutes(5));
        preferences.CooldownOf("docker.restart_container", "x", "WEB").Should().Be(TimeSpan.FromHours(2));
        preferences.ClassOf("docker.restart_container", "x", "other").Should().Be(ApprovalClass.Hard);
        preferences.ClassOf("docker.prune_images", "x", "other").Should().Be(ApprovalClass.None);
        preferences.ClassOf("docker.prune_images", "x", "web").Should().Be(ApprovalClass.Soft);
        preferences.ClassOf("proxmox.create_snapshot", "x", "other").Should().Be(ApprovalClass.Hard);
        preferences.IsCritical("x", "dns1").Should().BeTrue();
        preferences.IsCritical("x", "web").Should().BeTrue();
        preferences.IsCritical("x", "other").Should().BeFalse();
        preferences.WindowsOf("x", "web").Should().ContainSingle();
        preferences.WindowsOf("x", "other").Should().HaveCount(2);
        preferences.Approvals.TimeoutOf(Risk.High).Should().Be(TimeSpan.FromHours(1));
        preferences.Approvals.TimeoutOf(Risk.Low).Should().Be(TimeSpan.FromMinutes(10));
        preferences.Dependencies.BlastRadius("pve1").Should().Be(3);
        preferences.Dependencies.BlastRadius("web").Should().Be(0);
        preferences.Dependencies.Ancestors("web").Should().Equal("guest", "pve1");
    }

    [Fact]
    public void Read_ManyMistakes_ReportsAllWithPathAndLine()
    {
        var (preferences, problems) = PreferencesReader.Read("preferences.json", """
            {
              "timeZone": "Mars/Base",
              "autonomy": "bold",
              "actionsPerDay": -1,
              "cooldown": "soon",
              "needsApproval": ["everything"],
              "maintenanceWindows": ["whenever"],
              "services": { "web": { "cooldwon": "1h" } },
              "approvals": { "timeouts": { "extreme": "1h" } },
              "dependencies": { "a": ["b"], "b": ["a"] },
              "typo": 1
            }
            """);
        preferences.Should().BeNull();
        problems.Select(problem => (problem.Path, problem.Line)).Should().BeEquivalentTo(new[]
        {
            ("$.timeZone", 2), ("$.autonomy", 3), ("$.actionsPerDay", 4), ("$.cooldown", 5), ("$.needsApproval[0]", 6), ("$.maintenanceWindows[0]", 7),
            ("$.services.web.cooldwon", 8), ("$.approvals.timeouts.extreme", 9), ("$.dependencies.a", 10), ("$.typo", 11),
        });
    }

    [Theory]
    [InlineData("2026-03-29T10:00:00Z", "2026-03-28T23:00:00Z")]
    [InlineData("2026-03-29T22:30:00Z", "2026-03-29T22:00:00Z")]
    [InlineData("2026-10-25T23:30:00Z", "2026-10-25T23:00:00Z")]
    public void StartOfDay_AroundClockChanges_IsLocalMidnight(string at, string expected) =>
        new Preferences { Zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin") }.StartOfDay(DateTimeOffset.Parse(at, null)).Should().Be(DateTimeOffset.Parse(expected, null));
}
