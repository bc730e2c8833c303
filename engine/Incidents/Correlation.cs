namespace Homelab.Engine.Incidents;

/// <summary>
/// Makes incidents of alerts: all that is open, held in memory for one batch, and what a batch changes in it. Decides by rules, dependencies and times alone and touches nothing
/// outside, so that it can be tested as a table; who holds the lock stores the changes.
/// </summary>
internal sealed class Correlation(IncidentRules rules, Things things, ConnectionNames connections, DateTimeOffset now)
{
    /// <summary>Who was acting on it is gone.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(30);

    private readonly Dictionary<string, Incident> _open = [];
    private readonly Dictionary<string, string> _byCorrelation = [];
    private readonly Dictionary<string, (string Incident, IncidentAlert Alert)> _alerts = [];
    private readonly Dictionary<string, (Incident Incident, IncidentAlert Alert)> _ended = [];
    private readonly Dictionary<string, int> _returns = [];
    private readonly Dictionary<string, Incident> _changed = [];
    private readonly HashSet<string> _new = [];
    private readonly Dictionary<string, (string Incident, IncidentAlert Alert)> _changedAlerts = [];
    private readonly HashSet<(string Incident, string Fingerprint)> _moved = [];
    private readonly List<(string Incident, string Kind, string Text, IncidentLinks? Links)> _events = [];

    public IReadOnlyCollection<Incident> Open => _open.Values;

    /// <summary>Alerts that belong to another incident now.</summary>
    public IReadOnlyCollection<(string Incident, string Fingerprint)> Moved => _moved;

    public IReadOnlyCollection<Incident> Changed => _changed.Values;

    public IReadOnlyCollection<(string Incident, IncidentAlert Alert)> ChangedAlerts => _changedAlerts.Values;

    /// <summary>In the order of happening.</summary>
    public IReadOnlyList<(string Incident, string Kind, string Text, IncidentLinks? Links)> Events => _events;

    /// <summary>By source, what became of the alerts.</summary>
    public Dictionary<(string Source, string Result), int> Counts { get; } = [];

    public bool IsNew(string incident) => _new.Contains(incident);

    public void Add(Incident incident, IEnumerable<IncidentAlert> alerts)
    {
        _open[incident.Id] = incident;
        _byCorrelation[incident.Correlation] = incident.Id;
        foreach (var alert in alerts)
            _alerts[alert.Fingerprint] = (incident.Id, alert);
    }

    /// <summary>An alert of an incident that has ended, not long ago.</summary>
    public void AddEnded(Incident incident, IncidentAlert alert) => _ended[alert.Fingerprint] = (incident, alert);

    /// <summary>How often an incident came back within the time that counts for flapping.</summary>
    public void AddReturns(string incident, int times) => _returns[incident] = times;

    public bool Knows(string fingerprint) => _alerts.ContainsKey(fingerprint);

    public void Apply(Alert alert, string source)
    {
        var fingerprint = alert.FingerprintWithout(rules.IgnoredLabels);
        var result = (alert.Firing, _alerts.TryGetValue(fingerprint, out var known)) switch
        {
            (false, true) => End(known.Incident, known.Alert, alert),
            (false, false) => "ignored", // it never fired here, or ended before
            (true, true) when known.Alert.Firing => Repeat(known.Incident, known.Alert, alert),
            (true, true) => FireAgain(known.Incident, known.Alert, alert),
            (true, false) when _ended.TryGetValue(fingerprint, out var ended) => Return(ended.Incident, ended.Alert, alert, source),
            _ => Begin(alert, source),
        };
        Counts[(source, result)] = Counts.GetValueOrDefault((source, result)) + 1;
    }

    /// <summary>What time alone brings about: flapping that ended, causes that are over while something still fires.</summary>
    public void Sweep()
    {
        foreach (var incident in _open.Values.ToArray())
        {
            if (incident.QuietSince is { } quiet)
            {
                if (incident.Flapping && now - quiet >= rules.FlappingQuiet && Lifecycle.EndsByItself(incident.State))
                    Resolve(incident with { Flapping = false }, quiet, $"It was quiet for {InWords(now - quiet)}.");
                else if (!incident.Flapping && Lifecycle.EndsByItself(incident.State))
                    Resolve(incident, quiet, "None of its alerts fires any more.");
                else if (now - quiet >= Abandoned && now - incident.UpdatedAt >= Abandoned)
                    Resolve(incident with { Flapping = false }, quiet, $"Its alerts ended {InWords(now - quiet)} ago, and nothing was heard of what was being done.");
                continue;
            }

            Split(incident);
        }
    }

