namespace Homelab.Engine.Lab.World;

/// <summary>A machine with an operating system: a host, or a guest on one.</summary>
internal sealed class Machine
{
    public required string Name { get; init; }

    /// <summary>The host it is a guest of, and as which.</summary>
    public Guest? Guest { get; init; }

    public int Cores { get; init; } = 4;

    public long Memory { get; init; } = 8L << 30;

    /// <summary>Part of the memory that is in use.</summary>
    public double MemoryUse { get; set; } = 0.45;

    /// <summary>Of all cores.</summary>
    public double Load { get; set; } = 0.12;

    public Disk Disk { get; init; } = new();

    /// <summary>A btrfs beside the root.</summary>
    public Volume? Volume { get; init; }

    /// <summary>Text files that are looked at, by their path.</summary>
    public Dictionary<string, string> Files { get; } = new(StringComparer.Ordinal);

    public bool Powered { get; set; } = true;

    public bool NetworkUp { get; set; } = true;

    public List<Unit> Units { get; } = [];

    /// <summary>It runs; whether it can be reached is another matter.</summary>
    public bool IsUp => Powered && (Guest is null || (Guest.IsRunning && Guest.Node.IsUp));

    public bool IsReachable => IsUp && NetworkUp;

    public double CpuSeconds { get; set; }

    public DateTimeOffset BootedAt { get; set; }
}

/// <summary>The root file system of a machine by what fills it.</summary>
internal sealed class Disk
{
    public long Size { get; init; } = 64L << 30;

    /// <summary>system, data, images, containerlogs, journal, cache, tmp, backups.</summary>
    public Dictionary<string, long> Use { get; } = new(StringComparer.Ordinal)
    {
        ["system"] = 9L << 30, ["data"] = 12L << 30, ["images"] = 4L << 30, ["containerlogs"] = 1L << 30, ["journal"] = 1L << 30, ["cache"] = 1L << 30, ["tmp"] = 200L << 20, ["backups"] = 0,
    };

    public long Used => Math.Min(Size, Use.Values.Sum());

    public long Free => Size - Used;

    public double UsedPart => (double)Used / Size;
}

/// <summary>A btrfs with snapshots; each holds what was deleted or changed since.</summary>
internal sealed class Volume
{
    public required string MountedOn { get; init; }

    public long Size { get; init; } = 64L << 30;

    public long Data { get; set; } = 8L << 30;

    /// <summary>Oldest first.</summary>
    public List<(string Name, long Bytes)> Snapshots { get; } = [("snap-1", 1L << 30), ("snap-2", 1L << 30)];

    public long Used => Math.Min(Size, Data + Snapshots.Sum(snapshot => snapshot.Bytes));

    public long Free => Size - Used;
}

/// <summary>A guest of Proxmox: a virtual machine (qemu) or a container (lxc).</summary>
internal sealed class Guest
{
    public required int Vmid { get; init; }

    public required string Name { get; init; }

    public required string Type { get; init; }

    public required Machine Node { get; set; }

    public bool IsRunning { get; set; } = true;

    public int Cores { get; set; } = 4;

    public int MemoryMegabytes { get; set; } = 8192;

    /// <summary>Beside what its machine always uses.</summary>
    public long MoreMemory { get; set; }

    public int DiskGigabytes { get; set; } = 64;

    public DateTimeOffset StartedAt { get; set; }

    public List<Snapshot> Snapshots { get; } = [];

    public DateTimeOffset? LastBackup { get; set; }

    public bool LastBackupFailed { get; set; }
}

internal sealed record Snapshot(string Name, string Description, DateTimeOffset At);

/// <summary>A unit of systemd.</summary>
internal sealed class Unit
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    public required Machine Machine { get; init; }

    /// <summary>active, inactive, failed, activating.</summary>
    public string Active { get; set; } = "active";

    public string Result { get; set; } = "success";

    public int ExitStatus { get; set; }

    public int Restarts { get; set; }

    /// <summary>Rises with each start; systemd's InvocationID is made of it.</summary>
    public int Invocation { get; set; } = 1;

    public bool OneShot { get; init; }

    public DateTimeOffset? DiesAt { get; set; }

    /// <summary>Its address, where it serves pages by itself.</summary>
    public string? Site { get; init; }

    /// <summary>Where it shows a certificate of its own; the lab knows when it listens.</summary>
    public string? SecureSite { get; set; }

    /// <summary>What it shows until then.</summary>
    public DateTimeOffset? CertificateExpiresAt { get; set; }

    /// <summary>Of the certificate that lies there and is shown from the next reload on.</summary>
    public DateTimeOffset? RenewedTo { get; set; }

    /// <summary>Bytes, beside what the machine always uses.</summary>
    public long Leaked { get; set; }

    public bool Works => Active == "active" && Machine.IsUp;
}

