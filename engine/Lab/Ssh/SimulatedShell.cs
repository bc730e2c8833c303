using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Ssh;

/// <summary>
/// What a machine of the simulated homelab answers to the commands that the product sends over SSH. No shell and no program of this machine runs: a command that is not
/// known answers 127, as one that is not installed does.
/// </summary>
internal sealed partial class SimulatedShell(World.Homelab homelab)
{
    private const string RemotePid = "homelab-pid:4711\n";

    public Task<SshResult?> RunAsync(SshCommand command, CancellationToken cancellationToken)
    {
        lock (homelab.Sync)
        {
            // The user it signs in as is the machine it wants: all of them are behind one address.
            if (homelab.Machine(command.User) is not { IsReachable: true } machine)
                return Task.FromResult<SshResult?>(null);
            var words = Words(command.Text);
            // sh -c 'echo pid; exec timeout -k 5 "$@"' sh SECONDS program arguments...: how the product wraps every command.
            if (words is ["sh", "-c", var script, "sh", _, ..] && script.Contains("exec timeout", StringComparison.Ordinal))
            {
                var answer = Run(machine, [.. words.Skip(5)], command.Input);
                return Task.FromResult<SshResult?>(answer with { Error = RemotePid + answer.Error });
            }

            return Task.FromResult<SshResult?>(Run(machine, words, command.Input));
        }
    }

