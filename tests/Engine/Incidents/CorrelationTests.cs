using FluentAssertions;
using Homelab.Engine.Controls;
using Homelab.Engine.Incidents;
using Xunit;
using static Homelab.Tests.Engine.Incidents.ShippedIncidentRules;

namespace Homelab.Tests.Engine.Incidents;

/// <summary>Batches of alerts over time, as tables: what is open after each.</summary>
public sealed class CorrelationTests
{
    private static readonly DependencyGraph Homelab = Graph(
        [.. Enumerable.Range(1, 12).Select(number => ($"app{number}", "nas")), ("nas", "switch"), ("other", "switch")]);

    private readonly Dictionary<string, Incident> _incidents = [];
    private readonly Dictionary<(string, string), IncidentAlert> _alerts = [];
    private readonly List<(string Incident, string Kind, string Text)> _events = [];
    private readonly Dictionary<string, int> _returns = [];
    private DateTimeOffset _now = Now;

    private IEnumerable<Incident> Open => _incidents.Values.Where(incident => incident.IsOpen);

    [Fact]
    public void Apply_TheSameAlertAgain_IsOneIncident()
    {
        Batch(Homelab, Down("app1"));
        Batch(Homelab, Down("app1"), Down("app1"));
        Open.Should().ContainSingle().Which.Should().Match<Incident>(incident => incident.Deliveries == 3 && incident.Alerts == 1 && incident.Kind == "container_down");
    }

    [Fact]
    public void Apply_ResolvedWithoutFiring_OpensNothing()
    {
        Batch(Homelab, Down("app1").Over()).Counts.Should().ContainKey(("test", "ignored"));
        _incidents.Should().BeEmpty();
    }

    [Fact]
    public void Apply_Resolved_EndsItAtTheTimeTheAlertSays()
    {
        Batch(Homelab, Down("app1"));
        _now = Now.AddMinutes(3);
        Batch(Homelab, Down("app1").Over(Now.AddMinutes(2)));
        _incidents.Values.Should().ContainSingle().Which.Should().Match<Incident>(incident => incident.State == IncidentState.Resolved && incident.ResolvedAt == Now.AddMinutes(2));
    }

    [Theory]
    [InlineData("Acting")]
    [InlineData("Verifying")]
    public void Apply_ResolvedWhileSomethingIsDone_LeavesTheEndToVerification(string during)
    {
        var state = Enum.Parse<IncidentState>(during);
        Batch(Homelab, Down("app1"));
        _incidents[_incidents.Keys.Single()] = _incidents.Values.Single() with { State = state };
        Batch(Homelab, Down("app1").Over());
        Open.Should().ContainSingle().Which.Should().Match<Incident>(incident => incident.State == state && incident.QuietSince != null);

        // A person takes over: now the end of the alerts counts.
        _incidents[_incidents.Keys.Single()] = _incidents.Values.Single() with { State = IncidentState.NeedsPerson };
        Batch(Homelab);
        Open.Should().BeEmpty();
    }

    [Fact]
    public void Apply_AMessageThatWasOnItsWay_DoesNotReopen()
    {
        Batch(Homelab, Down("app1"));
        _now = Now.AddSeconds(20);
        Batch(Homelab, Down("app1").Over(Now.AddSeconds(19)));
        _now = Now.AddSeconds(22);
        Batch(Homelab, Down("app1")).Counts.Should().ContainKey(("test", "ignored"));
        Open.Should().BeEmpty();
    }

    [Fact]
    public void Apply_FiringAgainSoonAfter_ReopensTheSameIncident()
    {
        Batch(Homelab, Down("app1"));
        Batch(Homelab, Down("app1").Over());
        _now = Now.AddMinutes(4);
        Batch(Homelab, Down("app1") with { StartsAt = _now });
        Open.Should().ContainSingle().Which.Openings.Should().Be(2);
        _incidents.Should().HaveCount(1);
    }

