using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Engine.Playbooks;

namespace Homelab.Engine.Requests;

/// <summary>A plan that fits many requests of a kind, from a file.</summary>
/// <param name="Words">Each must be in the request; <c>a|b</c> is one of the two.</param>
internal sealed record RequestTemplate(string Id, string Name, string Description, IReadOnlyList<string> Words, IReadOnlyList<TemplateValue> Values, IReadOnlyList<TemplateStep> Steps)
{
    /// <summary>How many words the request holds, or zero where one is missing: of two templates the one that says more fits better.</summary>
    public int Fits(string text) => Words.All(word => RequestTemplates.Holds(text, word)) ? Words.Count : 0;
}

/// <param name="Tool">Its value is a connection of this tool: the one that the request names, else the first.</param>
/// <param name="Pattern">What reads it out of the request; its first group is the value.</param>
internal sealed record TemplateValue(string Name, string What, JsonNode? Default, string? Pattern, string? Tool);

/// <param name="Each">Null: one step.</param>
internal sealed record TemplateStep(string Title, string? Activity, JsonObject Input, string? Expect, double WithinSeconds, TemplateEach? Each);

/// <summary>As many steps as a list has entries, asked for when the plan is made.</summary>
internal sealed record TemplateEach(string Activity, JsonObject Input, string Items, string As, string? Where);

/// <summary>The templates of <c>workflows/requests/*.yaml</c>, read when somebody asks: a new file counts at once. One with a problem is left out, and the problem told.</summary>
internal sealed partial class RequestTemplates(ActivityCatalog catalog, DefinitionFolderOptions workflows)
{
    private readonly CallReader _calls = new(catalog);

    public string? Directory { get; } = workflows.Directory is { } directory ? Path.Combine(directory, "requests") : null;

    public async Task<(IReadOnlyList<RequestTemplate> Templates, IReadOnlyList<PlaybookProblem> Problems)> ReadAsync(CancellationToken cancellationToken)
    {
        List<RequestTemplate> templates = [];
        List<PlaybookProblem> problems = [];
        if (Directory is null || !System.IO.Directory.Exists(Directory))
            return (templates, problems);
        foreach (var path in System.IO.Directory.GetFiles(Directory, "*.yaml").Order(StringComparer.Ordinal))
        {
            var (template, found) = Read(Path.GetFileName(path), await File.ReadAllTextAsync(path, cancellationToken));
            problems.AddRange(found);
            if (template is not null && templates.Exists(other => other.Id == template.Id))
                problems.Add(new PlaybookProblem(Path.GetFileName(path), 1, 1, "id", $"'{template.Id}' is the id of another file already. Give it another."));
            else if (template is not null)
                templates.Add(template);
        }

        return (templates, problems);
    }

    /// <summary>Every problem at once, with line and column; one with problems is no template.</summary>
    public (RequestTemplate? Template, IReadOnlyList<PlaybookProblem> Problems) Read(string file, string text)
    {
        var yaml = new YamlFile(file);
        if (yaml.Open(text) is not { } root)
            return (null, yaml.Problems);
        var id = root.Text("id", required: true, 60, "Give it a name of small letters, digits and dashes.") ?? "";
        if (id.Length > 0 && !Id().IsMatch(id))
            root.Report("id", $"is '{id}'; it must be small letters, digits and single dashes, such as wordpress.");
        var values = Values(root);
        var names = values.Select(value => value.Name).ToHashSet();
        var template = new RequestTemplate(
            id,
            root.Text("name", required: true, 100, "Say what it makes, in a few words.") ?? id,
            root.Text("description", longest: 500) ?? "",
            root.Texts("words", required: true, "Name the words that a request for it holds."),
            values,
            [.. root.Maps("steps", required: true, most: 50).Select(map => Step(map, names))]);
        root.Close();
        return yaml.Problems.Count == 0 ? (template, []) : (null, [.. yaml.Problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
    }

    /// <summary>Whether a text holds a word, or one of several; a word is not a part of another.</summary>
    public static bool Holds(string text, string word) => word.Split('|').Any(one => Regex.IsMatch(
        text, $@"(?<!\w){Regex.Escape(one.Trim())}(?!\w)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)));

    private static List<TemplateValue> Values(YamlMap root)
    {
        if (root.Map("values") is not { } map)
            return [];
        List<TemplateValue> values = [];
        foreach (var name in map.Node.Children.Keys.Select(YamlFile.Text))
        {
            if (map.Map(name) is not { } value)
                continue;
            if (!Name().IsMatch(name))
                map.Report(name, "must be letters and digits, beginning with a letter.");
            var pattern = value.Text("pattern");
            if (pattern is not null && !IsPattern(pattern))
                value.Report("pattern", $"is '{pattern}'; it must be a regular expression with a group for the value, such as port (\\d+).");
            var tool = value.Text("connection");
            var read = value.Value("default");
            if (tool is null && read is null && pattern is null)
                map.Report(name, "has neither a default, a pattern nor a connection; it would never have a value.");
            values.Add(new TemplateValue(name, value.Text("what") ?? name, read, pattern, tool));
            value.Close();
        }

        return values;
    }

    private TemplateStep Step(YamlMap map, IReadOnlySet<string> values)
    {
        HashSet<string> names = [.. values];
        TemplateEach? each = null;
        if (map.Map("each") is { } list)
        {
            var (read, asked) = _calls.Call(list, names, reads: true);
            var item = list.Text("as", required: true, what: "Say what one entry is called, such as node.") ?? "item";
            names.Add(item);
            var where = list.Text("where", longest: 2000);
            if (where is not null)
                CallReader.Check(list, "where", where, names);
            each = new TemplateEach(read, asked, list.Text("items", required: true, what: "Name the field of the output that is the list.") ?? "", item, where);
            list.Close();
        }

        var title = map.Text("title", required: true, 200, "Say what is done, as a person would.") ?? "";
        CallReader.Templates(map, "title", JsonValue.Create(title), names);
        var (activity, input) = map.Find("activity") is null ? (null, (JsonObject)[]) : _calls.Call(map, names, reads: null);
        var expect = map.Text("expect", longest: 2000);
        if (expect is not null)
            CallReader.Check(map, "expect", expect, null);
        if (activity is null && (expect is not null || map.Find("input") is not null))
            map.Report("activity", "is missing: a step for a person has neither input nor expect.");
        var step = new TemplateStep(title, activity, input, expect, map.Number("withinSeconds", 0, 0, 3600), each);
        map.Close();
        return step;
    }

    private static bool IsPattern(string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.None, TimeSpan.FromSeconds(1)).GetGroupNumbers().Length > 1;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