    private SshResult Run(Machine machine, string[] words, string input) => words switch
    {
        ["sudo", "-n", "--", .. var rest] => Run(machine, rest, input),
        ["env", .. var rest] => Run(machine, [.. rest.SkipWhile(word => word.Contains('=', StringComparison.Ordinal))], input),
        ["docker", "compose", "-f", ComposeFile, .. var rest] => Compose(machine, rest),
        ["restic", .. var rest] => Restic(machine, rest),
        ["borg", .. var rest] => Borg(machine, rest),
        ["btrfs", .. var rest] when machine.Volume is { } volume => Btrfs(machine, volume, rest),
        ["base64", "--", var path] => File(machine, path) is { } text ? Out(Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) + "\n") : Missing("base64", path),
        ["cp", "-a", "--", var from, var to] when machine.Files.TryGetValue(from, out var copied) => Keep(machine, to, copied),
        ["sh", "-c", var script, "sh", var path, ..] when script.Contains("base64 -d", StringComparison.Ordinal) => Write(machine, path, Encoding.UTF8.GetString(Convert.FromBase64String(input.Trim()))),
        ["uname", ..] => Out("Linux 6.1.0-25-amd64\n"),
        ["uptime", ..] => Out($" up 41 days, load average: {machine.Load * machine.Cores:0.00}\n"),
        ["systemctl", .. var rest] => Systemctl(machine, rest),
        ["journalctl", .. var rest] => Journalctl(machine, rest),
        ["df", .. var rest] => Df(machine, rest),
        ["apt-get", "clean"] => Done(homelab.Clean(machine, "clean", "cache")),
        ["find", "/tmp", ..] => Done(homelab.Clean(machine, "clean", "tmp")),
        ["find", "/var/log", ..] => Done(homelab.Clean(machine, "clean", "logs")),
        ["find", ..] => Out(""),
        ["logrotate", ..] => Rotate(machine),
        ["test", _, var path] => new(Exists(machine, path) ? 0 : 1, "", ""),
        ["cat", .. var files] => Cat(machine, files),
        ["ss", ..] => Out(""),
        ["ip", "-j", "addr"] => Out("[]\n"),
        ["ls", "-1", "/sys/class/net"] => Out(machine.Volume is null ? "eth0\nlo\n" : "eth0\neth1\nlo\n"),
        ["stat", "-c", "%s", "--", var log] => ContainerOfLog(log) is { } container ? Out($"{container.LogBytes}\n") : Missing("stat", log),
        ["truncate", "-s", "0", "--", var log] => ContainerOfLog(log) is { } container ? ClearLog(machine, container) : Missing("truncate", log),
        ["du", ..] => Out(string.Concat(machine.Disk.Use.OrderByDescending(use => use.Value).Select(use => $"{use.Value}\t{Place(use.Key)}\n"))),
        ["ps", ..] => Out(Processes(machine)),
        ["sh", "-c", var script, ..] when script.Contains("ip link set", StringComparison.Ordinal) => Done(homelab.RestartInterface(machine)),
        ["shutdown", "-r", ..] => Done(homelab.Do("reboot", "machine", machine.Name)),
        ["certbot", .. var rest] => Certbot(rest),
        ["kill", ..] or ["true"] => Out(""),
        [var program, ..] => new(127, "", $"sh: 1: {program}: not found\n"),
        _ => Out(""),
    };

    private SshResult Systemctl(Machine machine, string[] words)
    {
        switch (words)
        {
            case ["show", .., var name]:
                return Out(Show(machine, name));
            case ["list-units", .. var options]:
                var type = options.FirstOrDefault(option => option.StartsWith("--type=", StringComparison.Ordinal))?["--type=".Length..] ?? "service";
                var state = options.FirstOrDefault(option => option.StartsWith("--state=", StringComparison.Ordinal))?["--state=".Length..];
                return Out(string.Concat(machine.Units.Where(unit => unit.Name.EndsWith($".{type}", StringComparison.Ordinal) && (state is null or "" || state == unit.Active))
                    .Select(unit => $"{unit.Name} loaded {unit.Active} {Sub(unit)} {unit.Description}\n")));
            case ["list-unit-files", ..]:
                return Out(string.Concat(machine.Units.Select(unit => $"{unit.Name} enabled enabled\n")));
            case ["is-active", .., var asked]:
                return homelab.Unit($"{machine.Name}/{asked}") is { } active ? new(active.Active == "active" ? 0 : 3, $"{active.Active}\n", "") : new(3, "inactive\n", "");
            case [var verb, .., var named] when verb is "start" or "stop" or "restart" or "reload":
                if (homelab.Unit($"{machine.Name}/{named}") is not { } unit)
                    return new(5, "", $"Failed to {verb} {named}: Unit {named} not found.\n");
                return homelab.Change(unit, verb) is { } error
                    ? new(1, "", $"Job for {named} failed because the control process exited with error code. {error}\n")
                    : Out("");
            default:
                return new(1, "", $"Unknown command verb {words.FirstOrDefault()}.\n");
        }
    }

    private string Show(Machine machine, string name)
    {
        var unit = homelab.Unit($"{machine.Name}/{name}");
        return string.Join('\n',
            $"Id={name}", $"LoadState={(unit is null ? "not-found" : "loaded")}", $"ActiveState={unit?.Active ?? "inactive"}", $"SubState={(unit is null ? "dead" : Sub(unit))}",
            $"UnitFileState={(unit is null ? "" : "enabled")}", $"Description={unit?.Description ?? name}", $"MainPID={(unit is { Active: "active" } ? 812 : 0)}", "MemoryCurrent=48234496",
            $"NRestarts={unit?.Restarts ?? 0}", $"Result={unit?.Result ?? "success"}", $"ExecMainStatus={unit?.ExitStatus ?? 0}", "StateChangeTimestamp=", "ReloadResult=success", "CanReload=yes",
            $"InvocationID={(unit is null ? "" : StandardHomelab.Id(unit.Invocation, name)[..32])}", "");
    }

    private static string Sub(Unit unit) => unit.Active switch
    {
        "active" => "running",
        "failed" => "failed",
        _ => "dead",
    };

    private SshResult Journalctl(Machine machine, string[] words)
    {
        if (words.Any(word => word.StartsWith("--vacuum", StringComparison.Ordinal)))
            return Done(homelab.Clean(machine, "clean", "journal"));
        var name = words.FirstOrDefault(word => word.StartsWith("--unit=", StringComparison.Ordinal))?["--unit=".Length..];
        return Out(string.Concat(machine.Units.Where(unit => unit.Active == "failed" && (name is null or "" || unit.Name == name)).Select(unit => new JsonObject
        {
            ["__REALTIME_TIMESTAMP"] = (homelab.Now.ToUnixTimeMilliseconds() * 1000).ToString(CultureInfo.InvariantCulture),
            ["PRIORITY"] = "3",
            ["_SYSTEMD_UNIT"] = unit.Name,
            ["MESSAGE"] = $"{unit.Name}: Main process exited, code=exited, status={unit.ExitStatus}/FAILURE",
        }.ToJsonString() + "\n")));
    }

    private static SshResult Df(Machine machine, string[] words)
    {
        var disk = machine.Disk;
        if (words.Contains("--output=avail"))
            return Out($"     Avail\n{disk.Free}\n");
        // A btrfs makes its inodes as they are needed, and df says none.
        return Out($"Filesystem Type 1B-blocks Used Avail Inodes IUsed Mounted on\n/dev/sda1 ext4 {disk.Size} {disk.Used} {disk.Free} 4000000 800000 /\n"
            + (machine.Volume is { } volume ? $"/dev/sdb btrfs {volume.Size} {volume.Used} {volume.Free} 0 0 {volume.MountedOn}\n" : ""));
    }

    private SshResult Rotate(Machine machine) => homelab.Clean(machine, "rotate_logs", "logs", "containerlogs") is { } error
        ? new(1, "", $"error: {error}\n")
        : Out("", "rotating log /var/log/syslog, log->rotateCount is 4\n");

    private SshResult ClearLog(Machine machine, Container container)
    {
        var error = homelab.Do("clear_logs", "container", container.Name, effect: () =>
        {
            container.LogBytes = 0;
            machine.Disk.Use["containerlogs"] = 300L << 20;
            foreach (var fault in homelab.ActiveFaults.Where(fault => fault.Kind.Name == "disk_filling" && fault.Target == machine.Name && fault.Request is { Cause: "containerlogs", Cure: null }).ToList())
                homelab.End(fault, "clear_logs");
        });
        return Done(error);
    }

    private SshResult Certbot(string[] words)
    {
        if (words is ["--version", ..])
            return Out("certbot 2.1.0\n");
        var named = words.Select((word, index) => word is "--cert-name" or "-d" && index + 1 < words.Length ? words[index + 1] : null).FirstOrDefault(name => name is not null);
        var sites = homelab.Certificates.Where(certificate => named is null ? certificate.ExpiresAt < homelab.Now.AddDays(30) : certificate.Site == named).ToList();
        foreach (var site in sites)
        {
            if (homelab.Renew(site.Site) is { } error)
                return new(1, "", $"Failed to renew certificate {site.Site} with error: {error}\n");
        }

        return Out(sites.Count == 0 ? "No renewals were attempted.\n" : $"Congratulations, all renewals succeeded: {string.Join(", ", sites.Select(site => site.Site))}\n");
    }

    private SshResult Cat(Machine machine, string[] files)
    {
        var text = new StringBuilder();
        foreach (var file in files)
        {
            if (File(machine, file) is not { } read)
                return Missing("cat", file);
            text.Append(read);
        }

        return Out(text.ToString());
    }

    private string? File(Machine machine, string path)
    {
        var load = string.Create(CultureInfo.InvariantCulture, $"{machine.Load * machine.Cores:0.00}");
        return path switch
        {
            "/proc/meminfo" => $"MemTotal: {machine.Memory / 1024} kB\nMemAvailable: {(long)(machine.Memory * (1 - homelab.MemoryUse(machine))) / 1024} kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n",
            "/proc/loadavg" => $"{load} {load} {load} 1/200 4711\n",
            "/proc/uptime" => "3542400.00 7000000.00\n",
            "/proc/sys/kernel/random/boot_id" => "6d1d0f3e-0000-4000-8000-000000000001\n",
            "/sys/class/net/eth0/flags" => machine.NetworkUp ? "0x1003\n" : "0x1002\n",
            "/sys/class/net/eth0/operstate" => machine.NetworkUp ? "up\n" : "down\n",
            "/sys/class/net/eth1/flags" when machine.Volume is not null => "0x1003\n",
            "/sys/class/net/eth1/operstate" when machine.Volume is not null => homelab.ActiveFaults.Any(fault => fault.Kind.Name == "link_down" && fault.Target == machine.Name) ? "down\n" : "up\n",
            _ => machine.Files.GetValueOrDefault(path),
        };
    }

    private static bool Exists(Machine machine, string path) =>
        path is "/sys/class/net/eth0" or "/sys/class/net/lo" or "/etc/logrotate.conf" or ComposeFile or "/srv/shares" || machine.Files.ContainsKey(path)
        || (path == "/sys/class/net/eth1" && machine.Volume is not null) || (path.StartsWith("/etc/systemd/system/", StringComparison.Ordinal) && machine.Units.Any(unit => path.EndsWith(unit.Name, StringComparison.Ordinal)));

    private string Processes(Machine machine) => string.Concat(homelab.Containers.Where(container => container.Machine == machine && container.IsRunning)
        .OrderByDescending(container => container.Memory)
        .Select((container, index) => string.Create(CultureInfo.InvariantCulture, $"{4000 + index} 1 root {container.Cpu * 100:0.0} {container.Memory / 1024} {(int)(homelab.Now - container.StartedAt).TotalSeconds} {container.Name}\n"))
        .Prepend(string.Concat(machine.Units.Where(unit => unit.Leaked > 0 || Busy(unit) > 0).Select(unit => string.Create(
            CultureInfo.InvariantCulture, $"812 1 root {Busy(unit) * 100:0.0} {unit.Leaked / 1024} 90000 {Path.GetFileNameWithoutExtension(unit.Name)}\n")))));

    private double Busy(Unit unit) => homelab.ActiveFaults.Where(fault => fault.Kind.Name == "service_busy" && homelab.Unit(fault.Target) == unit).Sum(fault => fault.Amount);

    private Container? ContainerOfLog(string path) => homelab.Containers.FirstOrDefault(container => path.Contains(container.Id, StringComparison.Ordinal));

    private static string Place(string use) => use switch
    {
        "images" => "/var/lib/docker/overlay2",
        "containerlogs" => "/var/lib/docker/containers",
        "journal" => "/var/log/journal",
        "logs" => "/var/log",
        "cache" => "/var/cache/apt",
        "tmp" => "/tmp",
        "backups" => "/var/backups",
        "data" => "/srv",
        _ => "/usr",
    };

    private static SshResult Out(string output, string error = "") => new(0, output, error);

    private static SshResult Done(string? error) => error is null ? Out("") : new(1, "", error + "\n");

    private static SshResult Missing(string program, string path) => new(1, "", $"{program}: {path}: No such file or directory\n");

    /// <summary>The words of a command in which each is in single quotes, with '\'' for one inside; plain words too.</summary>
    internal static string[] Words(string command)
    {
        List<string> words = [];
        var (word, any, quoted) = (new StringBuilder(), false, false);
        for (var at = 0; at < command.Length; at++)
        {
            var letter = command[at];
            if (letter == '\'')
                (quoted, any) = (!quoted, true);
            else if (!quoted && letter == '\\' && at + 1 < command.Length)
                word.Append(command[++at]);
            else if (!quoted && char.IsWhiteSpace(letter))
                Take();
            else
                word.Append(letter);
        }

        Take();
        return [.. words];

        void Take()
        {
            if (word.Length > 0 || any)
                words.Add(word.ToString());
            word.Clear();
            any = false;
        }
    }
}