    [Fact]
    public void Apply_FiringAgainLongAfter_IsAnotherIncident()
    {
        Batch(Homelab, Down("app1"));
        Batch(Homelab, Down("app1").Over());
        _now = Now.AddHours(2);
        Batch(Homelab, Down("app1") with { StartsAt = _now });
        _incidents.Should().HaveCount(2);
        Open.Should().ContainSingle().Which.Openings.Should().Be(1);
    }

    [Fact]
    public void Apply_ComingAndGoing_FlapsAndIsToldOnce()
    {
        for (var time = 0; time < 5; time++)
        {
            Batch(Homelab, Down("other") with { StartsAt = _now });
            _now = _now.AddSeconds(90);
            Batch(Homelab, Down("other").Over(_now));
            _now = _now.AddSeconds(90);
        }

        var incident = _incidents.Values.Should().ContainSingle().Subject;
        incident.Flapping.Should().BeTrue();
        incident.IsOpen.Should().BeTrue("it ends when it is quiet, not each time it pauses");
        _events.Count(happened => happened.Kind == "flapping").Should().Be(1);
        _incidents.Values.Single().Openings.Should().Be(4, "after it is known to flap it is not opened anew");

        _now = _now.AddMinutes(11);
        Batch(Homelab);
        _incidents.Values.Single().State.Should().Be(IncidentState.Resolved);
    }

    [Fact]
    public void Apply_ThirtyAlertsOfOneDeadHost_AreOneIncident_WhoeverComesFirst()
    {
        Alert[] all = [Alert("HostDown", ("instance", "nas:9100"), ("severity", "critical")), .. Enumerable.Range(1, 12).Select(number => Down($"app{number}")),
            .. Enumerable.Range(1, 12).Select(number => Alert("ServiceDown", ("service", $"app{number}"))), .. Enumerable.Range(1, 5).Select(number => Alert("ProbeSlow", ("service", $"app{number}")))];
        foreach (var seed in Enumerable.Range(1, 20))
        {
            _incidents.Clear();
            _alerts.Clear();
            _events.Clear();
            var random = new Random(seed);
            var shuffled = all.OrderBy(_ => random.Next()).ToArray();
            foreach (var part in shuffled.Chunk(7))
                Batch(Homelab, part);
            var incident = Open.Should().ContainSingle($"seed {seed}").Subject;
            incident.Kind.Should().Be("host_down");
            incident.Service.Should().BeOneOf("nas");
            _alerts.Values.Count(alert => alert.Firing).Should().Be(30);
            _alerts.Keys.Select(key => key.Item1).Distinct().Should().Equal(incident.Id);
            _incidents.Values.Where(other => other.Id != incident.Id).Should().NotContain(other => other.Parent != incident.Id || other.Resolution != "merged" || other.AnnounceAt != null);
        }
    }

    [Fact]
    public void Apply_MostOfAHostDownAndNobodySaysSo_InfersTheHost()
    {
        Batch(Homelab, [.. Enumerable.Range(1, 7).Select(number => Down($"app{number}"))]);
        var incident = Open.Should().ContainSingle().Subject;
        (incident.Kind, incident.Service, incident.Source).Should().Be(("host_down", "nas", "homelab"));
        Batch(Homelab, Down("app8"));
        Open.Should().ContainSingle();
    }

    [Fact]
    public void Apply_TwoContainersOfTwelve_AreTheirOwnIncidents()
    {
        Batch(Homelab, Down("app1"), Down("app2"));
        Open.Should().HaveCount(2);
    }

    [Fact]
    public void Apply_SymptomsOfAHostThatIsNotInTheGraph_AreFoundByTheLabel()
    {
        Batch(DependencyGraph.Empty, Alert("HostDown", ("instance", "pve9:9100")), Alert("ContainerDown", ("container", "x"), ("host", "pve9")), Alert("ContainerDown", ("container", "y"), ("host", "pve8")));
        Open.Select(incident => incident.Kind).Should().BeEquivalentTo(["host_down", "container_down"]);
    }

    [Fact]
    public void Apply_SeveralAlertsOfOneContainer_AreOneAndTheDeepestKindNamesIt()
    {
        Batch(DependencyGraph.Empty, Alert("ContainerUnhealthy", ("container", "web")), Alert("ContainerRestarting", ("container", "web")), Alert("ServiceDown", ("service", "web")));
        Open.Should().ContainSingle().Which.Kind.Should().Be("restart_loop");
    }

