namespace Homelab.Engine.Incidents;

/// <summary>What an alert is about: read from <c>incidents.json</c>, immutable and swapped whole.</summary>
internal sealed record IncidentRules
{
    public const string Unknown = "unknown";

    public IReadOnlySet<string> IgnoredLabels { get; init; } = new HashSet<string>();

    /// <summary>Alerts of one cause come within this.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an incident of something that hangs on something else is held back, for a cause to show.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>So many things that hang on one, and at least half of all that do, are down: it is that one.</summary>
    public int InferFrom { get; init; } = 3;

    /// <summary>An alert that comes back within this reopens its incident.</summary>
    public TimeSpan ReopenWithin { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A firing alert with the start of one that has ended is an old message until then.</summary>
    public TimeSpan StaleFiring { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What still fires so long after its cause ended is a problem of its own.</summary>
    public TimeSpan Aftermath { get; init; } = TimeSpan.FromMinutes(2);

    public int FlappingTimes { get; init; } = 3;

    public TimeSpan FlappingWithin { get; init; } = TimeSpan.FromMinutes(30);

    public TimeSpan FlappingQuiet { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Of the health cycle.</summary>
    public ObservationLimits Limits { get; init; } = new();

    /// <summary>Values of the label severity (or priority, level) by what they mean; others are a warning.</summary>
    public IReadOnlyDictionary<string, IncidentSeverity> Severities { get; init; } = new Dictionary<string, IncidentSeverity>();

    public IReadOnlyDictionary<string, IncidentKind> Kinds { get; init; } = new Dictionary<string, IncidentKind> { [Unknown] = new(Unknown, "{alertname}", false, []) };

    /// <summary>Where names are found in labels: first that is there.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<LabelSource>> Fields { get; init; } = new Dictionary<string, IReadOnlyList<LabelSource>>();

    public IReadOnlyList<KindRule> Rules { get; init; } = [];

    /// <summary>For words of people.</summary>
    public IReadOnlyList<TextRule> Texts { get; init; } = [];

    /// <summary>How foreign JSON is read, by the name in the address.</summary>
    public IReadOnlyDictionary<string, JsonMapping> Mappings { get; init; } = new Dictionary<string, JsonMapping>();

    public static IncidentRules Defaults { get; } = new();

    /// <summary>Whether the second kind is a consequence of the first, on the same thing or on what hangs on it.</summary>
    public bool Explains(string cause, string effect) =>
        Kinds.GetValueOrDefault(cause) is { } kind && (kind.Explains.Contains("*") || kind.Explains.Contains(effect));

    public bool IsDown(string kind) => Kinds.GetValueOrDefault(kind)?.IsDown == true;
}

/// <param name="Title">With names in braces, where the alert has no summary.</param>
/// <param name="IsDown">The thing does not work, and so what hangs on it cannot.</param>
/// <param name="Explains">The kinds that are consequences of it; "*" is all.</param>
internal sealed record IncidentKind(string Name, string Title, bool IsDown, IReadOnlySet<string> Explains)
{
    public IncidentKind(string name, string title, bool isDown, IEnumerable<string> explains)
        : this(name, title, isDown, explains.ToHashSet())
    {
    }
}

/// <summary>A label, and which part of it.</summary>
internal sealed record LabelSource(string Label, Pattern? Part)
{
    public string? Of(IReadOnlyDictionary<string, string> labels)
    {
        if (!labels.TryGetValue(Label, out var value) || value.Length == 0)
            return null;
        return Part is null ? value : Part.Find(value);
    }
}

/// <summary>The first that fits says what an alert is.</summary>
/// <param name="When">Labels (or text: title and description) that must fit as a whole.</param>
/// <param name="Thing">The field that names what it is about.</param>
/// <param name="Part">The field that names what of it.</param>
/// <param name="Targets">With fields in braces, and the connection of a tool by the tool's name: docker:{Docker}/container/{container}. The first that can be filled in counts.</param>
/// <param name="Fields">Where this rule finds names otherwise than the others.</param>
internal sealed record KindRule(
    string Kind, IReadOnlyList<(string Label, Pattern Value)> When, string Thing, string? Part, IReadOnlyList<string> Targets, IReadOnlyDictionary<string, IReadOnlyList<LabelSource>> Fields);

/// <param name="Words">Found anywhere in it.</param>
internal sealed record TextRule(string Kind, Pattern Words);

/// <summary>Where things are in a JSON document: dotted paths from an item of it, or fixed texts.</summary>
/// <param name="Items">Path of the list of alerts; null: the document is one.</param>
/// <param name="Resolved">Values of <paramref name="Status"/> that say that it is over.</param>
internal sealed record JsonMapping(
    string? Items, string Name, string? Summary, string? Description, string? Status, IReadOnlySet<string> Resolved, string? StartsAt, string? Severity, string? Url,
    IReadOnlyDictionary<string, string> Labels);
