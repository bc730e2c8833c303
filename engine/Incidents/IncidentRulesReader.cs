using System.Globalization;
using System.Text.Json;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Incidents;

/// <summary>Reads <c>incidents.json</c>: the rules, or every problem with its path and line.</summary>
internal static class IncidentRulesReader
{
    public const string FileName = DecisionPolicyReader.IncidentsFile;

    public static (IncidentRules? Rules, IReadOnlyList<FileProblem> Problems) Read(string text)
    {
        List<FileProblem> problems = [];
        if (ProblemReader.Open(FileName, text, problems) is not { } reader)
            return (null, problems);
        var root = reader.Root;
        if (root.ValueKind != JsonValueKind.Object)
            reader.Add("$", "The file must be an object.");
        reader.Known(root, "$", "ignoreLabels", "window", "settle", "inferFrom", "reopenWithin", "staleFiring", "aftermath", "flapping", "observe", "severities", "kinds", "fields", "rules", "texts", "mappings");
        var defaults = IncidentRules.Defaults;
        var flapping = Optional(reader, root, "$", "flapping", "times", "within", "quiet");
        var kinds = Kinds(reader, root);
        var fields = Fields(reader, root, "$", "fields");
        var read = new IncidentRules
        {
            IgnoredLabels = Words(reader, root, "$", "ignoreLabels").ToHashSet(),
            Window = Span(reader, root, "$", "window", defaults.Window),
            Settle = Span(reader, root, "$", "settle", defaults.Settle),
            InferFrom = reader.Integer(root, "$", "inferFrom", 2, 1000, defaults.InferFrom),
            ReopenWithin = Span(reader, root, "$", "reopenWithin", defaults.ReopenWithin),
            StaleFiring = Span(reader, root, "$", "staleFiring", defaults.StaleFiring),
            Aftermath = Span(reader, root, "$", "aftermath", defaults.Aftermath),
            FlappingTimes = reader.Integer(flapping, "$.flapping", "times", 2, 100, defaults.FlappingTimes),
            FlappingWithin = Span(reader, flapping, "$.flapping", "within", defaults.FlappingWithin),
            FlappingQuiet = Span(reader, flapping, "$.flapping", "quiet", defaults.FlappingQuiet),
            Limits = Limits(reader, root),
            Severities = Severities(reader, root),
            Kinds = kinds,
            Fields = fields,
            Rules = [.. reader.List(root, "$", "rules").Select(entry => Rule(reader, entry.Item, entry.Path, kinds, fields))],
            Texts = [.. reader.List(root, "$", "texts", required: false).Select(entry => TextOf(reader, entry.Item, entry.Path, kinds))],
            Mappings = Mappings(reader, root),
        };
        if (!kinds.ContainsKey(IncidentRules.Unknown))
            reader.Add("$.kinds", $"The kind '{IncidentRules.Unknown}' is missing: it is what an alert is that no rule fits.");
        return problems.Count > 0 ? (null, problems) : (read, []);
    }

    private static Dictionary<string, IncidentKind> Kinds(ProblemReader reader, JsonElement root)
    {
        var table = reader.Object(root, "$", "kinds");
        Dictionary<string, IncidentKind> kinds = [];
        foreach (var entry in Entries(table))
        {
            var path = $"$.kinds.{entry.Name}";
            reader.Known(entry.Value, path, "title", "down", "explains");
            kinds[entry.Name] = new IncidentKind(
                entry.Name, reader.Text(entry.Value, path, "title", required: true) ?? "", reader.Flag(entry.Value, path, "down", false), Words(reader, entry.Value, path, "explains"));
        }

        foreach (var kind in kinds.Values)
            foreach (var other in kind.Explains.Where(other => other != "*" && !kinds.ContainsKey(other)))
                reader.Add($"$.kinds.{kind.Name}.explains", $"'{other}' is not one of the kinds.");
        return kinds;
    }

