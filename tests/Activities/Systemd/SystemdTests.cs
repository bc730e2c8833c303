using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Systemd;

/// <summary>A real Debian with systemd as its first process, reached by SSH.</summary>
public sealed class GuestFixture : ServerFixture
{
    public const string Nspawn = "/usr/bin/systemd-nspawn";
    public const string Debootstrap = "/usr/sbin/debootstrap";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Nspawn, Debootstrap];

    internal IEnumerable<(string, string?)> Settings(string name) =>
    [
        ($"Activities:Ssh:{name}:Host", "127.0.0.1"), ($"Activities:Ssh:{name}:Port", $"{Server.Port}"), ($"Activities:Ssh:{name}:User", "root"),
        ($"Activities:Ssh:{name}:KeyFile", Path.Combine(Server.Data, "id_ed25519")), ($"Activities:Ssh:{name}:KnownHostsFile", Path.Combine(Server.Data, "known_hosts")),
    ];

    /// <summary>Looks into the guest past the code under test.</summary>
    internal Task<string> InsideAsync(string command) => RealServer.RunAsync(
        "ssh", "-i", Path.Combine(Server.Data, "id_ed25519"), "-o", $"UserKnownHostsFile={Path.Combine(Server.Data, "known_hosts")}", "-p", $"{Server.Port}", "root@127.0.0.1", command);

    protected override async Task StartAsync()
    {
        Server = await StartAsync("systemd-guest");
        Environment = new([.. Settings("default")]);
        // The network answers before the last unit is up.
        await InsideAsync("systemctl is-system-running --wait || true");
    }
}

[CollectionDefinition(nameof(GuestCollection))]
public sealed class GuestCollection : ICollectionFixture<GuestFixture>;

