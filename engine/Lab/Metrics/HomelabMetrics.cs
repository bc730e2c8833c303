using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Metrics;

/// <summary>What the exporters of the simulated homelab would be scraped for, under the names the real ones use (node, cAdvisor, Docker state, blackbox, Proxmox, PostgreSQL).</summary>
internal static class HomelabMetrics
{
    public static IEnumerable<Sample> Of(World.Homelab homelab) =>
        [.. homelab.Machines.SelectMany(machine => Machine(homelab, machine)), .. homelab.Containers.Where(container => !container.IsAside).SelectMany(container => Container(homelab, container)), .. Rest(homelab)];

    private static IEnumerable<Sample> Machine(World.Homelab homelab, Machine machine)
    {
        (string, string)[] at = [("job", "node"), ("instance", $"{machine.Name}:9100"), ("host", machine.Name)];
        yield return Of("up", machine.IsReachable ? 1 : 0, at);
        if (machine.Units.Any(unit => unit.Name == "docker.service"))
            yield return Of("up", machine.IsReachable ? 1 : 0, ("job", "docker"), ("instance", $"{machine.Name}:9323"), ("host", machine.Name));
        if (!machine.IsReachable)
        {
            // The one exporter that still sees it is the node it runs on.
            if (machine is { IsUp: true, NetworkUp: false })
                yield return Of("node_network_up", 0, [.. at, ("device", "eth0")]);
            yield break;
        }

        yield return Of("node_boot_time_seconds", machine.BootedAt.ToUnixTimeSeconds(), at);
        yield return Of("node_load1", machine.Load * machine.Cores, at);
        yield return Of("node_memory_MemTotal_bytes", machine.Memory, at);
        yield return Of("node_memory_MemAvailable_bytes", machine.Memory * (1 - homelab.MemoryUse(machine)), at);
        yield return Of("node_network_up", 1, [.. at, ("device", "eth0")]);
        if (machine.Volume is { } volume)
        {
            yield return Of("node_network_up", homelab.ActiveFaults.Any(fault => fault.Kind.Name == "link_down" && fault.Target == machine.Name) ? 0 : 1, [.. at, ("device", "eth1")]);
            (string, string)[] mounted = [.. at, ("mountpoint", volume.MountedOn), ("device", "/dev/sdb"), ("fstype", "btrfs")];
            yield return Of("node_filesystem_size_bytes", volume.Size, mounted);
            yield return Of("node_filesystem_avail_bytes", volume.Free, mounted);
        }

        (string, string)[] disk = [.. at, ("mountpoint", "/"), ("device", "/dev/sda1"), ("fstype", "ext4")];
        yield return Of("node_filesystem_size_bytes", machine.Disk.Size, disk);
        yield return Of("node_filesystem_avail_bytes", machine.Disk.Free, disk);
        yield return Of("node_filesystem_files", 4_000_000, disk);
        yield return Of("node_filesystem_files_free", 3_200_000, disk);
        var idle = (homelab.Now - homelab.StartedAt).TotalSeconds * machine.Cores;
        yield return Of("node_cpu_seconds_total", Math.Max(0, idle - machine.CpuSeconds), [.. at, ("mode", "idle"), ("cpu", "0")]);
        yield return Of("node_cpu_seconds_total", machine.CpuSeconds, [.. at, ("mode", "user"), ("cpu", "0")]);
        foreach (var unit in machine.Units)
        {
            foreach (var state in new[] { "active", "failed", "inactive" })
                yield return Of("node_systemd_unit_state", unit.Active == state ? 1 : 0, [.. at, ("name", unit.Name), ("state", state)]);
            (string, string)[] process = [("job", "process"), ("instance", $"{machine.Name}:9256"), ("host", machine.Name), ("groupname", Path.GetFileNameWithoutExtension(unit.Name))];
            yield return Of("namedprocess_namegroup_memory_bytes", unit.Leaked + (46L << 20), [.. process, ("memtype", "resident")]);
            if (homelab.ActiveFaults.FirstOrDefault(fault => fault.Kind.Name == "service_busy" && homelab.Unit(fault.Target) == unit) is { } busy)
                yield return Of("namedprocess_namegroup_cpu_seconds_total", busy.Amount * (homelab.Now - busy.At).TotalSeconds, [.. process, ("mode", "user")]);
        }

        foreach (var unit in machine.Units.Where(unit => unit.Site is not null))
        {
            (string, string)[] probe = [("job", "blackbox"), ("host", machine.Name), ("unit", unit.Name)];
            yield return Of("probe_success", unit.Works ? 1 : 0, [.. probe, ("instance", unit.Site!), ("service", unit.Name)]); // just seen
            yield return Of("probe_duration_seconds", unit.Works ? homelab.SiteSeconds(unit) : 10, [.. probe, ("instance", unit.Site!), ("service", unit.Name)]);
            if (unit is { SecureSite: { } secure, CertificateExpiresAt: { } expires, Works: true })
                yield return Of("probe_ssl_earliest_cert_expiry", expires.ToUnixTimeSeconds(), [.. probe, ("instance", secure)]);
        }

        foreach (var (path, text) in machine.Files)
        {
            var declared = $"/srv/config/{machine.Name}/{Path.GetFileName(path)}";
            if (path != declared && machine.Files.TryGetValue(declared, out var wanted))
                yield return Of("declared_file_differs", text == wanted ? 0 : 1, [.. at, ("path", path), ("declared", declared), ("declared_on", machine.Name)]);
        }
    }

