using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Linux;

/// <summary>This machine, read and, on an interface of our own, changed.</summary>
public sealed class LinuxTests : IDisposable
{
    private readonly ActivityEnvironment _environment = new(("Activities:Ssh:default:Local", "true"));

    public void Dispose() => _environment.Dispose();

    [Fact]
    public async Task GetDiskUsage_ThisMachine_KnowsTheRoot()
    {
        var systems = (await _environment.RunAsync("linux.get_disk_usage", new { }))["fileSystems"]!.AsArray();
        var root = systems.Single(system => system!["mountedOn"]!.GetValue<string>() == "/")!;
        var drive = new DriveInfo("/");
        root["sizeBytes"]!.GetValue<long>().Should().Be(drive.TotalSize);
        root["usedPercent"]!.GetValue<double>().Should().BeInRange(0, 100);
    }

    [Fact]
    public async Task ListBiggestDirectories_OwnTree_IsInOrder()
    {
        var folder = Directory.CreateTempSubdirectory("hl-du-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "big\nname"));
        await File.WriteAllBytesAsync(Path.Combine(folder, "big\nname", "f"), new byte[1 << 20]);
        Directory.CreateDirectory(Path.Combine(folder, "small"));
        var found = (await _environment.RunAsync("linux.list_biggest_directories", new { path = folder, depth = 1 }))["directories"]!.AsArray();
        found.Select(entry => entry!["path"]!.GetValue<string>()).Should().Equal(folder, Path.Combine(folder, "big\nname"), Path.Combine(folder, "small"));
        found[1]!["bytes"]!.GetValue<long>().Should().BeGreaterThanOrEqualTo(1 << 20);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task GetMemory_ThisMachine_AgreesWithTheKernel()
    {
        var memory = await _environment.RunAsync("linux.get_memory", new { });
        var total = (await File.ReadAllLinesAsync("/proc/meminfo"))[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
        memory["totalBytes"]!.GetValue<long>().Should().Be(long.Parse(total, System.Globalization.CultureInfo.InvariantCulture) * 1024);
        memory["load"]!.AsArray().Should().HaveCount(3);
    }

    [Fact]
    public async Task ListProcesses_ByMemory_HoldsThisOne()
    {
        var processes = (await _environment.RunAsync("linux.list_processes", new { count = 1000 }))["processes"]!.AsArray();
        processes.Select(process => process!["pid"]!.GetValue<int>()).Should().Contain(Environment.ProcessId);
        processes.Select(process => process!["memoryBytes"]!.GetValue<long>()).Should().BeInDescendingOrder();
    }

    [Fact]
    public async Task CleanDisk_NothingAskedFor_SaysWhatToSet() =>
        (await FluentActions.Awaiting(() => _environment.RunAsync("linux.clean_disk", new { })).Should().ThrowAsync<ActivityException>())
            .Which.Message.Should().Contain("journalDays");

    [ServerFact("/usr/sbin/ip"), Trait("Category", "Servers")]
    public async Task RestartInterface_OwnOne_IsUpAgain()
    {
        var name = $"hl{Environment.ProcessId % 100000}";
        await RealServer.RunAsync("ip", "link", "add", name, "type", "bridge");
        try
        {
            await RealServer.RunAsync("ip", "link", "set", name, "up");
            (await _environment.TargetAsync("linux.restart_interface", new { @interface = name }))!.Id.Should().Be($"ssh:default/interface/{name}");
            var output = await _environment.RunAsync("linux.restart_interface", new { @interface = name });
            output["up"]!.GetValue<bool>().Should().BeTrue();
            (await RealServer.RunAsync("ip", "-o", "link", "show", name)).Should().Contain(",UP");
            var dry = await _environment.RunAsync("linux.restart_interface", new { @interface = name }, dryRun: true);
            dry["dryRun"]!.GetValue<bool>().Should().BeTrue();
        }
        finally
        {
            await RealServer.RunAsync("ip", "link", "delete", name);
        }
    }

    /// <summary>The connection itself runs through the interface: a namespace of its own behind a pair of interfaces, one of which is restarted from outside.</summary>
    [ServerFact("/usr/sbin/ip", "/usr/sbin/sshd")]
    public async Task RestartInterface_OverSshThroughItself_ComesUpAgain()
    {
        var name = $"hl{Random.Shared.Next(1000, 9999)}";
        RealServer? sshd = null;
        try
        {
            sshd = await RealServer.StartAsync("sshd", null, "root", name);
            using var environment = new ActivityEnvironment(
                ("Activities:Ssh:far:Host", "10.231.77.2"), ("Activities:Ssh:far:Port", $"{sshd.Port}"), ("Activities:Ssh:far:User", "root"),
                ("Activities:Ssh:far:KeyFile", Path.Combine(sshd.Data, "id_ed25519")), ("Activities:Ssh:far:KnownHostsFile", Path.Combine(sshd.Data, "known_hosts")));
            var input = new { connection = "far", @interface = $"{name}-b" };
            (await environment.TargetAsync("linux.restart_interface", input))!.Id.Should().Be($"ssh:far/interface/{name}-b");
            var before = await DownsAsync();
            var output = await environment.RunAsync("linux.restart_interface", input);
            output["up"]!.GetValue<bool>().Should().BeTrue();
            (await DownsAsync()).Should().BeGreaterThan(before, "it was down in between");
            (await RealServer.RunAsync("ip", "-n", name, "-o", "link", "show", $"{name}-b")).Should().Contain(",UP");
        }
        finally
        {
            if (sshd is not null)
                await sshd.DisposeAsync();
            await RealServer.RunAsync("ip", "netns", "delete", name);
        }

        // The other end loses its line whenever this one is down.
        async Task<int> DownsAsync() => int.Parse(await File.ReadAllTextAsync($"/sys/class/net/{name}-a/carrier_down_count"), System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("lo", "loopback")]
    [InlineData("nosuch0", "nosuch0")]
    public async Task RestartInterface_NotTo_IsRefused(string name, string says) =>
        (await FluentActions.Awaiting(() => _environment.RunAsync("linux.restart_interface", new { @interface = name })).Should().ThrowAsync<ActivityException>())
            .Which.Message.Should().Contain(says);
}
