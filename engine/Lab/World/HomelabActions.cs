namespace Homelab.Engine.Lab.World;

/// <summary>What the tools ask of the homelab, and what comes of it.</summary>
internal sealed partial class Homelab
{
    /// <summary>Pairs of which the second takes the first back.</summary>
    private static readonly Dictionary<string, string[]> WaysBack = new(StringComparer.Ordinal)
    {
        ["start"] = ["stop", "shutdown"], ["stop"] = ["start"], ["shutdown"] = ["start"], ["update"] = ["update"], ["recreate"] = ["roll_back"], ["roll_back"] = ["roll_back"],
        ["config"] = ["config"], ["snapshot"] = ["delete_snapshot", "rollback_snapshot"], ["isolate"] = ["connect"], ["alter_system"] = ["alter_system"],
    };

    /// <summary>Steps of one plan follow each other within it.</summary>
    private static readonly TimeSpan OnePlan = TimeSpan.FromSeconds(15);

    /// <summary>One action on one thing. The answer is an error text of the tool, or null when it was done.</summary>
    /// <param name="kind">container, guest, machine, unit, site, table, database, engine.</param>
    public string? Do(string verb, string kind, string name, string? detail = null, Action? effect = null)
    {
        var active = ActiveFaults.Where(fault => fault.Target == name).ToList();
        var takesBack = Actions.LastOrDefault(past => past.Target == $"{kind}/{name}" && past.Error is null && WaysBack.GetValueOrDefault(past.Verb, []).Contains(verb))?.Verb;
        var record = new ActionRecord
        {
            At = Now,
            Verb = verb,
            Target = $"{kind}/{name}",
            Detail = detail,
            Needed = active.Any(fault => !fault.Kind.IsTrap) || IsPreparation(verb) || takesBack is not null || IsOfOnePlan(verb, $"{kind}/{name}", detail, name),
            TakesBack = takesBack,
        };
        Actions.Add(record);
        Tell("action", $"{verb} {kind} {name}{(detail is null ? "" : $" ({detail})")}");
        if (active.Any(fault => fault.Request.ProductDiesOn.Contains(verb)))
        {
            foreach (var fault in active.Where(fault => fault.Kind.IsTrap && fault.Request.ProductDiesOn.Contains(verb)))
                End(fault, verb);
            ProductDies?.Invoke();
        }

        if (active.FirstOrDefault(fault => fault.Request.HostDiesOn.Contains(verb)) is { } deadly)
        {
            End(deadly, verb);
            Strike(new FaultRequest { Kind = "host_dead", Target = (MachineOf(kind, name) ?? Machines[0]).Name });
            return record.Error = "the machine does not answer";
        }

        if (active.FirstOrDefault(fault => fault.Request.Fails.Contains(verb)) is { } failing)
            return record.Error = $"{verb} of {failing.Target} failed: input/output error";
        effect?.Invoke();
        foreach (var fault in active.Where(fault => fault.Cures.Contains(verb)).ToList())
        {
            End(fault, verb);
            record.Helped = true;
        }

        if (active.Any(fault => fault.Request.WorseOn.Contains(verb)))
        {
            record.Harmed = true;
            Worsen(kind, name);
        }
        else
        {
            Relapsing(name);
        }

        return null;
    }

    /// <summary>The next step of what was begun while something was wrong: the step before it ended that a moment ago, and it is not the same once more.</summary>
    private bool IsOfOnePlan(string verb, string target, string? detail, string name) =>
        Faults.Any(fault => fault.Target == name && fault.EndedAt is { } ended && fault.EndedBy != "itself" && Now - ended < OnePlan)
        && !Actions.Any(past => past.Target == target && past.Verb == verb && past.Detail == detail && Now - past.At < OnePlan);

    /// <summary>What changes nothing of what runs: a snapshot, a backup, a silence.</summary>
    private static bool IsPreparation(string verb) => verb is "snapshot" or "delete_snapshot" or "silence" or "pull";

    public string? Start(Container container) => Do("start", "container", container.Name, effect: () =>
    {
        container.Restarts = 0;
        Run(container);
    });

    public string? Restart(Container container) => Do("restart", "container", container.Name, effect: () =>
    {
        Stop(container, exitCode: 143);
        // As the real engine: its count is of what it did by itself since it was told to start.
        container.Restarts = 0;
        Run(container);
    });

    /// <summary>As its compose file declares it.</summary>
    public string? Recreate(Container container) => Do("recreate", "container", container.Name, container.DeclaredImage, () =>
    {
        Stop(container, exitCode: 143);
        container.Image = container.DeclaredImage;
        Run(container);
    });

    public string? Stop(Container container) => Do("stop", "container", container.Name, effect: () => Halt(container, 143));

    public string? Kill(Container container, string signal) => Do("kill", "container", container.Name, signal, () => Halt(container, 137));

    private void Halt(Container container, int exitCode)
    {
        Stop(container, exitCode);
        (container.State, container.RestartsAt, container.DiesAt) = ("exited", null, null);
    }

    public string? Update(Container container, long? memory, double? processors)
    {
        var error = Do("update", "container", container.Name, string.Join(", ", new[] { memory is { } bytes ? $"memory {bytes >> 20} MiB" : null, processors is { } count ? FormattableString.Invariant($"processors {count}") : null }.OfType<string>()), () =>
        {
            container.MemoryLimit = memory ?? container.MemoryLimit;
            container.Processors = processors ?? container.Processors;
        });
        // What takes all that it gets has taken the more at once; looking right after must not find room.
        if (Has(container, "high_memory") is { } high && container.IsRunning)
            container.Memory = (long)(container.MemoryLimit * high.Amount);
        return error;
    }

