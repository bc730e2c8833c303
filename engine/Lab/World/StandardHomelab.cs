using System.Security.Cryptography;
using System.Text;

namespace Homelab.Engine.Lab.World;

/// <summary>The one simulated homelab: two Proxmox nodes and a storage machine, four guests, thirteen containers, a database.</summary>
internal static class StandardHomelab
{
    private const string Exports = "/srv/media 10.0.0.0/24(rw,sync,no_subtree_check)\n";

    /// <summary>What hangs on what, by the names that people use; the product gets it as its dependency graph.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Dependencies(Homelab homelab)
    {
        var graph = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach (var machine in homelab.Machines.Where(machine => machine.Guest is not null))
            graph[machine.Name] = [machine.Guest!.Node.Name];
        foreach (var container in homelab.Containers.Where(container => !container.IsAside))
            graph[container.Name] = [container.Machine.Name, .. container.Needs.Select(Plain)];
        return graph;
    }

    public static void Build(Homelab homelab, int seed, DateTimeOffset now)
    {
        var pve1 = new Machine { Name = "pve1", Cores = 12, Memory = 64L << 30, Disk = new() { Size = 256L << 30 } };
        var pve2 = new Machine { Name = "pve2", Cores = 8, Memory = 32L << 30, Disk = new() { Size = 256L << 30 } };
        var nas = new Machine { Name = "nas", Cores = 4, Memory = 16L << 30, Disk = new() { Size = 128L << 30 }, Volume = new() { MountedOn = "/srv/media" } };
        (nas.Files["/etc/exports"], nas.Files["/srv/config/nas/exports"]) = (Exports, Exports);
        homelab.Machines.AddRange([pve1, pve2, nas]);
        var apps = Guest(homelab, pve1, 101, "apps", "qemu", 8, 16_384);
        var dns = Guest(homelab, pve1, 102, "dns", "lxc", 1, 1024);
        var db = Guest(homelab, pve2, 103, "db", "lxc", 4, 8192);
        Guest(homelab, pve2, 104, "cloud", "qemu", 2, 4096);
        foreach (var machine in homelab.Machines)
        {
            machine.BootedAt = now.AddDays(-41);
            Unit(machine, "ssh.service", "OpenBSD Secure Shell server");
            Unit(machine, "cron.service", "Regular background program processing daemon");
        }

        Unit(nas, "smbd.service", "Samba SMB Daemon");
        Unit(nas, "nginx.service", "A high performance web server and a reverse proxy server", site: "http://files.lab").CertificateExpiresAt = now.AddDays(61);
        Unit(nas, "certbot.service", "Certbot", oneShot: true);
        Unit(nas, "dnsmasq.service", "dnsmasq - A lightweight DHCP and caching DNS server");
        Unit(nas, "restic-backup.service", "Backup of the shares", oneShot: true);
        Unit(apps, "docker.service", "Docker Application Container Engine");
        Unit(dns, "unbound.service", "Unbound DNS server");
        homelab.Database = new() { Machine = db, Unit = Unit(db, "postgresql.service", "PostgreSQL RDBMS") };

        Container(homelab, seed, now, apps, "traefik", "traefik:3.1", [], memory: 256);
        Container(homelab, seed, now, apps, "redis", "redis:7.4", [], memory: 256);
        Container(homelab, seed, now, apps, "shop-api", "lab/shop-api:2.3", ["redis", "postgresql"], memory: 768);
        Container(homelab, seed, now, apps, "shop", "lab/shop:2.3", ["shop-api"], memory: 512, site: "http://shop.lab");
        Container(homelab, seed, now, apps, "wiki", "requarks/wiki:2.5", ["postgresql"], memory: 512, site: "https://wiki.lab");
        Container(homelab, seed, now, apps, "nextcloud", "nextcloud:29", ["redis", "postgresql"], memory: 1024, site: "https://nextcloud.lab");
        Container(homelab, seed, now, apps, "paperless", "paperless-ngx:2.11", ["redis", "postgresql"], memory: 1024, site: "http://paperless.lab");
        Container(homelab, seed, now, apps, "vaultwarden", "vaultwarden/server:1.32", [], memory: 256, site: "https://vaultwarden.lab");
        Container(homelab, seed, now, apps, "jellyfin", "jellyfin/jellyfin:10.9", [], memory: 2048, site: "http://jellyfin.lab");
        Container(homelab, seed, now, apps, "mosquitto", "eclipse-mosquitto:2.0", [], memory: 128, check: false);
        Container(homelab, seed, now, apps, "zigbee2mqtt", "koenkk/zigbee2mqtt:1.40", ["mosquitto"], memory: 256);
        Container(homelab, seed, now, apps, "grafana", "grafana/grafana:11.2", [], memory: 384, site: "http://grafana.lab");
        Container(homelab, seed, now, apps, "pihole", "pihole/pihole:2024.07", [], memory: 256, check: false);
        homelab.Resolvers.AddRange([new(dns, "unit", "unbound.service"), new(nas, "unit", "dnsmasq.service"), new(apps, "container", "pihole")]);
        homelab.Images.AddRange(homelab.Containers.Select(container => container.Image).Distinct());
        foreach (var container in homelab.Containers.Where(container => container.Site?.StartsWith("https:", StringComparison.Ordinal) == true))
            homelab.Certificates.Add(new() { Site = new Uri(container.Site!).Host, ExpiresAt = now.AddDays(61) });
        foreach (var machine in homelab.Machines.Where(machine => machine.Guest is not null))
            homelab.Backups.Add(new() { Name = $"vzdump-{machine.Guest!.Vmid}", Machine = machine.Guest.Node, Guest = machine.Guest, LastSuccess = now.AddHours(-9) });
        homelab.Backups.Add(new() { Name = "restic-shares", Machine = nas, Tool = "restic", LastSuccess = now.AddHours(-8) });
        homelab.Backups.Add(new() { Name = "borg-photos", Machine = nas, Tool = "borg", LastSuccess = now.AddHours(-7) });
    }

