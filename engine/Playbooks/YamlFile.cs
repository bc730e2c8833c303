using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Homelab.Engine.Playbooks;

/// <summary>A YAML file with the place of everything in it. Collects what is wrong; reading goes on after a problem.</summary>
internal sealed class YamlFile(string name)
{
    private const int Longest = 256 * 1024;

    // Aliases that contain each other many times over must not make a small file large.
    private const int MostNodes = 20_000;

    private readonly List<PlaybookProblem> _problems = [];
    private int _nodes;

    public string Name => name;

    public IReadOnlyList<PlaybookProblem> Problems => _problems;

    /// <summary>The one document's map; null where there is none, which is a problem then.</summary>
    public YamlMap? Open(string text)
    {
        if (text.Length > Longest)
        {
            Report(1, 1, "", $"The file has {text.Length} characters; {Longest} at most are read. Split it.");
            return null;
        }

        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents is [{ RootNode: YamlMappingNode map }])
                return new YamlMap(this, map, "");
            Report(1, 1, "", stream.Documents.Count == 1 ? "The file must be a map of names and values." : $"The file has {stream.Documents.Count} documents; it must have one.");
        }
        catch (YamlException exception)
        {
            Report(exception.Start.Line, exception.Start.Column, "", $"This is no YAML: {exception.InnerException?.Message ?? exception.Message}");
        }

        return null;
    }

    public void Report(YamlNode at, string path, string message) => Report(at.Start.Line, at.Start.Column, path, message);

    public JsonNode? ToJson(YamlNode node, string path)
    {
        if (++_nodes > MostNodes)
        {
            if (_nodes == MostNodes + 1)
                Report(node, path, $"The file holds more than {MostNodes} values (aliases counted each time). Make it smaller.");
            return null;
        }

        switch (node)
        {
            case YamlMappingNode map:
                var fields = new JsonObject();
                foreach (var (key, value) in map.Children)
                    fields[Text(key)] = ToJson(value, $"{path}.{Text(key)}");
                return fields;
            case YamlSequenceNode items:
                return new JsonArray([.. items.Children.Select((item, index) => ToJson(item, $"{path}[{index}]"))]);
            case YamlScalarNode { Style: ScalarStyle.Plain } plain:
                return Plain(plain.Value ?? "");
            default:
                return JsonValue.Create(Text(node));
        }
    }

    public static string Text(YamlNode node) => (node as YamlScalarNode)?.Value ?? "";

    private void Report(long line, long column, string path, string message) => _problems.Add(new PlaybookProblem(name, line, column, path, message));

    /// <summary>YAML's core schema.</summary>
    private static JsonValue? Plain(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" => JsonValue.Create(true),
        "false" or "False" or "FALSE" => JsonValue.Create(false),
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
        _ when text[0] is '.' or '-' or '+' or (>= '0' and <= '9') && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) => JsonValue.Create(number),
        _ => JsonValue.Create(text),
    };
}