    [Fact]
    public void Apply_TwoDisksOfOneHost_AreTwo_AndTwoThresholdsOfOneDiskAreOne()
    {
        Batch(DependencyGraph.Empty, Disk("/data", "warning"), Disk("/data", "critical"), Disk("/", "warning"));
        Open.Should().HaveCount(2);
        Open.Single(incident => incident.Part == "/data").Severity.Should().Be(IncidentSeverity.Critical);
    }

    [Fact]
    public void Sweep_HostBackAndTwoContainersNot_AreIncidentsOfTheirOwn()
    {
        Batch(Homelab, [Alert("HostDown", ("instance", "nas:9100")), .. Enumerable.Range(1, 6).Select(number => Down($"app{number}"))]);
        _now = Now.AddMinutes(10);
        Batch(Homelab, [Alert("HostDown", ("instance", "nas:9100")).Over(_now), .. Enumerable.Range(1, 4).Select(number => Down($"app{number}").Over(_now))]);
        Open.Should().ContainSingle("what comes up last is waited for");
        _now = Now.AddMinutes(13);
        Batch(Homelab);
        Open.Select(incident => incident.Service).Should().BeEquivalentTo(["app5", "app6"]);
        _incidents.Values.Count(incident => incident is { Kind: "host_down", State: IncidentState.Resolved }).Should().Be(1);
    }

    [Fact]
    public void Apply_AThingThatHangsOnOthers_IsToldOfAfterALittle()
    {
        Batch(Homelab, Down("app1"), Down("lonely"));
        Open.Single(incident => incident.Service == "app1").AnnounceAt.Should().Be(Now + ShippedIncidentRules.Rules.Settle);
        Open.Single(incident => incident.Service == "lonely").AnnounceAt.Should().Be(Now);
    }

    [Fact]
    public void Apply_HostDown_IsKnownAsDownForWhatHangsOnIt()
    {
        var correlation = Batch(Homelab, Alert("HostDown", ("instance", "nas.lan:9100")));
        correlation.Down.Select(down => down.Thing).Should().Equal("nas");
    }

    private static Alert Down(string container) => Alert("ContainerDown", ("container", container));

    private static Alert Disk(string mount, string severity) => Alert("HostOutOfDiskSpace", ("instance", "nas:9100"), ("mountpoint", mount), ("severity", severity));

    private Correlation Batch(DependencyGraph graph, params Alert[] alerts)
    {
        var correlation = new Correlation(ShippedIncidentRules.Rules, new Things(graph), ShippedIncidentRules.Connections(("Activities:Docker:default:Endpoint", "unix:///var/run/docker.sock")), _now);
        foreach (var incident in Open)
            correlation.Add(incident, _alerts.Where(entry => entry.Key.Item1 == incident.Id).Select(entry => entry.Value));
        foreach (var ((id, _), alert) in _alerts.OrderBy(entry => entry.Value.LastSeen))
            if (_incidents[id] is { IsOpen: false, Parent: null, ResolvedAt: { } at } ended && at >= _now - ShippedIncidentRules.Rules.ReopenWithin)
                correlation.AddEnded(ended, alert);
        foreach (var (id, times) in _returns)
            correlation.AddReturns(id, times);
        foreach (var alert in alerts)
            correlation.Apply(alert, "test");
        correlation.Sweep();
        foreach (var changed in correlation.Changed)
            _incidents[changed.Id] = changed;
        foreach (var moved in correlation.Moved)
            _alerts.Remove(moved);
        foreach (var (incident, alert) in correlation.ChangedAlerts)
            _alerts[(incident, alert.Fingerprint)] = alert;
        _events.AddRange(correlation.Events.Select(happened => (happened.Incident, happened.Kind, happened.Text)));
        foreach (var id in _incidents.Keys)
            _returns[id] = _events.Count(happened => happened.Incident == id && happened.Kind is "reopened" or "refired");
        return correlation;
    }
}
