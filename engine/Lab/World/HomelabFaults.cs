namespace Homelab.Engine.Lab.World;

/// <summary>What a fault does when it strikes, while it lasts, and what is left when it is over.</summary>
internal sealed partial class Homelab
{
    private static readonly TimeSpan Relapse = TimeSpan.FromSeconds(3);

    private void Begin(Fault fault)
    {
        switch (fault.Kind.Name)
        {
            case "container_crash":
                var crashed = Container(fault.Target)!; // Strike has seen it
                Write(crashed, "panic: runtime error: index out of range [7] with length 3", isError: true);
                Stop(crashed, exitCode: 2);
                break;
            case "restart_loop":
                Stop(Container(fault.Target)!, exitCode: 1); // as above
                break;
            case "guest_down":
                Guest(fault.Target)!.IsRunning = false; // as above
                break;
            case "host_dead":
                Machine(fault.Target)!.Powered = false; // as above
                break;
            case "interface_down":
                Machine(fault.Target)!.NetworkUp = false; // as above
                break;
            case "dns_failing" or "service_down":
                Fail(Unit(fault.Target)!); // as above
                break;
            case "backup_failed":
                foreach (var job in Backups.Where(job => job.Guest == Guest(fault.Target)))
                    (job.LastFailed, job.Guest!.LastBackupFailed) = (true, true); // a job of a guest
                break;
            case "backup_outdated":
                foreach (var job in Backups.Where(job => job.Machine.Name == fault.Target && job.Tool == (fault.Request.Cause ?? "restic")))
                    job.LastSuccess = Now.AddHours(-31);
                break;
            case "certificate_expiring" when Unit(fault.Target) is { } server:
                server.CertificateExpiresAt = Now.AddDays(fault.Amount);
                break;
            case "certificate_expiring":
                CertificateOf(fault.Target).ExpiresAt = Now.AddDays(fault.Amount);
                break;
            case "file_changed":
                Machine(fault.Target)!.Files["/etc/exports"] = "/srv/media *(rw,no_root_squash)\n"; // Strike has seen it
                break;
            case "image_changed":
                Container(fault.Target)!.Image += "-rc1"; // as above
                Images.Add(Container(fault.Target)!.Image); // as above
                break;
            case "guest_high_memory":
                var full = Machine(fault.Target)!; // as above
                full.Guest!.MoreMemory = (long)(full.Memory * (fault.Amount - full.MemoryUse)); // only guests
                break;
            case "service_hungry":
                Unit(fault.Target)!.Leaked = (long)(Unit(fault.Target)!.Machine.Memory * fault.Amount); // as above
                break;
            case "snapshots_filling" when Machine(fault.Target) is { Volume: { } volume }:
                volume.Snapshots[0] = volume.Snapshots[0] with { Bytes = (long)(volume.Size * fault.Amount) - volume.Data };
                break;
            case "database_bloat":
                var table = Database.Tables[fault.Target];
                table.DeadRows = (long)(table.Rows * fault.Amount / Math.Max(0.05, 1 - fault.Amount));
                table.Bytes = (long)(table.Bytes / Math.Max(0.05, 1 - fault.Amount));
                break;
            case "blocking_query":
                Database.Sessions.Add(new(4100, "shop", "shop-api", fault.Request.Cause == "working" ? "active" : "idle in transaction", "UPDATE orders SET state = 'paid' WHERE id = 81", Now.AddMinutes(-12), null));
                for (var index = 0; index < fault.Amount; index++)
                    Database.Sessions.Add(new(4101 + index, "shop", "shop-api", "active", "UPDATE orders SET state = 'sent' WHERE id = 81", Now.AddMinutes(-11), 4100));
                break;
            case "long_query":
                Database.Sessions.Add(new(4200, "report", "metabase", "active", "SELECT count(*) FROM files a CROSS JOIN files b", Now.AddHours(-fault.Amount), null));
                break;
            case "connections_exhausted":
                for (var index = 0; index < fault.Amount; index++)
                    Database.Sessions.Add(new(4300 + index, "nextcloud", "php-fpm", "idle", "SELECT 1", Now.AddMinutes(-90), null));
                break;
        }
    }

    private void Continue(Fault fault, double seconds)
    {
        if (fault.Request.EndsAfter is { } after && (Now - fault.At).TotalSeconds >= after)
        {
            End(fault, "itself");
            return;
        }

        switch (fault.Kind.Name)
        {
            case "disk_filling":
                var disk = Machine(fault.Target)!.Disk; // Strike has seen it
                var cause = fault.Request.Cause ?? "cache";
                var most = disk.Size * 97 / 100;
                if (disk.Used < most)
                    disk.Use[cause] = disk.Use.GetValueOrDefault(cause) + Math.Min(most - disk.Used, (long)(disk.Size * fault.Amount * seconds / 60));
                break;
            case "restart_loop" when Container(fault.Target) is { State: "exited" or "restarting" } looping && looping.Machine.IsUp && Now >= (looping.RestartsAt ?? Now):
                StartProcess(looping);
                looping.Restarts++;
                looping.DiesAt = Now + TimeSpan.FromSeconds(2);
                Write(looping, "fatal: configuration key 'listen' is not known to this version", isError: true);
                break;
            case "service_leaking":
                Unit(fault.Target)!.Leaked += (long)(fault.Amount * (1 << 20) * seconds); // as above
                break;
            case "log_flood" when Container(fault.Target) is { IsRunning: true } flooding:
                flooding.LogBytes += (long)(fault.Amount * 120 * seconds);
                flooding.Machine.Disk.Use["containerlogs"] += (long)(fault.Amount * 120 * seconds);
                // A part of them: it is the number that is looked at, not each.
                for (var index = 0; index < 50; index++)
                    Write(flooding, $"ERROR connection pool timeout after 30000 ms (request {_random.Next(10_000, 99_999)})", isError: true);
                break;
        }
    }

    /// <summary>What the fault had changed goes back to what it was.</summary>
    private void Restore(Fault fault)
    {
        switch (fault.Kind.Name)
        {
            case "host_dead":
                Machine(fault.Target)!.Powered = true; // Strike has seen it
                break;
            case "interface_down":
                Machine(fault.Target)!.NetworkUp = true; // as above
                break;
            case "service_hungry" or "service_leaking":
                Unit(fault.Target)!.Leaked = 0; // as above
                break;
            case "guest_down" when fault.EndedBy == "itself":
                Guest(fault.Target)!.IsRunning = true; // as above
                break;
            case "blocking_query":
                Database.Sessions.RemoveAll(session => session.Pid is >= 4100 and < 4200);
                break;
            case "long_query":
                Database.Sessions.RemoveAll(session => session.Pid is >= 4200 and < 4300);
                break;
            case "connections_exhausted":
                Database.Sessions.RemoveAll(session => session.Pid is >= 4300 and < 4500);
                break;
            case "database_bloat":
                Database.Tables[fault.Target].DeadRows = 0;
                break;
            case "container_crash" when fault.EndedBy == "itself":
                StartProcess(Container(fault.Target)!); // as above
                break;
        }
    }

    private Certificate CertificateOf(string target)
    {
        if (Certificates.FirstOrDefault(certificate => certificate.Site == target) is { } known)
            return known;
        var made = new Certificate { Site = target };
        Certificates.Add(made);
        return made;
    }

    private void Fail(Unit unit)
    {
        (unit.Active, unit.Result, unit.ExitStatus) = ("failed", "exit-code", 1);
        Tell("effect", $"{unit.Name} on {unit.Machine.Name} failed");
    }
}