    private static KindRule Rule(ProblemReader reader, JsonElement rule, string path, Dictionary<string, IncidentKind> kinds, Dictionary<string, IReadOnlyList<LabelSource>> common)
    {
        reader.Known(rule, path, "kind", "when", "thing", "part", "target", "fields");
        var when = reader.Object(rule, path, "when");
        var own = Fields(reader, rule, path, "fields");
        var read = new KindRule(
            Kind(reader, rule, path, kinds),
            [.. Entries(when).Select(entry => (entry.Name, Whole(reader, entry.Value, $"{path}.when.{entry.Name}", whole: entry.Name != "text")))],
            reader.Text(rule, path, "thing") ?? "service", reader.Text(rule, path, "part"), Words(reader, rule, path, "target"), own);
        foreach (var (name, field) in new[] { ("thing", read.Thing), ("part", read.Part) })
            if (field is not null && !own.ContainsKey(field) && !common.ContainsKey(field))
                reader.Add($"{path}.{name}", $"'{field}' is not one of the fields.");
        if (read.When.Count == 0)
            reader.Add($"{path}.when", "A rule without conditions fits everything; say what it looks at.");
        foreach (var placeholder in read.Targets.SelectMany(Classifier.Placeholders))
            if (!char.IsAsciiLetterUpper(placeholder[0]) && !own.ContainsKey(placeholder) && !common.ContainsKey(placeholder))
                reader.Add($"{path}.target", $"'{{{placeholder}}}' is not one of the fields, and no tool: tools begin with a capital, such as {{Docker}}.");
        return read;
    }

    private static TextRule TextOf(ProblemReader reader, JsonElement rule, string path, Dictionary<string, IncidentKind> kinds)
    {
        reader.Known(rule, path, "kind", "words");
        return new TextRule(Kind(reader, rule, path, kinds), Whole(reader, ProblemReader.Get(rule, "words"), $"{path}.words", whole: false));
    }

    private static string Kind(ProblemReader reader, JsonElement rule, string path, Dictionary<string, IncidentKind> kinds)
    {
        var kind = reader.Text(rule, path, "kind", required: true) ?? "";
        if (kind.Length > 0 && !kinds.ContainsKey(kind))
            reader.Add($"{path}.kind", $"'{kind}' is not one of the kinds.");
        return kind;
    }

    private static Dictionary<string, IReadOnlyList<LabelSource>> Fields(ProblemReader reader, JsonElement outer, string path, string name)
    {
        var table = ProblemReader.Get(outer, name);
        if (table.ValueKind is not (JsonValueKind.Object or JsonValueKind.Undefined))
            reader.Add($"{path}.{name}", "This must be an object: a name to the labels that hold it.");
        return Entries(table).ToDictionary(
            entry => entry.Name,
            entry => (IReadOnlyList<LabelSource>)[.. Words(reader, table, $"{path}.{name}", entry.Name).Select(word => Source(reader, word, $"{path}.{name}.{entry.Name}"))]);
    }

    /// <summary>"instance", or "id~qemu/(\d+)" for a part of it.</summary>
    private static LabelSource Source(ProblemReader reader, string word, string path)
    {
        var parts = word.Split('~', 2);
        return new LabelSource(parts[0], parts.Length == 1 ? null : Compile(reader, parts[1], path));
    }