    public string? Start(Guest guest) => Do("start", "guest", guest.Name, effect: () => (guest.IsRunning, guest.StartedAt) = (true, Now));

    public string? Stop(Guest guest, string verb) => Do(verb, "guest", guest.Name, effect: () => guest.IsRunning = false);

    public string? Reboot(Guest guest) => Do("reboot", "guest", guest.Name, effect: () =>
    {
        guest.StartedAt = Now;
        foreach (var container in Containers.Where(container => container.Machine.Guest == guest && container.State == "running"))
            StartProcess(container);
    });

    public string? Backup(Guest guest) => Do("backup", "guest", guest.Name, effect: () =>
    {
        (guest.LastBackup, guest.LastBackupFailed) = (Now, false);
        foreach (var job in Backups.Where(job => job.Guest == guest))
            (job.LastSuccess, job.LastFailed) = (Now, false);
    });

    public string? Change(Unit unit, string verb) => unit.Name == "certbot.service" && verb is "start" or "restart" ? Renew(unit.Machine) : Do(verb, "unit", $"{unit.Machine.Name}/{unit.Name}", effect: () =>
    {
        if (verb is "reload" or "restart" && unit.RenewedTo is { } renewed)
            (unit.CertificateExpiresAt, unit.RenewedTo) = (renewed, null);

        if (verb == "stop")
        {
            (unit.Active, unit.Result) = ("inactive", "success");
            return;
        }

        if (verb == "reload")
            return;
        (unit.Active, unit.Result, unit.ExitStatus, unit.Invocation) = (unit.OneShot ? "inactive" : "active", "success", 0, unit.Invocation + 1);
        foreach (var job in Backups.Where(job => unit.Name == "restic-backup.service" && job.Tool == "restic" && job.Machine == unit.Machine))
            (job.LastSuccess, job.LastFailed) = (Now, false);
    });

    /// <summary>Frees what fills the disk; ends a fault whose cause it is.</summary>
    public string? Clean(Machine machine, string verb, params string[] causes) => Do(verb, "machine", machine.Name, string.Join(", ", causes), () =>
    {
        foreach (var cause in causes.Where(machine.Disk.Use.ContainsKey))
            machine.Disk.Use[cause] = Math.Min(machine.Disk.Use[cause], 300L << 20);
        foreach (var fault in ActiveFaults.Where(fault => fault.Kind.Name == "disk_filling" && fault.Target == machine.Name && fault.Request.Cure is null
            && causes.Contains(fault.Request.Cause ?? "cache")).ToList())
        {
            End(fault, verb);
            Actions[^1].Helped = true;
        }
    });

    public string? RestartInterface(Machine machine) => Do("restart_interface", "machine", machine.Name);

    public string? Renew(string site) => Do("renew_certificate", "site", site, effect: () => CertificateOf(site).ExpiresAt = Now.AddDays(90));

    /// <summary>What renews on a machine puts new certificates beside those that its servers show; each shows its own from its next reload on.</summary>
    private string? Renew(Machine machine)
    {
        foreach (var server in machine.Units.Where(unit => unit.CertificateExpiresAt < Now.AddDays(30)))
        {
            if (Do("renew_certificate", "unit", $"{machine.Name}/{server.Name}", effect: () => server.RenewedTo = Now.AddDays(90)) is { } error)
                return error;
        }

        return null;
    }

    /// <summary>Starts the process; what needs it sees it at its next check.</summary>
    private void Run(Container container)
    {
        if (!container.IsRunning)
            StartProcess(container);
    }

    /// <summary>What is still wrong with it shows again.</summary>
    private void Relapsing(string name)
    {
        foreach (var fault in ActiveFaults.Where(fault => fault.Target == name))
        {
            if (fault.Kind.Name is "container_crash" or "restart_loop" && Container(name) is { IsRunning: true } container)
                container.DiesAt = Now + Relapse;
            if (fault.Kind.Name is "service_down" or "dns_failing" && Unit(name) is { Active: "active" } unit)
                unit.DiesAt = Now + Relapse;
            if (fault.Kind.Name == "guest_down" && Guest(name) is { } guest)
                guest.IsRunning = false;
        }
    }

    private void Worsen(string kind, string name)
    {
        Tell("effect", $"{kind} {name} is worse than before");
        switch (kind)
        {
            case "container" when Container(name) is { } container:
                Write(container, "fatal: journal is corrupt, refusing to start", isError: true);
                Halt(container, 70);
                Strike(new FaultRequest { Kind = "container_crash", Target = name, Cure = ["roll_back"] });
                break;
            case "guest" when Guest(name) is { } guest:
                guest.IsRunning = false;
                break;
            case "unit" when Unit(name) is { } unit:
                Fail(unit);
                break;
        }
    }

    private Machine? MachineOf(string kind, string name) => kind switch
    {
        "container" => Container(name)?.Machine,
        "guest" => Guest(name)?.Node,
        "unit" => Unit(name)?.Machine,
        "machine" => Machine(name),
        "database" or "table" => Database.Machine,
        _ => null,
    };
}
