using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Homelab.Engine.Incidents;

/// <summary>Something that is wrong, or was: one cause, however many alerts speak of it. What a workflow that an incident starts gets as its input is this as JSON.</summary>
internal sealed record Incident
{
    public required string Id { get; init; }

    [Description("Of the alert that it began with: the same labels give the same one.")]
    public required string Fingerprint { get; init; }

    [Description("One of the kinds of rules/library/incidents.json, such as container_down.")]
    public required string Kind { get; init; }

    public required string Title { get; init; }

    public required IncidentSeverity Severity { get; init; }

    public required IncidentState State { get; init; }

    [Description("Id of what is to be acted on, as activities name it: docker:default/container/web. Null where the alert does not say.")]
    public string? Target { get; init; }

    [Description("What people and the dependency graph call it.")]
    public string? Service { get; init; }

    [Description("The machine or guest that it is on.")]
    public string? Host { get; init; }

    [Description("What of it: a mount point, an interface, a database.")]
    public string? Part { get; init; }

    [Description("Who told of it: alertmanager, grafana, uptime-kuma, json, text, or homelab where no alert did.")]
    public required string Source { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    [Description("When it began, as the alert itself says.")]
    public required DateTimeOffset StartedAt { get; init; }

    [Description("When the product heard of it.")]
    public required DateTimeOffset DetectedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public DateTimeOffset? ResolvedAt { get; init; }

    [Description("autonomous, assisted (with a person's approval), person, gone (by itself) or merged (into its parent). Null while it is open.")]
    public string? Resolution { get; init; }

    [Description("The incident that this one is a symptom of.")]
    public string? Parent { get; init; }

    [Description("Why it is thought to be one with its alerts, where more than one thing speaks of it.")]
    public string? Cause { get; init; }

    [Description("How many different alerts it is made of.")]
    public int Alerts { get; init; } = 1;

    [Description("How often they were delivered.")]
    public long Deliveries { get; init; } = 1;

    [Description("1, and one more for each time that it came back.")]
    public int Openings { get; init; } = 1;

    [Description("It comes and goes: it stays open until it is quiet for a while, and nothing is started anew.")]
    public bool Flapping { get; init; }

    [Description("Since when none of its alerts fires although it is not resolved.")]
    public DateTimeOffset? QuietSince { get; init; }

    /// <summary>When workflows and people are to be told of it; null when they were.</summary>
    [JsonIgnore]
    public DateTimeOffset? AnnounceAt { get; init; }

    [JsonIgnore]
    public bool IsOpen => State is not (IncidentState.Resolved or IncidentState.Closed);

    /// <summary>What is open once at a time: the kind, on the thing, of the part.</summary>
    [JsonIgnore]
    public string Correlation => CorrelationOf(Kind, Target, Service, Host, Part, Fingerprint);

    public static string CorrelationOf(string kind, string? target, string? service, string? host, string? part, string fingerprint) =>
        $"{kind}|{(target ?? (service is null && host is null ? fingerprint : $"{service}@{host}")).ToLowerInvariant()}|{part}";

    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, IncidentJson.Options)!.AsObject(); // an object is never null
}

[JsonConverter(typeof(SnakeCaseEnum<IncidentSeverity>))]
internal enum IncidentSeverity
{
    Info,
    Warning,
    Critical,
}

[JsonConverter(typeof(SnakeCaseEnum<IncidentState>))]
internal enum IncidentState
{
    /// <summary>Nobody looked at it yet.</summary>
    Open,
    Diagnosing,

    /// <summary>For an approval, a window or a quieter time.</summary>
    Waiting,
    Acting,
    Verifying,
    Resolved,
    NeedsPerson,
    Closed,
}

/// <summary>How an incident is written for workflows and into the store.</summary>
internal static class IncidentJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static string Name<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static T Read<T>(string name)
        where T : struct, Enum => Enum.Parse<T>(name.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}

/// <summary>"needs_person" for NeedsPerson.</summary>
internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
