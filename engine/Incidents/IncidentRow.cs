using System.Text.Json;

namespace Homelab.Engine.Incidents;

/// <summary>An incident as it is stored.</summary>
internal sealed record IncidentRow
{
    public string Id { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    public string Correlation { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Title { get; init; } = "";

    public string Severity { get; init; } = "";

    public string State { get; init; } = "";

    public string? Target { get; init; }

    public string? Service { get; init; }

    public string? Host { get; init; }

    public string? Part { get; init; }

    public string Source { get; init; } = "";

    public string Labels { get; init; } = "{}";

    public string Annotations { get; init; } = "{}";

    public long StartedAt { get; init; }

    public long DetectedAt { get; init; }

    public long UpdatedAt { get; init; }

    public long? ResolvedAt { get; init; }

    public string? Resolution { get; init; }

    public string? Parent { get; init; }

    public string? Cause { get; init; }

    public long Alerts { get; init; }

    public long Deliveries { get; init; }

    public long Openings { get; init; }

    public long Flapping { get; init; }

    public long? QuietSince { get; init; }

    public long? AnnounceAt { get; init; }

    public static IncidentRow Of(Incident incident) => new()
    {
        Id = incident.Id,
        Fingerprint = incident.Fingerprint,
        Correlation = incident.Correlation,
        Kind = incident.Kind,
        Title = incident.Title,
        Severity = IncidentJson.Name(incident.Severity),
        State = IncidentJson.Name(incident.State),
        Target = incident.Target,
        Service = incident.Service,
        Host = incident.Host,
        Part = incident.Part,
        Source = incident.Source,
        Labels = JsonSerializer.Serialize(incident.Labels, IncidentJson.Options),
        Annotations = JsonSerializer.Serialize(incident.Annotations, IncidentJson.Options),
        StartedAt = incident.StartedAt.ToUnixTimeMilliseconds(),
        DetectedAt = incident.DetectedAt.ToUnixTimeMilliseconds(),
        UpdatedAt = incident.UpdatedAt.ToUnixTimeMilliseconds(),
        ResolvedAt = incident.ResolvedAt?.ToUnixTimeMilliseconds(),
        Resolution = incident.Resolution,
        Parent = incident.Parent,
        Cause = incident.Cause,
        Alerts = incident.Alerts,
        Deliveries = incident.Deliveries,
        Openings = incident.Openings,
        Flapping = incident.Flapping ? 1 : 0,
        QuietSince = incident.QuietSince?.ToUnixTimeMilliseconds(),
        AnnounceAt = incident.AnnounceAt?.ToUnixTimeMilliseconds(),
    };

    public Incident ToIncident() => new()
    {
        Id = Id,
        Fingerprint = Fingerprint,
        Kind = Kind,
        Title = Title,
        Severity = IncidentJson.Read<IncidentSeverity>(Severity),
        State = IncidentJson.Read<IncidentState>(State),
        Target = Target,
        Service = Service,
        Host = Host,
        Part = Part,
        Source = Source,
        Labels = Words(Labels),
        Annotations = Words(Annotations),
        StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(StartedAt),
        DetectedAt = DateTimeOffset.FromUnixTimeMilliseconds(DetectedAt),
        UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(UpdatedAt),
        ResolvedAt = At(ResolvedAt),
        Resolution = Resolution,
        Parent = Parent,
        Cause = Cause,
        Alerts = (int)Alerts,
        Deliveries = Deliveries,
        Openings = (int)Openings,
        Flapping = Flapping == 1,
        QuietSince = At(QuietSince),
        AnnounceAt = At(AnnounceAt),
    };

    public static DateTimeOffset? At(long? milliseconds) => milliseconds is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    public static IReadOnlyDictionary<string, string> Words(string json) => JsonSerializer.Deserialize<Dictionary<string, string>>(json, IncidentJson.Options) ?? [];
}