/// <summary>A map of the file; what is not asked for is a problem, so that a misspelt name is not passed over.</summary>
internal sealed class YamlMap(YamlFile file, YamlMappingNode map, string path)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    public YamlMappingNode Node => map;

    public string Path => path;

    public string At(string field) => path.Length == 0 ? field : $"{path}.{field}";

    public YamlNode? Find(string field)
    {
        _asked.Add(field);
        return map.Children.FirstOrDefault(child => YamlFile.Text(child.Key) == field).Value is { } node && node is not YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" } ? node : null;
    }

    public void Report(string field, string message) => file.Report(Find(field) ?? map, At(field), message);

    public string? Text(string field, bool required = false, int longest = 200, string? what = null)
    {
        switch (Find(field))
        {
            case null:
                if (required)
                    Report(field, $"is missing. {what}".TrimEnd());
                return null;
            case YamlScalarNode { Value: { } text }:
                if (text.Length > longest)
                    Report(field, $"has {text.Length} characters; {longest} at most.");
                return text;
            default:
                Report(field, "must be a text.");
                return null;
        }
    }

    public bool Flag(string field, bool unless)
    {
        if (Text(field) is not { } text)
            return unless;
        if (bool.TryParse(text, out var flag))
            return flag;
        Report(field, $"is '{text}'; it must be true or false.");
        return unless;
    }

    public double Number(string field, double unless, double least, double most)
    {
        if (Text(field) is not { } text)
            return unless;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
            return number;
        Report(field, $"is '{text}'; it must be a number from {least.ToString(CultureInfo.InvariantCulture)} to {most.ToString(CultureInfo.InvariantCulture)}.");
        return unless;
    }

    public int Whole(string field, int unless, int least, int most)
    {
        var number = Number(field, unless, least, most);
        if (number == Math.Truncate(number))
            return (int)number;
        Report(field, "must be a whole number.");
        return unless;
    }

    /// <summary><c>90s</c>, <c>10m</c>, <c>4h</c>, <c>2d</c>.</summary>
    public TimeSpan Duration(string field, TimeSpan unless, TimeSpan most)
    {
        if (Text(field) is not { } text)
            return unless;
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number <= 1e6)
        {
            TimeSpan? duration = text[^1] switch
            {
                's' => TimeSpan.FromSeconds(number),
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                _ => null,
            };
            if (duration is { } read && read <= most)
                return read;
        }

        Report(field, $"is '{text}'; write a number and s, m, h or d, at most {most.TotalDays:0} days, such as 10m.");
        return unless;
    }

    /// <summary>A list of texts; one text counts as a list of one.</summary>
    public IReadOnlyList<string> Texts(string field, bool required = false, string? what = null)
    {
        switch (Find(field))
        {
            case null:
                if (required)
                    Report(field, $"is missing. {what}".TrimEnd());
                return [];
            case YamlScalarNode { Value: { Length: > 0 } text }:
                return [text];
            case YamlSequenceNode items when items.Children.All(item => item is YamlScalarNode { Value.Length: > 0 }):
                return [.. items.Children.Select(YamlFile.Text)];
            default:
                Report(field, "must be a list of texts.");
                return [];
        }
    }

    public YamlMap? Map(string field, bool required = false, string? what = null)
    {
        switch (Find(field))
        {
            case null:
                if (required)
                    Report(field, $"is missing. {what}".TrimEnd());
                return null;
            case YamlMappingNode inner:
                return new YamlMap(file, inner, At(field));
            default:
                Report(field, "must be a map of names and values.");
                return null;
        }
    }

    public IReadOnlyList<YamlMap> Maps(string field, bool required = false, int most = 20)
    {
        switch (Find(field))
        {
            case null:
                if (required)
                    Report(field, "is missing: at least one is needed.");
                return [];
            case YamlSequenceNode items when items.Children.All(item => item is YamlMappingNode):
                if (items.Children.Count > most || (required && items.Children.Count == 0))
                    Report(field, $"has {items.Children.Count} entries; it must have {(required ? 1 : 0)} to {most}.");
                return [.. items.Children.Select((item, index) => new YamlMap(file, (YamlMappingNode)item, $"{At(field)}[{index}]"))];
            default:
                Report(field, "must be a list of maps.");
                return [];
        }
    }

    /// <summary>A map as it stands, its names not checked here.</summary>
    public JsonObject Json(string field) => Map(field) is { } inner ? (JsonObject)file.ToJson(inner.Node, inner.Path)! : [];

    /// <summary>A value as it stands; null where there is none.</summary>
    public JsonNode? Value(string field) => Find(field) is { } node ? file.ToJson(node, At(field)) : null;

    /// <summary>Entries of names and texts.</summary>
    public IReadOnlyDictionary<string, string> Pairs(string field)
    {
        if (Map(field) is not { } inner)
            return new Dictionary<string, string>();
        foreach (var child in inner.Node.Children.Where(child => child.Value is not YamlScalarNode))
            file.Report(child.Value, inner.At(YamlFile.Text(child.Key)), "must be a text.");
        return inner.Node.Children.Where(child => child.Value is YamlScalarNode).ToDictionary(child => YamlFile.Text(child.Key), child => YamlFile.Text(child.Value));
    }

    /// <summary>The place of a path below this map, as near as there is a node.</summary>
    public void ReportBelow(string inner, string message)
    {
        YamlNode at = map;
        foreach (var part in inner.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
        {
            var next = at switch
            {
                YamlMappingNode fields => fields.Children.FirstOrDefault(child => YamlFile.Text(child.Key) == part).Value,
                YamlSequenceNode items when int.TryParse(part, CultureInfo.InvariantCulture, out var index) && index < items.Children.Count => items.Children[index],
                _ => null,
            };
            if (next is null)
                break;
            at = next;
        }

        file.Report(at, At(inner), message);
    }

    /// <summary>Reports every name that nobody asked for. Last.</summary>
    public void Close()
    {
        foreach (var key in map.Children.Keys.Where(key => !_asked.Contains(YamlFile.Text(key))))
            file.Report(key, At(YamlFile.Text(key)), $"is not known here; known are {string.Join(", ", _asked.Order(StringComparer.Ordinal))}.");
    }
}