    private string Repeat(string id, IncidentAlert known, Alert alert)
    {
        Put(id, known with { LastSeen = now, Deliveries = known.Deliveries + 1, Annotations = alert.Annotations });
        var incident = _open[id];
        Put(incident with { Deliveries = incident.Deliveries + 1 });
        return "repeated";
    }

    private string FireAgain(string id, IncidentAlert known, Alert alert)
    {
        if (IsStale(known, alert))
            return "ignored";
        var incident = _open[id];
        Put(id, known with { Firing = true, StartedAt = alert.StartsAt ?? now, EndedAt = null, LastSeen = now, Deliveries = known.Deliveries + 1, Annotations = alert.Annotations });
        _events.Add((id, "refired", $"Fires again: {known.Title}", null));
        Put(Flap(incident with { Deliveries = incident.Deliveries + 1, QuietSince = null, UpdatedAt = now }));
        return "reopened";
    }

    /// <summary>A message that was on its way while its alert ended: it has the start of that one.</summary>
    private bool IsStale(IncidentAlert known, Alert alert) =>
        alert.StartsAt is { } starts && known.EndedAt is { } ended && (starts < known.StartedAt || (starts == known.StartedAt && now - known.LastSeen < rules.StaleFiring && now - ended < rules.Window));

    private string Return(Incident incident, IncidentAlert known, Alert alert, string source)
    {
        if (IsStale(known, alert))
            return "ignored";
        // Another alert of it came back first, in this very batch.
        if (_open.TryGetValue(incident.Id, out var again))
        {
            Put(incident.Id, known with { Firing = true, StartedAt = alert.StartsAt ?? now, EndedAt = null, LastSeen = now, Deliveries = known.Deliveries + 1, Annotations = alert.Annotations });
            Put(again with { Deliveries = again.Deliveries + 1, QuietSince = null, UpdatedAt = now });
            _events.Add((incident.Id, "alert", $"Also came back: {known.Title}", null));
            return "reopened";
        }

        // The same thing may be open again by another alert.
        if (_byCorrelation.ContainsKey(incident.Correlation))
            return Begin(alert, source);
        _ended.Remove(known.Fingerprint);
        var next = incident with
        {
            State = IncidentState.Open, ResolvedAt = null, Resolution = null, UpdatedAt = now, Openings = incident.Openings + 1, Deliveries = incident.Deliveries + 1, QuietSince = null,
            AnnounceAt = now + Wait(incident),
        };
        _events.Add((incident.Id, "reopened", $"Came back: {known.Title}", alert.Url is { } url ? new IncidentLinks { Url = url } : null));
        next = Flap(next);
        // What flaps was told of; starting anew each time would make it worse.
        Put(next.Flapping ? next with { AnnounceAt = null } : next);
        Put(incident.Id, known with { Firing = true, StartedAt = alert.StartsAt ?? now, EndedAt = null, LastSeen = now, Deliveries = known.Deliveries + 1, Annotations = alert.Annotations });
        MarkDown(next);
        return "reopened";
    }

    private Incident Flap(Incident incident)
    {
        var returns = _returns[incident.Id] = _returns.GetValueOrDefault(incident.Id) + 1;
        if (incident.Flapping || returns < rules.FlappingTimes)
            return incident;
        _events.Add((incident.Id, "flapping", $"It came back {returns} times within {InWords(rules.FlappingWithin)}: it stays open until it is quiet for {InWords(rules.FlappingQuiet)}, and nothing is started anew.", null));
        return incident with { Flapping = true };
    }

    private string End(string id, IncidentAlert known, Alert alert)
    {
        // The end of an earlier time that it fired.
        if (!known.Firing || (alert.EndsAt is { } ends && ends < known.StartedAt))
            return "ignored";
        var at = alert.EndsAt is { } said && said <= now && said >= known.StartedAt ? said : now;
        Put(id, known with { Firing = false, EndedAt = at, LastSeen = now });
        var incident = _open[id];
        if (_alerts.Values.Any(other => other.Incident == id && other.Alert.Firing))
        {
            _events.Add((id, "alert", $"Ended: {known.Title}", null));
            Put(incident with { UpdatedAt = now });
        }
        else if (incident.Flapping || !Lifecycle.EndsByItself(incident.State))
        {
            _events.Add((id, "alert", incident.Flapping ? $"Ended for now: {known.Title}" : $"Ended: {known.Title}. What is being done decides whether it is resolved.", null));
            Put(incident with { QuietSince = at, UpdatedAt = now });
        }
        else
        {
            Resolve(incident, at, incident.Alerts > 1 ? "All of its alerts ended." : "Its alert ended.");
        }

        return "ended";
    }

