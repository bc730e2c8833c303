using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Engine.Playbooks;
using Homelab.Rules.Expressions;

namespace Homelab.Engine.Diagnosis;

/// <summary>What is looked at for each kind of incident, and what it means: <c>workflows/diagnosis.yaml</c>. Immutable.</summary>
internal sealed record DiagnosisRules(IReadOnlyDictionary<string, DiagnosedKind> Kinds)
{
    public static DiagnosisRules None { get; } = new(new Dictionary<string, DiagnosedKind>());

    /// <summary>Of the kind, then of <c>any</c>.</summary>
    public DiagnosedKind Of(string kind)
    {
        var (own, any) = (Kinds.GetValueOrDefault(kind), Kinds.GetValueOrDefault("any"));
        return new DiagnosedKind([.. own?.Reads ?? [], .. any?.Reads ?? []], [.. own?.Causes ?? [], .. any?.Causes ?? []]);
    }
}

internal sealed record DiagnosedKind(IReadOnlyList<ContextRead> Reads, IReadOnlyList<CauseRule> Causes);

/// <param name="When">NCalc; where it is not true, it is not read.</param>
internal sealed record ContextRead(string As, string Activity, JsonObject Input, string? When);

/// <param name="When">NCalc over incident, target, labels, annotations and context. What cannot be evaluated is not so.</param>
/// <param name="Certainty">0 to 1.</param>
/// <param name="Says">In plain words; may hold templates.</param>
/// <param name="Evidence">Texts with templates; one that cannot be filled in is left out.</param>
internal sealed record CauseRule(string Cause, string When, double Certainty, string Says, IReadOnlyList<string> Evidence);

/// <summary>Reads the file: every problem at once, with line and column.</summary>
internal sealed partial class DiagnosisReader(ActivityCatalog catalog)
{
    /// <summary>What every context holds, beside what is read for the kind.</summary>
    public static IReadOnlyList<string> Reserved { get; } = ["changes", "git", "missing", "runbook", "similar"];

    private static readonly string[] Names = ["annotations", "context", "incident", "labels", "target"];

    public (DiagnosisRules? Rules, IReadOnlyList<PlaybookProblem> Problems) Read(string file, string text)
    {
        var yaml = new YamlFile(file);
        if (yaml.Open(text) is not { } root)
            return (null, yaml.Problems);
        Dictionary<string, DiagnosedKind> kinds = [];
        foreach (var key in root.Node.Children.Keys.Select(YamlFile.Text))
        {
            if (!Word().IsMatch(key))
                root.Report(key, "is no kind of incident; kinds are small letters and underscores, such as container_down.");
            else if (root.Map(key) is { } map)
            {
                kinds[key] = new DiagnosedKind([.. map.Maps("reads", most: 30).Select(Look)], [.. map.Maps("causes", most: 50).Select(Cause)]);
                map.Close();
            }
        }

        return yaml.Problems.Count == 0 ? (new DiagnosisRules(kinds), []) : (null, [.. yaml.Problems.OrderBy(problem => problem.Line)]);
    }

    private ContextRead Look(YamlMap map)
    {
        var name = map.Text("as", required: true, what: "Name what is read.") ?? "";
        if (name.Length > 0 && (!Name().IsMatch(name) || Reserved.Contains(name)))
            map.Report("as", $"is '{name}'; it must be letters and digits and none of {string.Join(", ", Reserved)}.");
        var id = map.Text("activity", required: true, what: "Name one that reads.") ?? "";
        var input = map.Json("input");
        if (id.Length > 0)
        {
            if (!catalog.TryFind(id, out var invoker))
                map.Report("activity", $"'{id}' is no activity. homelab activities lists them.");
            else if ((input.Any(field => Template.Is(field.Value)) ? invoker.Descriptor.Effect : invoker.EffectOf(JsonSerializer.SerializeToElement(input))) != Effect.None)
                map.Report("activity", $"'{id}' changes something; here only reading is allowed.");
            else if (invoker.Descriptor.InputSchema["properties"] is JsonObject known)
                foreach (var field in input.Where(field => !known.ContainsKey(field.Key)))
                    map.ReportBelow($"input.{field.Key}", $"is not known; known are {string.Join(", ", known.Select(property => property.Key))}.");
        }

        Templates(map, "input", input);
        var when = map.Text("when", longest: 2000);
        Check(map, "when", when);
        map.Close();
        return new ContextRead(name, id, input, when);
    }