    /// <summary>As the engine makes them: 64 hexadecimal digits; the same of the same seed.</summary>
    public static string Id(int seed, string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{seed}/{name}")));

    private static string Plain(string need) => need == "postgresql" ? "db" : need;

    private static Machine Guest(Homelab homelab, Machine node, int vmid, string name, string type, int cores, int memory)
    {
        var machine = new Machine
        {
            Name = name,
            Cores = cores,
            Memory = (long)memory << 20,
            Guest = new() { Vmid = vmid, Name = name, Type = type, Node = node, Cores = cores, MemoryMegabytes = memory },
        };
        homelab.Machines.Add(machine);
        return machine;
    }

    private static Unit Unit(Machine machine, string name, string description, bool oneShot = false, string? site = null)
    {
        var unit = new Unit { Name = name, Description = description, Machine = machine, Site = site, OneShot = oneShot, Active = oneShot ? "inactive" : "active" };
        machine.Units.Add(unit);
        return unit;
    }

    private static void Container(
        Homelab homelab, int seed, DateTimeOffset now, Machine machine, string name, string image, string[] needs, int memory, string? site = null, bool check = true) =>
        homelab.Containers.Add(new()
        {
            Name = name,
            Id = Id(seed, name),
            Image = image,
            DeclaredImage = image,
            Machine = machine,
            Needs = needs,
            HasCheck = check,
            Health = check ? "healthy" : null,
            Site = site,
            MemoryLimit = (long)memory << 20,
            MemoryBase = ((long)memory << 20) * 3 / 10,
            Memory = ((long)memory << 20) * 3 / 10,
            Labels = new() { ["com.docker.compose.project"] = "home", ["com.docker.compose.service"] = name },
            CreatedAt = now.AddDays(-20),
            StartedAt = now.AddDays(-3),
        });
}
