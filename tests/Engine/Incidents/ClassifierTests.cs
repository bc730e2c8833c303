using System.Text.Json;
using FluentAssertions;
using Homelab.Engine.Incidents;
using Homelab.Tests.Conformance;
using Xunit;

namespace Homelab.Tests.Engine.Incidents;

public sealed class ClassifierTests
{
    private static readonly ConnectionNames Connections = ShippedIncidentRules.Connections(
        ("Activities:Docker:default:Endpoint", "unix:///var/run/docker.sock"), ("Activities:Ssh:nas:Host", "192.168.1.5"), ("Activities:Ssh:pve1:Host", "pve1.lan"),
        ("Activities:Proxmox:pve:Url", "https://pve1.lan:8006"), ("Activities:Restic:offsite:Repository", "sftp:backup@offsite:/photos"));

    [Theory]
    [InlineData("container_down", "docker:default/container/immich", "immich", "ContainerKilled", "name=immich", "instance=nas:8080")]
    [InlineData("container_unhealthy", "docker:default/container/web", "web", "ContainerUnhealthy", "container=web")]
    [InlineData("restart_loop", "docker:default/container/jellyfin", "jellyfin", "ContainerRestarting", "container=jellyfin")]
    [InlineData("host_down", "ssh:nas/host/nas", "nas.lan", "InstanceDown", "instance=nas.lan:9100", "job=node")]
    [InlineData("host_down", "ssh:nas/host/nas", "192.168.1.5", "HostDown", "instance=192.168.1.5:9100")]
    [InlineData("host_down", null, "printer", "HostDown", "instance=printer:9100")]
    [InlineData("disk_filling", "ssh:nas/host/nas", "nas", "HostOutOfDiskSpace", "instance=nas:9100", "mountpoint=/data")]
    [InlineData("guest_down", "proxmox:pve/guest/100", "qemu/100", "PVEVMCTDown", "id=qemu/100", "instance=pve1")]
    [InlineData("service_down", "systemd:nas/service/nginx.service", "nginx.service", "HostSystemdServiceCrashed", "name=nginx.service", "instance=nas:9100")]
    [InlineData("service_down", null, "https://photos.example.org/", "ServiceDown", "instance=https://photos.example.org/", "job=blackbox")]
    [InlineData("certificate_expiring", null, "photos.example.org", "BlackboxSslCertificateWillExpireSoon", "instance=https://photos.example.org/")]
    [InlineData("backup_failed", null, "photos", "BackupOld", "backup=photos")]
    [InlineData("certificate_expiring", "systemd:nas/service/nginx.service", "photos.example.org", "BlackboxSslCertificateWillExpireSoon", "instance=https://photos.example.org/", "host=nas", "unit=nginx.service")]
    [InlineData("certificate_expiring", null, "photos.example.org", "BlackboxSslCertificateWillExpireSoon", "instance=https://photos.example.org/", "unit=nginx.service")]
    [InlineData("backup_failed", "restic:offsite/repository/offsite", "photos", "ResticBackupOutdated", "name=photos", "instance=nas:8001")]
    [InlineData("backup_failed", "restic:offsite/repository/offsite", "photos", "BackupTooOld", "name=photos", "job=restic-exporter")]
    [InlineData("backup_failed", "proxmox:pve/guest/101", "cloud", "BackupFailed", "name=cloud", "vmid=101")]
    [InlineData("backup_failed", "proxmox:pve/guest/101", "lxc/101", "PVEGuestNotBackedUp", "id=lxc/101")]
    [InlineData("service_down", null, "restic-exporter", "ResticExporterDown", "service=restic-exporter")]
    [InlineData("response_degraded", "docker:default/container/nextcloud", "nextcloud", "BlackboxProbeSlowHTTP", "instance=https://cloud.example.org/", "container=nextcloud")]
    [InlineData("response_degraded", "docker:default/container/whoami", "whoami@docker", "TraefikHighHTTP5xxErrorRateService", "service=whoami@docker", "instance=nas:8082")]
    [InlineData("response_degraded", "systemd:nas/service/caddy.service", "caddy.service", "BlackboxProbeSlowHTTP", "instance=https://wiki.lan/", "host=nas", "unit=caddy.service")]
    [InlineData("response_degraded", null, "https://wiki.lan/", "BlackboxProbeSlowHTTP", "instance=https://wiki.lan/", "job=blackbox")]
    [InlineData("dns_failing", "ssh:nas/host/nas", "192.168.1.5:53", "DnsProbeFailed", "instance=192.168.1.5:53", "job=blackbox-dns")]
    [InlineData("dns_failing", "docker:default/container/pihole", "pihole", "PiholeDown", "container=pihole", "instance=nas:9617")]
    [InlineData("dns_failing", "systemd:nas/service/unbound.service", "unbound.service", "UnboundDown", "unit=unbound.service", "instance=nas:9167")]
    [InlineData("log_flood", "docker:default/container/shop", "shop", "ContainerLogFlood", "name=shop", "instance=nas:8080")]
    [InlineData("log_flood", "ssh:nas/host/nas", "nas:9100", "HighLogVolume", "instance=nas:9100")]
    [InlineData("config_drift", "docker:default/container/web", "web", "ContainerConfigDrift", "container=web", "image=web:2", "compose_file=/srv/web/compose.yaml")]
    [InlineData("config_drift", "ssh:nas/host/nas", "nas:9100", "FileConfigDrift", "instance=nas:9100", "path=/etc/exports", "declared=hosts/nas/exports")]
    [InlineData("unknown", null, "nas", "UpsOnFire", "service=nas")]
    public void Classify_AlertAsItComes_NamesKindTargetAndThing(string kind, string? target, string thing, string name, params string[] labels)
    {
        var what = Classify(ShippedIncidentRules.Alert(name, [.. labels.Select(label => (label.Split('=', 2)[0], label.Split('=', 2)[1]))]));
        (what.Kind, what.Target, what.Service).Should().Be((kind, target, thing));
    }