/// <summary>What answers questions for addresses.</summary>
/// <param name="Kind">unit or container.</param>
internal sealed record Resolver(Machine Machine, string Kind, string Name)
{
    /// <summary>Where the lab answers for it; empty where it can only be looked at by its unit.</summary>
    public string Address { get; set; } = "";
}

/// <summary>A container on a Docker engine.</summary>
internal sealed class Container
{
    public required string Name { get; set; }

    public required string Id { get; init; }

    public required string Image { get; set; }

    public string? ImageBefore { get; set; }

    /// <summary>What its compose file says.</summary>
    public string DeclaredImage { get; init; } = "";

    public required Machine Machine { get; init; }

    /// <summary>Names of containers, units or machines that it needs.</summary>
    public IReadOnlyList<string> Needs { get; init; } = [];

    public bool HasCheck { get; init; } = true;

    /// <summary>Its address behind the proxy, where people use it.</summary>
    public string? Site { get; init; }

    public Dictionary<string, string> Labels { get; init; } = [];

    public string RestartPolicy { get; set; } = "unless-stopped";

    public long MemoryLimit { get; set; } = 512L << 20;

    public double Processors { get; set; }

    public long MemoryBase { get; set; } = 120L << 20;

    public long Memory { get; set; }

    public double Cpu { get; set; } = 0.03;

    public double CpuSeconds { get; set; }

    /// <summary>created, running, restarting, exited.</summary>
    public string State { get; set; } = "running";

    /// <summary>starting, healthy, unhealthy; null without a check.</summary>
    public string? Health { get; set; }

    public int FailingStreak { get; set; }

    public string CheckOutput { get; set; } = "HTTP/1.1 200 OK";

    public int ExitCode { get; set; }

    public bool OutOfMemory { get; set; }

    public int Restarts { get; set; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset StartedAt { get; set; }

    public DateTimeOffset? FinishedAt { get; set; }

    /// <summary>It ends by itself then.</summary>
    public DateTimeOffset? DiesAt { get; set; }

    /// <summary>The engine starts it again then.</summary>
    public DateTimeOffset? RestartsAt { get; set; }

    /// <summary>Kept aside by an update, renamed and stopped.</summary>
    public bool IsAside { get; set; }

    public bool IsRunning => State == "running";

    public LinkedList<LogEntry> Log { get; } = [];

    public long LogBytes { get; set; }
}

internal sealed record LogEntry(DateTimeOffset At, string Text, bool IsError = false);

/// <summary>The one PostgreSQL server; what its views would say.</summary>
internal sealed class Database
{
    public required Machine Machine { get; init; }

    public required Unit Unit { get; init; }

    public int MaxConnections { get; set; } = 100;

    public int BaseConnections { get; set; } = 14;

    public List<DatabaseSession> Sessions { get; } = [];

    public Dictionary<string, DatabaseTable> Tables { get; } = new(StringComparer.Ordinal)
    {
        ["orders"] = new() { Rows = 400_000, Bytes = 180L << 20 }, ["pages"] = new() { Rows = 90_000, Bytes = 90L << 20 }, ["files"] = new() { Rows = 1_200_000, Bytes = 420L << 20 },
    };

    public int Connections => BaseConnections + Sessions.Count;
}

internal sealed class DatabaseTable
{
    public long Rows { get; set; }

    public long DeadRows { get; set; }

    public long Bytes { get; set; }

    public DateTimeOffset? VacuumedAt { get; set; }
}

/// <param name="BlockedBy">The process it waits for.</param>
internal sealed record DatabaseSession(int Pid, string User, string Application, string State, string Query, DateTimeOffset Since, int? BlockedBy);

/// <summary>A certificate that a site shows, by its host name.</summary>
internal sealed class Certificate
{
    public required string Site { get; init; }

    public DateTimeOffset ExpiresAt { get; set; }
}

/// <summary>A backup job as its exporter tells of it.</summary>
internal sealed class BackupJob
{
    public required string Name { get; init; }

    public required Machine Machine { get; init; }

    /// <summary>The guest it saves; null for a job of a machine's own (restic by a unit).</summary>
    public Guest? Guest { get; init; }

    /// <summary>restic or borg, where it has a repository that can be asked.</summary>
    public string? Tool { get; init; }

    public DateTimeOffset LastSuccess { get; set; }

    public bool LastFailed { get; set; }
}