    private string Begin(Alert alert, string source)
    {
        var what = Classifier.Classify(alert, rules, connections);
        var starts = alert.StartsAt is { } said && said <= now ? said : now;
        var entry = new IncidentAlert
        {
            Fingerprint = what.Fingerprint, Source = source, Title = what.Title, Kind = what.Kind, Target = what.Target, Service = what.Service, Host = what.Host, Part = what.Part, Severity = what.Severity,
            Firing = true, Labels = alert.Labels, Annotations = alert.Annotations, StartedAt = starts, FirstSeen = now, LastSeen = now,
        };
        if (Home(entry) is { } home)
        {
            Join(home, entry, alert.Url);
            return "joined";
        }

        var incident = OpenFor(entry, source, alert.Url);
        Absorb(incident);
        InferAbove(incident);
        return "opened";
    }

    private Incident OpenFor(IncidentAlert entry, string source, string? url)
    {
        var incident = new Incident
        {
            Id = Guid.CreateVersion7(now).ToString("N"), Fingerprint = entry.Fingerprint, Kind = entry.Kind, Title = entry.Title, Severity = entry.Severity, State = IncidentState.Open,
            Target = entry.Target, Service = entry.Service, Host = entry.Host, Part = entry.Part, Source = source, Labels = entry.Labels, Annotations = entry.Annotations,
            StartedAt = entry.StartedAt, DetectedAt = now, UpdatedAt = now,
        };
        incident = incident with { AnnounceAt = now + Wait(incident) };
        _new.Add(incident.Id);
        Put(incident);
        Put(incident.Id, entry);
        _events.Add((incident.Id, "opened", $"{entry.Title} (by {source})", url is null ? null : new IncidentLinks { Url = url }));
        MarkDown(incident);
        return incident;
    }

    /// <summary>A thing that hangs on others waits a little: a cause may show, and then there is one message and not thirty.</summary>
    private TimeSpan Wait(Incident incident) => things.Find(incident.Service) is { } thing && things.Parents(thing).Count > 0 ? rules.Settle : TimeSpan.Zero;

    /// <summary>The open incident that an alert belongs to.</summary>
    private Incident? Home(IncidentAlert alert)
    {
        var correlation = Incident.CorrelationOf(alert.Kind, alert.Target, alert.Service, alert.Host, alert.Part, alert.Fingerprint);
        if (_byCorrelation.TryGetValue(correlation, out var same))
            return _open[same];
        var near = _open.Values.Where(incident => IsSameThing(incident, alert) && IsNear(incident, alert.StartedAt)).ToArray();
        if (Array.Find(near, incident => rules.Explains(incident.Kind, alert.Kind) || rules.Explains(alert.Kind, incident.Kind)) is { } sameThing)
            return sameThing;
        var above = things.Above(alert.Service, alert.Host);
        return above.Count == 0
            ? null
            : _open.Values.Where(incident => rules.IsDown(incident.Kind) && rules.Explains(incident.Kind, alert.Kind) && Is(incident, above)).MinBy(incident => incident.StartedAt);
    }

    private void Join(Incident incident, IncidentAlert alert, string? url)
    {
        Put(incident.Id, alert);
        var next = incident with
        {
            Alerts = incident.Alerts + 1, Deliveries = incident.Deliveries + 1, UpdatedAt = now, QuietSince = null, Severity = incident.Severity > alert.Severity ? incident.Severity : alert.Severity,
            StartedAt = incident.StartedAt < alert.StartedAt ? incident.StartedAt : alert.StartedAt,
            Cause = IsSameThing(incident, alert) ? incident.Cause : CauseOf(incident, incident.Alerts + 1),
        };
        _events.Add((incident.Id, "alert", $"Also: {alert.Title}", url is null ? null : new IncidentLinks { Url = url }));
        var deeper = incident.Kind != alert.Kind
            && ((IsSameThing(incident, alert) && rules.Explains(alert.Kind, incident.Kind) && !rules.Explains(incident.Kind, alert.Kind)) || IsItsPart(incident, alert.Kind, alert.Target, alert.Host))
            && !_byCorrelation.ContainsKey(Incident.CorrelationOf(alert.Kind, alert.Target, alert.Service, alert.Host, alert.Part, alert.Fingerprint));
        if (deeper)
        {
            next = next with { Kind = alert.Kind, Title = alert.Title, Target = alert.Target ?? incident.Target, Service = alert.Service ?? incident.Service, Part = alert.Part };
            _events.Add((incident.Id, "kind", $"It is {alert.Kind} and not only {incident.Kind}.", null));
        }

        Put(next);
        if (deeper)
        {
            MarkDown(next);
            Absorb(next);
        }
    }