    private static IEnumerable<Sample> Container(World.Homelab homelab, Container container)
    {
        if (!container.Machine.IsReachable)
            yield break;
        (string, string)[] of =
        [
            ("job", "cadvisor"), ("instance", $"{container.Machine.Name}:8080"), ("host", container.Machine.Name), ("name", container.Name), ("image", container.Image),
        ];
        foreach (var state in new[] { "running", "exited", "restarting" })
            yield return Of("container_state_status", container.State == state ? 1 : 0, [.. of, ("status", state)]);
        foreach (var health in container.HasCheck ? ["healthy", "unhealthy", "starting"] : Array.Empty<string>())
            yield return Of("container_state_health_status", container.IsRunning && container.Health == health ? 1 : 0, [.. of, ("status", health)]);
        yield return Of("container_restartcount", container.Restarts, of);
        yield return Of(
            "compose_image_differs", container.Image == container.DeclaredImage ? 0 : 1,
            [("job", "compose"), ("host", container.Machine.Name), ("container", container.Name), ("image", container.DeclaredImage), ("compose_file", "/srv/home/compose.yaml")]);
        yield return Of("container_log_bytes_total", container.LogBytes, of);
        if (container.IsRunning)
        {
            yield return Of("container_last_seen", homelab.Now.ToUnixTimeSeconds(), of);
            yield return Of("container_start_time_seconds", container.StartedAt.ToUnixTimeSeconds(), of);
            yield return Of("container_memory_working_set_bytes", container.Memory, of);
            yield return Of("container_spec_memory_limit_bytes", container.MemoryLimit, of);
            yield return Of("container_cpu_usage_seconds_total", container.CpuSeconds, of);
        }

        if (container.Site is not { } site)
            yield break;
        (string, string)[] probe = [("job", "blackbox"), ("instance", site), ("service", container.Name)];
        var answers = homelab.SiteAnswers(container);
        yield return Of("probe_success", answers ? 1 : 0, probe);
        yield return Of("probe_duration_seconds", answers ? homelab.SiteSeconds(container) : 10, probe);
        yield return Of("probe_http_status_code", answers ? 200 : 503, probe);
        if (homelab.Certificates.FirstOrDefault(certificate => new Uri(site).Host == certificate.Site) is { } shown)
            yield return Of("probe_ssl_earliest_cert_expiry", shown.ExpiresAt.ToUnixTimeSeconds(), probe);
    }

