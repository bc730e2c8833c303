using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Cli;
using Homelab.Engine.Diagnosis;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Incidents;
using Homelab.Tests.Activities;
using Homelab.Tests.Engine.Incidents;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Playbooks;

/// <summary>The playbooks and diagnoses that come with the product.</summary>
public sealed class ShippedPlaybooksTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "workflows", "playbooks");

    public static TheoryData<string> Files => [.. Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Shipped_EachFile_HasNoProblemAndCompiles(string file)
    {
        await using var activities = DefinitionFiles.Activities();
        var catalog = activities.GetRequiredService<ActivityCatalog>();
        var (playbook, problems) = new PlaybookReader(catalog).Read(file, await File.ReadAllTextAsync(Path.Combine(Folder, file)));
        problems.Should().BeEmpty();
        $"{playbook!.Id}.yaml".Should().Be(file);
        var definition = new PlaybookCompiler(catalog).Compile(playbook);
        definition.DefinitionId.Should().Be($"playbook-{playbook.Id}");
        definition.Activities().Select(activity => activity.Id).Should().Contain(["read", "check", "action1", "report-verified"]);
        foreach (var step in playbook.Steps)
            playbook.Verify.Activity.Should().NotBe(step.Activity, "success is read, not answered by what did it");
    }

    [Fact]
    public async Task Shipped_Kinds_EachHasAPlaybookAndADiagnosis()
    {
        await using var activities = DefinitionFiles.Activities();
        var catalog = activities.GetRequiredService<ActivityCatalog>();
        var (rules, problems) = new DiagnosisReader(catalog).Read("diagnosis.yaml", await File.ReadAllTextAsync(Path.Combine(Folder, "..", "diagnosis.yaml")));
        problems.Should().BeEmpty();
        string[] kinds =
        [
            "container_down", "container_unhealthy", "restart_loop", "service_down", "disk_filling", "high_memory", "high_cpu", "memory_leak", "config_drift", "database_bloat", "blocking_queries",
            "long_query", "connections_exhausted", "backup_failed", "certificate_expiring", "dns_failing", "guest_down", "interface_down", "log_flood", "response_degraded",
        ];
        rules!.Kinds.Keys.Should().Contain(kinds);
        var playbooks = Directory.GetFiles(Folder, "*.yaml").Select(file => new PlaybookReader(catalog).Read(Path.GetFileName(file), File.ReadAllText(file)).Playbook!).ToList();
        foreach (var kind in kinds)
            playbooks.Should().Contain(playbook => playbook.Match.Kinds.Contains(kind), "{0} has a playbook", kind);
        var causes = rules.Kinds.Values.SelectMany(kind => kind.Causes).Select(cause => cause.Cause).ToHashSet();
        causes.Should().Contain(playbooks.SelectMany(playbook => playbook.Match.Causes.Concat(playbook.Match.NotCauses)).Distinct().Except(["disk_full"]), "a playbook names causes that can be diagnosed");
    }

    /// <summary>Alerts with the labels that exporters (and blackbox targets with a label of the machine, unit or container) have: a playbook is for them as they come.</summary>
    [Theory]
    [InlineData("renew-certificate", "BlackboxSslCertificateWillExpireSoon", "instance=https://photos.example.org:8443/x", "host=nas", "unit=nginx.service")]
    [InlineData("repeat-restic-backup", "ResticBackupOutdated", "name=photos", "instance=nas:8001", "job=restic")]
    [InlineData("repeat-guest-backup", "PVEGuestNotBackedUp", "id=lxc/101", "instance=pve1")]
    [InlineData("restart-slow-container", "BlackboxProbeSlowHTTP", "instance=https://cloud.example.org/", "service=nextcloud", "job=blackbox")]
    [InlineData("restart-web-server", "BlackboxProbeSlowHTTP", "instance=https://wiki.lan/", "host=nas", "unit=caddy.service")]
    [InlineData("restart-resolver", "DnsProbeFailed", "instance=nas:53", "job=blackbox")]
    [InlineData("restart-dns-container", "PiholeDown", "container=pihole", "instance=nas:9617")]
    [InlineData("restart-dns-server", "UnboundDown", "unit=unbound.service", "instance=nas:9167")]
    [InlineData("restart-flooding-container", "ContainerLogFlood", "name=shop", "instance=nas:8080")]
    [InlineData("rotate-logs", "HighLogVolume", "instance=nas:9100")]
    [InlineData("apply-compose-file", "ContainerConfigDrift", "container=web", "image=web:2", "compose_file=/srv/web/compose.yaml")]
    [InlineData("restore-declared-file", "FileConfigDrift", "instance=nas:9100", "path=/etc/exports", "declared=hosts/nas/exports")]
    public async Task Shipped_OrdinaryAlert_HasAPlaybook(string playbook, string alertname, params string[] labels)
    {
        await using var activities = DefinitionFiles.Activities();
        var connections = ShippedIncidentRules.Connections(
            ("Activities:Docker:default:Endpoint", "unix:///var/run/docker.sock"), ("Activities:Ssh:nas:Host", "nas"), ("Activities:Proxmox:pve:Url", "https://pve1:8006"), ("Activities:Restic:default:Repository", "/r"));
        var alert = ShippedIncidentRules.Alert(alertname, [.. labels.Select(label => (label.Split('=', 2)[0], label.Split('=', 2)[1]))]);
        var what = Classifier.Classify(alert, ShippedIncidentRules.Rules, connections);
        var names = IncidentNames.Of((HealingServer.New(what.Kind, what.Target, alert.Labels, what.Part, what.Service) with { Host = what.Host }).ToJson());
        var (read, _) = new PlaybookReader(activities.GetRequiredService<ActivityCatalog>()).Read($"{playbook}.yaml", await File.ReadAllTextAsync(Path.Combine(Folder, $"{playbook}.yaml")));
        PlaybookPlanner.WhyNot(read!, names).Should().BeNull("it is {0} on {1}", what.Kind, what.Target);
        foreach (var value in read!.Preconditions.Take(1).Select(need => need.Input))
            Template.Resolve(value, names).Should().NotBeNull("its first look can be filled in");
    }

    /// <summary>UPDATE_PLAYBOOK_SCHEMA=1 writes it.</summary>
    [Fact]
    public void Schema_BesideThePlaybooks_IsTheOneOfTheCatalogue()
    {
        var file = Path.Combine(Folder, PlaybookSchema.FileName);
        var schema = PlaybooksCommand.Schema() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_PLAYBOOK_SCHEMA") == "1")
            File.WriteAllText(file, schema);
        File.ReadAllText(file).Should().Be(schema, "editors complete by it; UPDATE_PLAYBOOK_SCHEMA=1 dotnet test --filter PlaybookSchema writes it anew");
    }
}