    /// <summary>What is down explains what opened shortly before it on all that hangs on it.</summary>
    private void Absorb(Incident cause)
    {
        if (!rules.IsDown(cause.Kind))
            return;
        foreach (var symptom in _open.Values.Where(other => other.Id != cause.Id && IsSymptom(cause, other)).ToArray())
        {
            var mine = _alerts.Values.Where(entry => entry.Incident == symptom.Id).ToArray();
            foreach (var (_, alert) in mine)
                Move(symptom.Id, cause.Id, alert);
            cause = cause with
            {
                Alerts = cause.Alerts + mine.Length, Deliveries = cause.Deliveries + symptom.Deliveries, StartedAt = cause.StartedAt < symptom.StartedAt ? cause.StartedAt : symptom.StartedAt,
                Cause = CauseOf(cause, cause.Alerts + mine.Length),
            };
            Put(cause);
            _events.Add((cause.Id, "merged", $"Took over: {symptom.Title}", new IncidentLinks { Incident = symptom.Id }));
            _events.Add((symptom.Id, "merged", $"It is a symptom of: {cause.Title}", new IncidentLinks { Incident = cause.Id }));
            Put(symptom with { State = IncidentState.Closed, Resolution = "merged", Parent = cause.Id, ResolvedAt = now, UpdatedAt = now, AnnounceAt = null });
            if (cause.Kind != symptom.Kind && IsItsPart(cause, symptom.Kind, symptom.Target, symptom.Host))
            {
                _events.Add((cause.Id, "kind", $"It is {symptom.Kind} and not only {cause.Kind}.", null));
                cause = cause with { Kind = symptom.Kind, Title = symptom.Title, Target = symptom.Target, Service = symptom.Service, Part = symptom.Part };
                Put(cause);
            }
        }
    }

    /// <summary>
    /// Something that is down on the very machine, and can be acted on, is behind what is said of that machine and names nothing to act on: the resolver's unit, where DNS fails. Not
    /// where the machine itself is what is down.
    /// </summary>
    private bool IsItsPart(Incident incident, string kind, string? target, string? host) =>
        incident.Target is null && target is not null && rules.IsDown(kind) && !rules.Explains(incident.Kind, IncidentRules.Unknown)
        && string.Equals(host, incident.Host ?? incident.Service, StringComparison.OrdinalIgnoreCase);

    private static string CauseOf(Incident cause, int alerts) => $"{alerts} alerts, of {cause.Service ?? cause.Host ?? cause.Title} and what hangs on it";

    private bool IsSymptom(Incident cause, Incident other) =>
        other.State is not (IncidentState.Acting or IncidentState.Verifying) && rules.Explains(cause.Kind, other.Kind) && IsNear(other, cause.StartedAt) && Is(cause, things.Above(other.Service, other.Host));

    /// <summary>Nobody says that the host is down, but so much of it is that it must be.</summary>
    private void InferAbove(Incident incident)
    {
        if (!rules.IsDown(incident.Kind) || !rules.Kinds.ContainsKey("host_down") || things.Find(incident.Service) is not { } thing || !_open.ContainsKey(incident.Id))
            return;
        foreach (var parent in things.Parents(thing))
        {
            var below = things.Below(parent);
            var down = _open.Values.Where(other => rules.IsDown(other.Kind) && now - other.DetectedAt <= rules.Window && things.Find(other.Service) is { } name && below.Contains(name, StringComparer.OrdinalIgnoreCase)).ToArray();
            var names = down.Select(other => things.Find(other.Service)!).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
            if (names.Length < rules.InferFrom || names.Length * 2 < below.Count || _open.Values.Any(other => Is(other, [parent]) && rules.IsDown(other.Kind)))
                continue;
            var inferred = new Incident
            {
                Id = Guid.CreateVersion7(now).ToString("N"), Fingerprint = $"inferred:{parent}", Kind = "host_down", Title = $"{parent} seems to be down: so are {names.Length} of {below.Count} things that hang on it",
                Severity = IncidentSeverity.Critical, State = IncidentState.Open, Service = parent, Host = parent, Source = "homelab", StartedAt = down.Min(other => other.StartedAt), DetectedAt = now,
                UpdatedAt = now, AnnounceAt = now, Alerts = 0, Deliveries = 0, Target = connections.Of("Ssh", parent, exactly: true) is { } machine ? $"ssh:{machine}/host/{machine}" : null,
            };
            _new.Add(inferred.Id);
            Put(inferred);
            _events.Add((inferred.Id, "opened", $"{inferred.Title}: {string.Join(", ", names.Order(StringComparer.Ordinal))}", null));
            MarkDown(inferred);
            Absorb(inferred);
            return;
        }
    }