[Trait("Category", "Servers"), Collection(nameof(GuestCollection))]
public sealed class SystemdTests(GuestFixture guest)
{
    private ActivityEnvironment Environment => guest.Environment;

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task StopUnit_ThenUndone_RunsAgain()
    {
        var input = new { unit = "labweb.service" };
        await guest.InsideAsync("systemctl start labweb");
        (await Environment.TargetAsync("systemd.stop_unit", input))!.Id.Should().Be("systemd:default/service/labweb.service");
        (await Environment.ProbeAsync("systemd.stop_unit", input)).Should().Be(Probe.DidNotHappen);
        var output = await Environment.RunAsync("systemd.stop_unit", input);
        (output["before"]!.GetValue<string>(), output["after"]!.GetValue<string>()).Should().Be(("active", "inactive"));
        (await guest.InsideAsync("systemctl is-active labweb || true")).Trim().Should().Be("inactive");
        (await Environment.ProbeAsync("systemd.stop_unit", input)).Should().Be(Probe.Happened);
        await Environment.UndoAsync("systemd.stop_unit", input, output);
        (await guest.InsideAsync("systemctl is-active labweb")).Trim().Should().Be("active");
        // What ran already is not stopped by the undo of a start that changed nothing.
        var again = await Environment.RunAsync("systemd.start_unit", input);
        Environment.Invoker("systemd.start_unit").Undo(ActivityEnvironment.Json(input), again).Should().BeNull();
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task RestartUnit_RunningOne_IsAnotherRun()
    {
        await guest.InsideAsync("systemctl start labweb");
        var before = (await guest.InsideAsync("systemctl show -P MainPID labweb")).Trim();
        await Environment.RunAsync("systemd.restart_unit", new { unit = "labweb.service" });
        (await guest.InsideAsync("systemctl show -P MainPID labweb")).Trim().Should().NotBe(before);
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task ReloadUnit_OneThatCannot_FailsInWords()
    {
        var reload = () => Environment.RunAsync("systemd.reload_unit", new { unit = "labweb.service" });
        (await reload.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("labweb.service");
        (await Environment.RunAsync("systemd.reload_unit", new { unit = "ssh.service" }))["after"]!.GetValue<string>().Should().Be("active");
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task StartUnit_UnknownOne_IsRefused()
    {
        var start = () => Environment.RunAsync("systemd.start_unit", new { unit = "nobody.service" });
        (await start.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => !failure.Retryable && failure.Message.Contains("nobody.service"));
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task StopUnit_DryRun_LeavesItRunning()
    {
        await guest.InsideAsync("systemctl start labweb");
        var output = await Environment.RunAsync("systemd.stop_unit", new { unit = "labweb.service" }, dryRun: true);
        output["planned"]!.AsArray().Should().ContainSingle().Which!.GetValue<string>().Should().Contain("systemctl stop -- labweb.service");
        (await guest.InsideAsync("systemctl is-active labweb")).Trim().Should().Be("active");
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task ListUnits_Failed_FindsTheCrashingOne()
    {
        await guest.InsideAsync("systemctl start labcrash; for i in $(seq 100); do systemctl is-failed -q labcrash && break; sleep 0.1; done");
        var failed = await Environment.RunAsync("systemd.list_units", new { state = "failed" });
        failed["units"]!.AsArray().Select(unit => unit!["name"]!.GetValue<string>()).Should().Contain("labcrash.service");
        var state = await Environment.RunAsync("systemd.get_unit", new { unit = "labcrash.service" });
        (state["active"]!.GetValue<string>(), state["exitStatus"]!.GetValue<int>()).Should().Be(("failed", 3));
        var logs = await Environment.RunAsync("systemd.read_logs", new { unit = "labcrash.service", lines = 50 });
        logs["entries"]!.AsArray().Select(entry => entry!["message"]!.GetValue<string>()).Should().Contain("boom");
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task ListTimers_Guest_HasItsTimers()
    {
        var timers = (await Environment.RunAsync("systemd.list_timers", new { }))["timers"]!.AsArray();
        timers.Select(timer => timer!["name"]!.GetValue<string>()).Should().Contain("systemd-tmpfiles-clean.timer");
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task Options_Units_ListsThem()
    {
        var options = await Environment.Options.Single(provider => provider.Name == "systemd.units").ListAsync("default", default);
        options.Select(option => option.Value).Should().Contain("labweb.service");
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task RebootHost_ScheduledThenUndone_IsCancelled()
    {
        var input = new { delayMinutes = 60 };
        var output = await Environment.RunAsync("linux.reboot_host", input);
        (await guest.InsideAsync("cat /run/systemd/shutdown/scheduled")).Should().Contain("MODE=reboot");
        output["bootId"]!.GetValue<string>().Should().Be((await guest.InsideAsync("cat /proc/sys/kernel/random/boot_id")).Trim());
        (await Environment.ProbeAsync("linux.reboot_host", input)).Should().Be(Probe.Happened);
        await Environment.UndoAsync("linux.reboot_host", input, output);
        (await guest.InsideAsync("ls /run/systemd/shutdown/scheduled 2>&1 || true")).Should().Contain("No such file");
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task CleanDisk_ByPolicy_DeletesOldOnly()
    {
        await guest.InsideAsync("mkdir -p /var/log/app && touch -d '40 days ago' /tmp/old /var/log/app/a.log.1.gz /var/log/app/a.log && touch /tmp/new /var/log/app/b.log.1.gz && dd if=/dev/zero of=/var/cache/apt/archives/x.deb bs=1k count=10 2>/dev/null");
        var dry = await Environment.RunAsync("linux.clean_disk", new { temporaryDays = 30, oldLogDays = 30, packageCache = true }, dryRun: true);
        dry["planned"]!.AsArray().Should().HaveCountGreaterThan(2);
        (await guest.InsideAsync("ls /tmp/old")).Should().NotBeEmpty();
        var output = await Environment.RunAsync("linux.clean_disk", new { temporaryDays = 30, oldLogDays = 30, packageCache = true, journalDays = 30 });
        output["done"]!.AsArray().Should().HaveCount(4);
        (await guest.InsideAsync("ls /tmp/old /tmp/new /var/log/app /var/cache/apt/archives/*.deb 2>/dev/null || true")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Should().Contain("/tmp/new").And.Contain("a.log").And.Contain("b.log.1.gz").And.NotContain("/tmp/old").And.NotContain("a.log.1.gz").And.NotContain("/var/cache/apt/archives/x.deb");
    }

    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task RotateLogs_OneConfiguration_RotatesItsLog()
    {
        await guest.InsideAsync("mkdir -p /var/log/lab && echo line > /var/log/lab/x.log && printf '/var/log/lab/x.log {\\n rotate 2\\n missingok\\n}\\n' > /etc/lab-rotate.conf");
        var output = await Environment.RunAsync("linux.rotate_logs", new { configuration = "/etc/lab-rotate.conf" });
        output["rotated"]!.AsArray().Should().ContainSingle().Which!.GetValue<string>().Should().Be("/var/log/lab/x.log");
        (await guest.InsideAsync("cat /var/log/lab/x.log.1")).Should().Be("line\n");
        var missing = () => Environment.RunAsync("linux.rotate_logs", new { configuration = "/etc/no.conf" });
        await missing.Should().ThrowAsync<ActivityException>();
    }
}