    [Fact]
    public void Classify_OfAHostWithoutAConnection_GivesNoTargetOfAnother()
    {
        // One SSH connection only, to another machine: acting there would be acting on the wrong one.
        var connections = ShippedIncidentRules.Connections(("Activities:Ssh:default:Host", "10.0.0.1"));
        Classifier.Classify(ShippedIncidentRules.Alert("HostHighCPULoad", ("instance", "nas:9100")), ShippedIncidentRules.Rules, connections).Target.Should().BeNull();
    }

    [Theory]
    [InlineData("page", "Critical")]
    [InlineData("CRITICAL", "Critical")]
    [InlineData("none", "Info")]
    [InlineData("whatever", "Warning")]
    [InlineData("", "Warning")]
    public void Classify_Severity_IsReadByTheTable(string word, string severity) =>
        Classify(ShippedIncidentRules.Alert("ServiceDown", ("severity", word), ("instance", "a"))).Severity.ToString().Should().Be(severity);

    [Fact]
    public void Fingerprint_OfReplicas_IsTheSame() =>
        Classify(ShippedIncidentRules.Alert("ServiceDown", ("instance", "a"), ("replica", "a"))).Fingerprint.Should().Be(Classify(ShippedIncidentRules.Alert("ServiceDown", ("instance", "a"), ("replica", "b"))).Fingerprint);