    private static CauseRule Cause(YamlMap map)
    {
        var cause = map.Text("cause", required: true, what: "Name it in a word, such as out_of_memory.") ?? "";
        if (cause.Length > 0 && !Word().IsMatch(cause))
            map.Report("cause", $"is '{cause}'; it must be small letters and underscores.");
        var when = map.Text("when", required: true, 2000, "Say by what it is recognised.") ?? "";
        Check(map, "when", when.Length > 0 ? when : null);
        if (map.Find("certainty") is null)
            map.Report("certainty", "is missing. Say how sure it is then, from 0 to 1.");
        var says = map.Text("says", required: true, 500, "Say it in plain words.") ?? "";
        var evidence = map.Texts("evidence");
        Templates(map, "says", JsonValue.Create(says));
        Templates(map, "evidence", new JsonArray([.. evidence.Select(line => (JsonNode?)line)]));
        var rule = new CauseRule(cause, when, map.Number("certainty", 0, 0, 1), says, evidence);
        map.Close();
        return rule;
    }

    private static void Templates(YamlMap map, string field, JsonNode? json)
    {
        try
        {
            foreach (var (path, expression) in Template.Expressions(json, field).ToList())
                foreach (var error in ExpressionCompiler.Check(expression, Template.Options, Names))
                    map.ReportBelow(path, $"${{ {expression} }} {error}".ReplaceLineEndings(" "));
        }
        catch (FormatException exception)
        {
            map.Report(field, exception.Message);
        }
    }

    private static void Check(YamlMap map, string field, string? expression)
    {
        if (expression is not null)
            foreach (var error in ExpressionCompiler.Check(expression, Template.Options, Names))
                map.Report(field, error.ToString().ReplaceLineEndings(" "));
    }

    [GeneratedRegex("^[a-z]+(_[a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex("^[a-z][A-Za-z0-9]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}

/// <summary>The rules as the file has them now. A bad edit keeps the ones before.</summary>
internal sealed partial class DiagnosisBook(DefinitionFolderOptions workflows, IConfiguration configuration, DiagnosisReader reader, ILogger<DiagnosisBook> logger)
{
    private readonly string? _file = configuration["Diagnosis:File"] is { Length: > 0 } configured
        ? Path.GetFullPath(configured)
        : workflows.Directory is { } directory ? Path.Combine(directory, "diagnosis.yaml") : null;

    private readonly Lock _lock = new();
    private (DateTime Written, long Length) _seen;
    private DiagnosisRules _rules = DiagnosisRules.None;

    public IReadOnlyList<PlaybookProblem> Problems { get; private set; } = [];

    /// <summary>Looks at the file's time first, so that asking is cheap.</summary>
    public DiagnosisRules Current
    {
        get
        {
            lock (_lock)
            {
                var file = _file is null ? null : new FileInfo(_file);
                if (file is not { Exists: true } || _seen == (file.LastWriteTimeUtc, file.Length))
                    return _rules;
                _seen = (file.LastWriteTimeUtc, file.Length);
                var (rules, problems) = Read(file);
                Problems = problems;
                if (rules is null)
                    Log.Refused(logger, file.FullName, string.Join(Environment.NewLine, problems));
                return _rules = rules ?? _rules;
            }
        }
    }

    private (DiagnosisRules? Rules, IReadOnlyList<PlaybookProblem> Problems) Read(FileInfo file)
    {
        try
        {
            return reader.Read(file.Name, File.ReadAllText(file.FullName));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (null, [new PlaybookProblem(file.Name, 1, 1, "", exception.Message)]);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1161, LogLevel.Warning, "The diagnosis file {File} was not taken; what was read from it before stays. {Problems}")]
        public static partial void Refused(ILogger logger, string file, string problems);
    }
}
