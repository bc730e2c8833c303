using System.Text.Json;

namespace Homelab.Engine.Incidents;

/// <summary>One of the alerts that an incident is made of.</summary>
internal sealed record IncidentAlert
{
    public required string Fingerprint { get; init; }

    public required string Source { get; init; }

    public required string Title { get; init; }

    public required string Kind { get; init; }

    public string? Target { get; init; }

    public string? Service { get; init; }

    public string? Host { get; init; }

    public string? Part { get; init; }

    public required IncidentSeverity Severity { get; init; }

    public required bool Firing { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    public required DateTimeOffset FirstSeen { get; init; }

    public required DateTimeOffset LastSeen { get; init; }

    public long Deliveries { get; init; } = 1;
}

/// <summary>It as it is stored.</summary>
internal sealed record IncidentAlertRow
{
    public string IncidentId { get; init; } = "";

    public string Fingerprint { get; init; } = "";

    public string Source { get; init; } = "";

    public string Title { get; init; } = "";

    public string Kind { get; init; } = "";

    public string? Target { get; init; }

    public string? Service { get; init; }

    public string? Host { get; init; }

    public string? Part { get; init; }

    public string Severity { get; init; } = "";

    public long Firing { get; init; }

    public string Labels { get; init; } = "{}";

    public string Annotations { get; init; } = "{}";

    public long StartedAt { get; init; }

    public long? EndedAt { get; init; }

    public long FirstSeen { get; init; }

    public long LastSeen { get; init; }

    public long Deliveries { get; init; }

    public static IncidentAlertRow Of(string incident, IncidentAlert alert) => new()
    {
        IncidentId = incident,
        Fingerprint = alert.Fingerprint,
        Source = alert.Source,
        Title = alert.Title,
        Kind = alert.Kind,
        Target = alert.Target,
        Service = alert.Service,
        Host = alert.Host,
        Part = alert.Part,
        Severity = IncidentJson.Name(alert.Severity),
        Firing = alert.Firing ? 1 : 0,
        Labels = JsonSerializer.Serialize(alert.Labels, IncidentJson.Options),
        Annotations = JsonSerializer.Serialize(alert.Annotations, IncidentJson.Options),
        StartedAt = alert.StartedAt.ToUnixTimeMilliseconds(),
        EndedAt = alert.EndedAt?.ToUnixTimeMilliseconds(),
        FirstSeen = alert.FirstSeen.ToUnixTimeMilliseconds(),
        LastSeen = alert.LastSeen.ToUnixTimeMilliseconds(),
        Deliveries = alert.Deliveries,
    };

    public IncidentAlert ToAlert() => new()
    {
        Fingerprint = Fingerprint,
        Source = Source,
        Title = Title,
        Kind = Kind,
        Target = Target,
        Service = Service,
        Host = Host,
        Part = Part,
        Severity = IncidentJson.Read<IncidentSeverity>(Severity),
        Firing = Firing == 1,
        Labels = IncidentRow.Words(Labels),
        Annotations = IncidentRow.Words(Annotations),
        StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(StartedAt),
        EndedAt = IncidentRow.At(EndedAt),
        FirstSeen = DateTimeOffset.FromUnixTimeMilliseconds(FirstSeen),
        LastSeen = DateTimeOffset.FromUnixTimeMilliseconds(LastSeen),
        Deliveries = Deliveries,
    };
}