    private static IEnumerable<Sample> Rest(World.Homelab homelab)
    {
        foreach (var machine in homelab.Machines.Where(machine => machine.Guest is null && machine.Name.StartsWith("pve", StringComparison.Ordinal)))
            yield return Of("pve_up", machine.IsUp ? 1 : 0, ("job", "pve"), ("instance", "pve1:9221"), ("id", $"node/{machine.Name}"), ("name", machine.Name));
        foreach (var guest in homelab.Guests.Select(machine => machine.Guest!).Where(guest => guest.Node.IsUp))
            yield return Of("pve_up", guest.IsRunning ? 1 : 0, ("job", "pve"), ("instance", "pve1:9221"), ("id", $"{guest.Type}/{guest.Vmid}"), ("name", guest.Name));
        foreach (var machine in homelab.Guests.Where(machine => machine.IsUp))
        {
            (string, string)[] of = [("job", "pve"), ("instance", "pve1:9221"), ("id", $"{machine.Guest!.Type}/{machine.Guest.Vmid}")]; // only guests
            yield return Of("pve_memory_usage_bytes", machine.Memory * homelab.MemoryUse(machine), of);
            yield return Of("pve_memory_size_bytes", (double)((long)machine.Guest.MemoryMegabytes << 20), of);
        }

        foreach (var job in homelab.Backups)
        {
            (string, string)[] of = job.Guest is { } saved
                ? [("job", "backup"), ("instance", $"{job.Machine.Name}:9100"), ("name", job.Name), ("vmid", $"{saved.Vmid}"), ("guest", saved.Name), ("storage", "local")]
                : [("job", job.Tool ?? "backup"), ("instance", $"{job.Machine.Name}:9100"), ("name", job.Name), ("path", "/srv/shares")];
            yield return Of("backup_last_success_timestamp_seconds", job.LastSuccess.ToUnixTimeSeconds(), of);
            yield return Of("backup_last_run_failed", job.LastFailed ? 1 : 0, of);
        }

        var database = homelab.Database;
        var up = database.Unit.Works && database.Machine.IsReachable;
        (string, string)[] server = [("job", "postgres"), ("instance", $"{database.Machine.Name}:9187"), ("host", database.Machine.Name)];
        yield return Of("pg_up", up ? 1 : 0, server);
        if (!up)
            yield break;
        yield return Of("pg_settings_max_connections", database.MaxConnections, server);
        (string, string)[] data = [.. server, ("datname", "main")];
        yield return Of("pg_stat_activity_count", database.Connections, data);
        yield return Of(
            "pg_stat_activity_max_tx_duration",
            database.Sessions.Where(session => session.State == "active" && session.BlockedBy is null).Select(session => (homelab.Now - session.Since).TotalSeconds).DefaultIfEmpty(0).Max(), data);
        yield return Of("pg_blocked_sessions", database.Sessions.Count(session => session.BlockedBy is not null), data);
        foreach (var (name, table) in database.Tables)
        {
            (string, string)[] of = [.. data, ("relname", name), ("schemaname", "public")];
            yield return Of("pg_stat_user_tables_n_dead_tup", table.DeadRows, of);
            yield return Of("pg_stat_user_tables_n_live_tup", table.Rows, of);
        }

        foreach (var resolver in homelab.Resolvers)
        {
            // Those whose address is known say where they can be asked, and who they are.
            (string, string)[] of = [("job", "blackbox"), ("instance", resolver.Machine.Name), ("host", resolver.Machine.Name)];
            yield return Of("probe_dns_success", homelab.Answers(resolver) ? 1 : 0, resolver.Address.Length == 0 ? of : [.. of, (resolver.Kind, resolver.Name), ("server", resolver.Address), ("name", "wiki.lab")]);
        }

        var engine = homelab.Machine("apps")!; // one of the homelab's
        if (engine.IsReachable)
            yield return Of("docker_images_bytes", engine.Disk.Use["images"], ("job", "docker"), ("instance", $"{engine.Name}:9323"), ("host", engine.Name));
    }

    private static Sample Of(string name, double value, params (string Name, string Value)[] labels) =>
        new(new([KeyValuePair.Create(SeriesLabels.Name, name), .. labels.Select(label => KeyValuePair.Create(label.Name, label.Value))]), value);
}