    private static Pattern Whole(ProblemReader reader, JsonElement value, string path, bool whole)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            reader.Add(path, $"This must be a pattern as text, it is {ProblemReader.Shown(value)}.");
            return Pattern.Nothing;
        }

        return Compile(reader, whole ? $"^(?:{value.GetString()})$" : value.GetString()!, path);
    }

    private static Pattern Compile(ProblemReader reader, string pattern, string path)
    {
        try
        {
            return new Pattern(pattern);
        }
        catch (ArgumentException exception)
        {
            reader.Add(path, $"This is no pattern that can be used: {exception.Message}");
            return Pattern.Nothing;
        }
    }

    private static ObservationLimits Limits(ProblemReader reader, JsonElement root)
    {
        var (defaults, table) = (new ObservationLimits(), Optional(reader, root, "$", "observe", "diskWarning", "diskCritical", "memoryWarning"));
        return new ObservationLimits(
            reader.Number(table, "$.observe", "diskWarning", 1, 100, defaults.DiskWarning), reader.Number(table, "$.observe", "diskCritical", 1, 100, defaults.DiskCritical),
            reader.Number(table, "$.observe", "memoryWarning", 1, 100, defaults.MemoryWarning));
    }

    private static Dictionary<string, IncidentSeverity> Severities(ProblemReader reader, JsonElement root)
    {
        Dictionary<string, IncidentSeverity> read = new(StringComparer.OrdinalIgnoreCase);
        var table = Optional(reader, root, "$", "severities", "critical", "warning", "info");
        foreach (var severity in Enum.GetValues<IncidentSeverity>())
            foreach (var word in Words(reader, table, "$.severities", IncidentJson.Name(severity)))
                read[word] = severity;
        return read;
    }

    private static Dictionary<string, JsonMapping> Mappings(ProblemReader reader, JsonElement root)
    {
        Dictionary<string, JsonMapping> read = new(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in Entries(Optional(reader, root, "$", "mappings")))
        {
            var (value, path) = (entry.Value, $"$.mappings.{entry.Name}");
            reader.Known(value, path, "items", "name", "summary", "description", "status", "resolved", "startsAt", "severity", "url", "labels");
            var labels = ProblemReader.Get(value, "labels");
            read[entry.Name] = new JsonMapping(
                reader.Text(value, path, "items"), reader.Text(value, path, "name", required: true) ?? "", reader.Text(value, path, "summary"), reader.Text(value, path, "description"),
                reader.Text(value, path, "status"), Words(reader, value, path, "resolved").ToHashSet(StringComparer.OrdinalIgnoreCase), reader.Text(value, path, "startsAt"),
                reader.Text(value, path, "severity"), reader.Text(value, path, "url"),
                Entries(labels).ToDictionary(label => label.Name, label => reader.Text(labels, $"{path}.labels", label.Name, required: true) ?? ""));
        }

        return read;
    }

    private static JsonElement Optional(ProblemReader reader, JsonElement outer, string path, string name, params ReadOnlySpan<string> known) =>
        ProblemReader.Get(outer, name).ValueKind == JsonValueKind.Undefined ? default : reader.Object(outer, path, name, known);

    private static IEnumerable<JsonProperty> Entries(JsonElement table) => table.ValueKind == JsonValueKind.Object ? table.EnumerateObject().Where(entry => entry.Name is not ("$comment" or "$schema")) : [];

    private static string[] Words(ProblemReader reader, JsonElement outer, string path, string name)
    {
        if (ProblemReader.Get(outer, name) is { ValueKind: JsonValueKind.String } one)
            return [one.GetString()!];
        List<string> words = [];
        foreach (var (item, at) in reader.List(outer, path, name, required: false))
        {
            if (item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } word)
                words.Add(word);
            else
                reader.Add(at, $"This must be text, it is {ProblemReader.Shown(item)}.");
        }

        return [.. words];
    }

    private static TimeSpan Span(ProblemReader reader, JsonElement outer, string path, string name, TimeSpan otherwise)
    {
        var value = ProblemReader.Get(outer, name);
        if (value.ValueKind == JsonValueKind.Undefined)
            return otherwise;
        if (value.ValueKind == JsonValueKind.String && TimeSpan.TryParse(value.GetString(), CultureInfo.InvariantCulture, out var span) && span >= TimeSpan.Zero)
            return span;
        reader.Add($"{path}.{name}", $"'{name}' must be a time as hours:minutes:seconds, it is {ProblemReader.Shown(value)}.");
        return otherwise;
    }
}
