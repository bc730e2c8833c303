using System.Text.Json;

namespace Homelab.Rules.Decisions;

/// <summary>
/// Reads one JSON file of settings field by field and keeps every problem with its path and line, so that a person mends all at
/// once. After a problem a harmless value is returned and reading goes on.
/// </summary>
public sealed class ProblemReader
{
    private readonly string _file;
    private readonly string _text;
    private readonly List<FileProblem> _problems;
    private IReadOnlyDictionary<string, int>? _lines;

    private ProblemReader(string file, string text, List<FileProblem> problems) => (_file, _text, _problems) = (file, text, problems);

    public JsonElement Root { get; private init; }

    public static ProblemReader? Open(string file, string text, List<FileProblem> problems)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var reader = new ProblemReader(file, text, problems) { Root = document.RootElement.Clone() };
            reader.Twice(reader.Root, "$");
            return reader;
        }
        catch (JsonException exception)
        {
            problems.Add(new FileProblem(file, exception.Path ?? "$", (int)(exception.LineNumber ?? 0) + 1, $"This is not JSON: {exception.Message}"));
            return null;
        }
    }

    /// <summary>Of a name that is there twice only one could count, and nobody sees which: refused, in whatever letter case.</summary>
    private void Twice(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var item in value.EnumerateArray())
                Twice(item, $"{path}[{index++}]");
        }
        else if (value.ValueKind == JsonValueKind.Object)
        {
            HashSet<string> names = new(StringComparer.OrdinalIgnoreCase);
            foreach (var field in value.EnumerateObject())
            {
                if (!names.Add(field.Name))
                    Add(Join(path, field.Name), $"'{field.Name}' is there twice, and only one could count. Take one away.");
                Twice(field.Value, Join(path, field.Name));
            }
        }
    }

    public void Add(string path, string message)
    {
        _lines ??= JsonLines.Of(_text);
        _problems.Add(new FileProblem(_file, path, JsonLines.Nearest(_lines, path), message));
    }

    /// <summary>The object at a path; reports what is not one, and names it does not know.</summary>
    public JsonElement Object(JsonElement outer, string path, string name, params ReadOnlySpan<string> known)
    {
        var inner = Get(outer, name);
        if (inner.ValueKind != JsonValueKind.Object)
        {
            Add(Join(path, name), inner.ValueKind == JsonValueKind.Undefined ? $"'{name}' is missing; it must be an object." : "This must be an object.");
            return default;
        }

        Known(inner, Join(path, name), known);
        return inner;
    }

    /// <summary>Reports fields of other names: a misspelt setting must not be silently ignored.</summary>
    public void Known(JsonElement inner, string path, params ReadOnlySpan<string> known)
    {
        if (known.Length == 0 || inner.ValueKind != JsonValueKind.Object)
            return;
        foreach (var field in inner.EnumerateObject())
        {
            if (!known.Contains(field.Name) && field.Name is not ("$schema" or "$comment"))
                Add($"{path}.{field.Name}", $"'{field.Name}' is not known here; known are {string.Join(", ", known.ToArray())}.");
        }
    }

    public double Number(JsonElement outer, string path, string name, double least, double most, double? otherwise = null)
    {
        var value = Get(outer, name);
        if (value.ValueKind == JsonValueKind.Undefined && otherwise is { } given)
            return given;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= least && number <= most)
            return number;
        Add(Join(path, name), FormattableString.Invariant($"'{name}' must be a number from {least} to {most}, it is {Shown(value)}."));
        return least;
    }

    public int Integer(JsonElement outer, string path, string name, int least, int most, int? otherwise = null)
    {
        var value = Get(outer, name);
        if (value.ValueKind == JsonValueKind.Undefined && otherwise is { } given)
            return given;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= least && number <= most)
            return number;
        Add(Join(path, name), FormattableString.Invariant($"'{name}' must be a whole number from {least} to {most}, it is {Shown(value)}."));
        return least;
    }

    public bool Flag(JsonElement outer, string path, string name, bool otherwise)
    {
        var value = Get(outer, name);
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        if (value.ValueKind != JsonValueKind.Undefined)
            Add(Join(path, name), $"'{name}' must be true or false, it is {Shown(value)}.");
        return otherwise;
    }

    public string? Text(JsonElement outer, string path, string name, bool required = false)
    {
        var value = Get(outer, name);
        if (value.ValueKind == JsonValueKind.String && (!required || value.GetString()!.Length > 0))
            return value.GetString();
        if (required || value.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null))
            Add(Join(path, name), $"'{name}' must be text, it is {Shown(value)}.");
        return null;
    }

    /// <summary>A choice by its name; <paramref name="otherwise"/> where it is missing, else the first and a problem.</summary>
    public T Choice<T>(JsonElement outer, string path, string name, T? otherwise = null)
        where T : struct, Enum
    {
        var value = Get(outer, name);
        if (value.ValueKind == JsonValueKind.Undefined && otherwise is { } given)
            return given;
        return ChoiceOf<T>(value, Join(path, name));
    }

    public T ChoiceOf<T>(JsonElement value, string path)
        where T : struct, Enum
    {
        if (value.ValueKind == JsonValueKind.String && Words.Read<T>(value.GetString()) is { } read)
            return read;
        Add(path, $"This must be one of {Words.All<T>()}; it is {Shown(value)}.");
        return default;
    }

    /// <summary>The elements of a list with their paths; none and a problem where it is no list.</summary>
    public IEnumerable<(JsonElement Item, string Path)> List(JsonElement outer, string path, string name, bool required = true)
    {
        var list = Get(outer, name);
        if (list.ValueKind == JsonValueKind.Array)
            return list.EnumerateArray().Select((item, index) => (item, $"{Join(path, name)}[{index}]"));
        if (required || list.ValueKind != JsonValueKind.Undefined)
            Add(Join(path, name), $"'{name}' must be a list, it is {Shown(list)}.");
        return [];
    }

    public static JsonElement Get(JsonElement outer, string name) =>
        outer.ValueKind == JsonValueKind.Object && outer.TryGetProperty(name, out var value) ? value : default;

    public static string Shown(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "missing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => value.GetRawText() is { Length: > 60 } text ? string.Concat(text.AsSpan(0, 57), "...") : value.GetRawText(),
    };

    public static string Join(string path, string name) => $"{path}.{name}";
}
