using System.ComponentModel;

namespace Homelab.Engine.Lab.World;

/// <summary>A fault as a scenario, the console or the script of the first minute asks for it.</summary>
internal sealed record FaultRequest
{
    [Description("What goes wrong: GET /api/lab/faults lists the kinds.")]
    public required string Kind { get; init; }

    [Description("Name of what it strikes: a container, guest, machine, unit (machine/unit), site or table.")]
    public required string Target { get; init; }

    [Description("Actions that end it; those of the kind when left out, none when empty.")]
    public IReadOnlyList<string>? Cure { get; init; }

    [Description("Actions on the target that make it worse.")]
    public IReadOnlyList<string> WorseOn { get; init; } = [];

    [Description("Actions on the target that are refused with an error.")]
    public IReadOnlyList<string> Fails { get; init; } = [];

    [Description("Actions on the target during which the machine below it dies.")]
    public IReadOnlyList<string> HostDiesOn { get; init; } = [];

    [Description("Actions on the target during which the product itself is killed; it is started again at once.")]
    public IReadOnlyList<string> ProductDiesOn { get; init; } = [];

    [Description("What fills, such as images, containerlogs, journal, cache, data, for disk_filling; restic or borg for backup_outdated; working for blocking_query.")]
    public string? Cause { get; init; }

    [Description("How much, in the kind's own unit.")]
    public double? Amount { get; init; }

    [Description("Seconds after which it ends by itself.")]
    public double? EndsAfter { get; init; }
}

/// <summary>A fault that struck.</summary>
internal sealed class Fault(FaultKind kind, FaultRequest request, string id, DateTimeOffset at)
{
    public string Id => id;

    public FaultKind Kind => kind;

    public FaultRequest Request => request;

    public string Target => request.Target;

    public DateTimeOffset At => at;

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>The action that ended it, or "itself".</summary>
    public string? EndedBy { get; set; }

    public bool IsActive => EndedAt is null;

    public IReadOnlyList<string> Cures => request.Cure ?? kind.Cures;

    public double Amount => request.Amount ?? kind.Amount;
}

/// <summary>What can go wrong.</summary>
/// <param name="On">container, guest, machine, unit, site, table or database.</param>
/// <param name="Cures">Actions that end it unless the request says otherwise.</param>
/// <param name="Amount">How much when the request does not say.</param>
/// <param name="IsTrap">It shows no symptom by itself.</param>
internal sealed record FaultKind(string Name, string Title, string On, IReadOnlyList<string> Cures, double Amount = 0, bool IsTrap = false)
{
    public static IReadOnlyList<FaultKind> All { get; } =
    [
        new("backup_failed", "A backup fails", "guest", ["backup"]),
        new("blocking_query", "A session blocks others", "database", ["terminate_session", "cancel_query", "restart"], 4),
        new("backup_outdated", "The backups of a repository stopped (by restic or borg)", "machine", ["back_up"]),
        new("certificate_expiring", "A certificate is about to expire (days left)", "site", ["renew_certificate"], 3),
        new("connections_exhausted", "Idle sessions use up the database's connections", "database", ["clear_connections", "restart"], 84),
        new("container_crash", "A container crashes and stays down", "container", ["start", "restart", "recreate"]),
        new("container_unhealthy", "A container hangs and fails its health check", "container", ["restart", "recreate"]),
        new("database_bloat", "A table is full of dead rows (part of it)", "table", ["vacuum", "reindex"], 0.6),
        new("disk_filling", "A disk fills (part of it per minute)", "machine", ["by cause"], 0.6),
        new("dns_failing", "The resolver does not answer", "unit", ["restart", "start"]),
        new("dns_hanging", "A resolver runs and answers nobody", "unit", ["restart"]),
        new("file_changed", "A configuration file is not as declared", "machine", ["write_file"]),
        new("flapping", "A container is unhealthy and healthy in turn (seconds)", "container", [], 20),
        new("guest_down", "A guest stops", "guest", ["start"]),
        new("guest_high_memory", "A guest uses nearly all of its memory (part of it)", "guest", ["config"], 0.93),
        new("high_cpu", "A container uses all it gets of the processor", "container", ["restart", "recreate"], 2.4),
        new("high_memory", "A container uses nearly all of its memory (part of it)", "container", ["restart", "update"], 0.97),
        new("host_dead", "A machine loses its power", "machine", []),
        new("image_changed", "A container has another image than its compose file declares", "container", ["recreate"]),
        new("interface_down", "A network interface loses its link", "machine", ["restart_interface"]),
        new("link_down", "A second network interface loses its link", "machine", ["restart_interface"]),
        new("log_flood", "A container writes thousands of lines (per second)", "container", ["restart", "recreate"], 4000),
        new("long_query", "A query runs for hours", "database", ["terminate_session", "cancel_query", "restart"], 3),
        new("lying_check_good", "A container serves nobody, its health check says healthy", "container", ["restart", "recreate"]),
        new("lying_check_bad", "A container serves everybody, its health check says unhealthy", "container", []),
        new("memory_leak", "A container leaks memory (MiB per second)", "container", ["restart"], 3),
        new("restart_loop", "A container ends again and again", "container", ["recreate", "roll_back"], 6),
        new("service_down", "A unit fails", "unit", ["restart", "start"]),
        new("service_busy", "A unit works without a break (processors)", "unit", ["restart"], 3),
        new("service_hungry", "A unit takes the memory of its machine (part of it)", "unit", ["restart"], 0.45),
        new("service_leaking", "A unit leaks memory (MiB per second)", "unit", ["restart"], 8),
        new("service_slow", "A site answers slowly (seconds)", "site", ["restart", "recreate"], 3.5),
        new("snapshots_filling", "Snapshots fill the second file system (part of it)", "machine", ["delete_subvolume"], 0.85),
        new("trap", "Nothing by itself: actions on it fail or harm", "any", [], IsTrap: true),
    ];

    public static FaultKind? Find(string name) => All.FirstOrDefault(kind => kind.Name == name);
}

/// <summary>Something that was asked of the homelab and changes it.</summary>
internal sealed record ActionRecord
{
    public required DateTimeOffset At { get; init; }

    /// <summary>restart, start, prune_images, ...</summary>
    public required string Verb { get; init; }

    /// <summary>container/wiki, guest/dns, machine/nas, unit/nas/smbd.service, database/main, ...</summary>
    public required string Target { get; init; }

    public string? Detail { get; init; }

    /// <summary>Something was wrong there that it could be meant for, or it takes an earlier action back.</summary>
    public bool Needed { get; init; }

    /// <summary>It ended a fault.</summary>
    public bool Helped { get; set; }

    /// <summary>It broke something that worked.</summary>
    public bool Harmed { get; set; }

    public string? Error { get; set; }

    /// <summary>The action it takes back, as verb.</summary>
    public string? TakesBack { get; init; }
}

/// <summary>A line of what happened.</summary>
/// <param name="Kind">fault, action, effect, alert, message.</param>
internal sealed record Happening(long Number, DateTimeOffset At, string Kind, string Text);