    /// <summary>The cause is over and something still fires: it becomes an incident of its own, for what helps a host does not help a container that did not come back.</summary>
    private void Split(Incident incident)
    {
        if (incident.Alerts < 2 || !rules.IsDown(incident.Kind) || !Lifecycle.EndsByItself(incident.State))
            return;
        var mine = _alerts.Values.Where(entry => entry.Incident == incident.Id).Select(entry => entry.Alert).ToArray();
        var roots = mine.Where(alert => alert.Kind == incident.Kind && IsSameThing(incident, alert)).ToArray();
        var left = mine.Where(alert => alert.Firing).ToArray();
        var over = roots.Length > 0 ? roots.All(alert => !alert.Firing) : left.Length * 2 < mine.Length;
        if (!over || left.Length == 0 || now - (roots.Length > 0 ? roots : mine).Max(alert => alert.EndedAt ?? DateTimeOffset.MinValue) < rules.Aftermath)
            return;
        Resolve(incident, now, $"It is over; {left.Length} of its alerts still fire and are looked at on their own.");
        foreach (var alert in left)
        {
            _moved.Add((incident.Id, alert.Fingerprint));
            if (Home(alert) is { } home)
                Join(home, alert, null);
            else
                OpenFor(alert, alert.Source, null);
        }
    }

    private void Resolve(Incident incident, DateTimeOffset at, string reason)
    {
        _events.Add((incident.Id, "resolved", reason, null));
        Put(incident with { State = IncidentState.Resolved, ResolvedAt = at, UpdatedAt = now, QuietSince = null });
    }

    /// <summary>A cause that is still down explains whatever comes; for others alerts of one cause come close together.</summary>
    private bool IsNear(Incident incident, DateTimeOffset at) =>
        rules.IsDown(incident.Kind) && at >= incident.StartedAt || (at - incident.StartedAt).Duration() <= rules.Window || (at - incident.DetectedAt).Duration() <= rules.Window;

    private bool IsSameThing(Incident incident, IncidentAlert alert) =>
        incident.Target is { } target && alert.Target is { } other
            ? target == other
            : incident.Service is { } service && alert.Service is { } name && service.Equals(name, StringComparison.OrdinalIgnoreCase)
                && (MachineOf(incident.Host, service) is not { } host || MachineOf(alert.Host, name) is not { } machine || host.Equals(machine, StringComparison.OrdinalIgnoreCase));

    /// <summary>A site's address (https://wiki.lab, of wiki) names the service once more and no machine.</summary>
    private string? MachineOf(string? host, string service) => host is not null && service.Equals(things.Find(host), StringComparison.OrdinalIgnoreCase) ? null : host;

    private bool Is(Incident incident, IReadOnlyList<string> names) =>
        (things.Find(incident.Service) ?? incident.Service ?? incident.Host) is { } name && names.Contains(name, StringComparer.OrdinalIgnoreCase);

    private void MarkDown(Incident incident)
    {
        if (rules.IsDown(incident.Kind) && things.Find(incident.Service) is { } thing && things.Below(thing).Count > 0)
            Down.Add((thing, incident));
    }

    /// <summary>What is to be known as down, so that what hangs on it is left alone.</summary>
    public List<(string Thing, Incident By)> Down { get; } = [];

    private void Put(Incident incident)
    {
        _changed[incident.Id] = incident;
        if (_open.Remove(incident.Id, out var before))
            _byCorrelation.Remove(before.Correlation);
        if (incident.IsOpen)
        {
            _open[incident.Id] = incident;
            _byCorrelation[incident.Correlation] = incident.Id;
            return;
        }

        foreach (var fingerprint in _alerts.Where(entry => entry.Value.Incident == incident.Id).Select(entry => entry.Key).ToArray())
        {
            // A return within the same batch finds it again.
            _ended[fingerprint] = (incident, _alerts[fingerprint].Alert);
            _alerts.Remove(fingerprint);
        }
    }

    private void Move(string from, string to, IncidentAlert alert)
    {
        _moved.Add((from, alert.Fingerprint));
        Put(to, alert);
    }

    private void Put(string incident, IncidentAlert alert)
    {
        _alerts[alert.Fingerprint] = (incident, alert);
        _changedAlerts[alert.Fingerprint] = (incident, alert);
    }

    private static string InWords(TimeSpan span) => span.TotalMinutes < 2 ? $"{span.TotalSeconds:0} s" : span.TotalHours < 2 ? $"{span.TotalMinutes:0} minutes" : $"{span.TotalHours:0} hours";
}