    /// <summary>Names of public alert rules that a homelab has, and what a person would call them.</summary>
    [ConformanceTheory("../alerts/homelab_alerts.jsonl")]
    [InlineData("host_down", "PVENodeDown", "KubeNodeUnreachable")]
    [InlineData("guest_down", "PVEVMCTDown")]
    [InlineData("container_down", "ContainerKilled", "ContainerAbsent")]
    [InlineData("container_unhealthy", "ContainerUnhealthy")]
    [InlineData("disk_filling", "HostOutOfDiskSpace", "HostOutOfInodes", "HostDiskMayFillIn24Hours", "NodeFilesystemSpaceFillingUp", "NodeFilesystemAlmostOutOfSpace", "NodeFilesystemAlmostOutOfFiles", "PVEStorageAlmostFull", "PVEStorageFillingUp", "ZFSPoolOutOfSpace", "ContainerVolumeUsage")]
    [InlineData("high_memory", "HostOutOfMemory", "HostMemoryUnderMemoryPressure", "HostSwapIsFillingUp", "HostOOMKillDetected", "ContainerHighMemoryUsage", "PVEHighMemoryUsage", "NodeMemoryHighUtilization", "RedisOutOfSystemMemory")]
    [InlineData("high_cpu", "HostHighCPULoad", "HostCPUStealNoisyNeighbor", "HostCPUHighIowait", "ContainerHighCPUUtilization", "PVEHighCPUUsage", "NodeCPUHighUsage", "NodeSystemSaturation")]
    [InlineData("interface_down", "SNMPInterfaceDown", "HostNetworkBondDegraded", "NodeBondingDegraded")]
    [InlineData("service_down", "HostSystemdServiceCrashed", "SystemdUnitFailed", "NodeSystemdServiceFailed", "PostgresqlDown", "RedisDown", "MySQLDown", "BlackboxProbeFailed")]
    [InlineData("restart_loop", "SystemdServiceCrashLooping", "HostSystemdServiceCrashLooping", "NodeSystemdServiceCrashlooping")]
    [InlineData("database_bloat", "PostgresqlBloatTableHigh80", "PostgresqlBloatIndexHigh80", "PostgresqlTooManyDeadTuples", "PostgresqlTableNotAutoVacuumed")]
    [InlineData("blocking_queries", "PostgresqlDeadLocks", "PostgresqlTooManyLocksAcquired")]
    [InlineData("long_query", "PostgresqlLongRunningTransaction", "MySQLSlowQueries")]
    [InlineData("connections_exhausted", "PostgresqlTooManyConnections", "PostgresqlMaxConnectionsReached", "PGBouncerMaxConnections", "MySQLTooManyConnections80", "RedisTooManyConnections")]
    [InlineData("backup_failed", "PVEGuestNotBackedUp", "RedisMissingBackup")]
    [InlineData("certificate_expiring", "BlackboxSslCertificateWillExpireSoon", "SSLCertificateExpiry7Days", "CertManagerCertificateExpiringSoon")]
    [InlineData("config_drift", "PostgresqlConfigurationChanged", "PrometheusAlertManagerConfigurationReloadFailure")]
    [InlineData("dns_failing", "CoreDNSPanicCount", "CoreDNSErrorsHigh")]
    [InlineData("response_degraded", "BlackboxProbeSlowHTTP", "TraefikHighHTTP5xxErrorRateService", "NginxHighHTTP5xxErrorRate")]
    [InlineData("unknown", "HostMemoryIsUnderutilized", "ContainerLowMemoryUsage", "HostClockSkew")]
    public void Classify_PublicAlertRules_GiveTheKindAPersonWouldName(string kind, params string[] names)
    {
        var rules = PublicRules();
        names.Except(rules.Keys).Should().BeEmpty("the collection has these");
        names.Where(name => Classify(rules[name]).Kind != kind).Select(name => $"{name}: {Classify(rules[name]).Kind}").Should().BeEmpty();
    }

    [ConformanceFact("../alerts/homelab_alerts.jsonl")]
    public void Classify_AllPublicAlertRules_GiveATitleAndAKindOfTheTable()
    {
        var rules = PublicRules();
        foreach (var alert in rules.Values)
        {
            var what = Classify(alert);
            ShippedIncidentRules.Rules.Kinds.Should().ContainKey(what.Kind);
            what.Title.Should().NotBeNullOrWhiteSpace();
            what.Fingerprint.Should().HaveLength(16);
        }

        rules.Count.Should().BeGreaterThan(600);
        rules.Values.Count(alert => Classify(alert).Kind != IncidentRules.Unknown).Should().BeGreaterThan(rules.Count / 3, "what homelabs have most is known");
    }

    private static Classified Classify(Alert alert) => Classifier.Classify(alert, ShippedIncidentRules.Rules, Connections);

    private static Dictionary<string, Alert> PublicRules()
    {
        Dictionary<string, Alert> alerts = [];
        foreach (var line in File.ReadLines(ConformanceFolder.Path("../alerts/homelab_alerts.jsonl")))
        {
            var rule = JsonDocument.Parse(line).RootElement;
            var name = rule.GetProperty("alert").GetString()!;
            alerts[name] = new Alert
            {
                Firing = true,
                Labels = new Dictionary<string, string> { ["alertname"] = name, ["severity"] = rule.GetProperty("severity").GetString() ?? "warning", ["instance"] = "nas:9100", ["job"] = "node" },
                Annotations = new Dictionary<string, string> { ["summary"] = rule.GetProperty("title").GetString() ?? name, ["description"] = rule.GetProperty("description").GetString() ?? "" },
            };
        }

        return alerts;
    }
}
