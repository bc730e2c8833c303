using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Homelab.Engine.Lab.Bench;

/// <summary>Reads scenario files; every problem of every file is named with its file, the field, its value and the rule.</summary>
internal static class ScenarioReader
{
    /// <summary>Those that come with the program.</summary>
    public static string Shipped { get; } = Path.Combine(AppContext.BaseDirectory, "scenarios");

    /// <exception cref="BadScenarioException">With every problem.</exception>
    public static IReadOnlyList<Scenario> ReadAll(string directory)
    {
        if (!Directory.Exists(directory))
            throw new BadScenarioException([$"There is no directory {directory}."]);
        List<string> problems = [];
        List<Scenario> read = [];
        foreach (var file in Directory.EnumerateFiles(directory).Where(file => Path.GetExtension(file) is ".yaml" or ".yml").Order(StringComparer.Ordinal))
        {
            if (Read(Path.GetFileName(file), File.ReadAllText(file), problems) is { } scenario)
                read.Add(scenario);
        }

        problems.AddRange(read.GroupBy(scenario => scenario.Name, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => $"name '{same.Key}': {same.Count()} files have it; each scenario has a name of its own."));
        if (problems.Count == 0 && read.Count == 0)
            problems.Add($"There is no scenario (*.yaml) in {directory}.");
        return problems.Count == 0 ? read : throw new BadScenarioException(problems);
    }

    public static Scenario? Read(string file, string yaml, List<string> problems)
    {
        JsonObject root;
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents.Count != 1)
                throw new YamlException(stream.Documents.Count == 0 ? "it is empty; a scenario has a title, faults and what is expected" : "it holds several documents; a file is one scenario");
            root = Json(stream.Documents[0].RootNode) as JsonObject ?? throw new YamlException("it is no mapping of names to values");
        }
        catch (Exception exception) when (exception is YamlException or ArgumentException)
        {
            problems.Add($"{file}: {exception.Message}");
            return null;
        }

        var reader = new ScenarioFields(file, problems);
        var before = problems.Count;
        var scenario = reader.Scenario(root, Path.GetFileNameWithoutExtension(file));
        return problems.Count == before ? scenario : null;
    }

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(child => KeyValuePair.Create(child.Key.ToString(), Json(child.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Json)]),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: "" or "~" or "null" } => null,
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } plain } when plain is "true" or "false" || double.TryParse(plain, CultureInfo.InvariantCulture, out _) => JsonNode.Parse(JsonSerializer.Serialize(
            plain is "true" ? true : plain is "false" ? false : (object)double.Parse(plain, CultureInfo.InvariantCulture))),
        YamlScalarNode { Value: { } text } => JsonValue.Create(text),
        _ => null,
    };
}

internal sealed class BadScenarioException(IReadOnlyList<string> problems) : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems => problems;
}
