using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Lab.World;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Homelab.Engine.Lab.Bench;

/// <summary>Reads scenario files; every problem of every file is named with its file.</summary>
internal static class ScenarioReader
{
    private static readonly string[] Fields = ["name", "title", "at", "minutes", "preferences", "approver", "answersAfter", "faults", "expect", "forbidden"];
    private static readonly string[] FaultFields = ["after", "kind", "target", "cure", "worseOn", "fails", "hostDiesOn", "productDiesOn", "cause", "amount", "endsAfter"];
    private static readonly string[] ExpectFields = ["verdict", "kind", "resolvedAlone", "incidents", "well", "notWell", "actions", "rollback"];

    /// <summary>Those that come with the program.</summary>
    public static string Shipped { get; } = Path.Combine(AppContext.BaseDirectory, "scenarios");

    /// <exception cref="BadScenarioException">With every problem.</exception>
    public static IReadOnlyList<Scenario> ReadAll(string directory)
    {
        if (!Directory.Exists(directory))
            throw new BadScenarioException([$"There is no directory {directory}."]);
        List<string> problems = [];
        List<Scenario> read = [];
        foreach (var file in Directory.EnumerateFiles(directory, "*.yaml").Order(StringComparer.Ordinal))
        {
            if (Read(Path.GetFileName(file), File.ReadAllText(file), problems) is { } scenario)
                read.Add(scenario);
        }

        if (problems.Count == 0 && read.Count == 0)
            problems.Add($"There is no scenario (*.yaml) in {directory}.");
        return problems.Count == 0 ? read : throw new BadScenarioException(problems);
    }

    public static Scenario? Read(string file, string yaml, List<string> problems)
    {
        var before = problems.Count;
        JsonObject root;
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            root = Json(stream.Documents[0].RootNode) as JsonObject ?? throw new YamlException("it is no mapping of names to values");
        }
        catch (Exception exception) when (exception is YamlException or ArgumentOutOfRangeException)
        {
            problems.Add($"{file}: {exception.Message}");
            return null;
        }

        Unknown(root, Fields, "");
        var faults = (root["faults"] as JsonArray ?? []).OfType<JsonObject>().Select(ReadFault).OfType<TimedFault>().ToList();
        if (faults.Count == 0)
            problems.Add($"{file}: faults: it names no fault; a scenario has at least one.");
        var expected = ReadExpectation(root["expect"] as JsonObject ?? []);
        var scenario = new Scenario
        {
            Name = Text(root, "name") ?? Path.GetFileNameWithoutExtension(file),
            Title = Text(root, "title") ?? Missing("title"),
            At = TimeOnly.TryParse(Text(root, "at") ?? "14:00", CultureInfo.InvariantCulture, out var at) ? at : Wrong<TimeOnly>("at", "a time such as 14:00"),
            Limit = TimeSpan.FromMinutes(Number(root, "minutes") ?? 10),
            Preferences = root["preferences"] as JsonObject,
            Approver = Choice(root, "approver", Approver.Asleep),
            AnswersAfter = TimeSpan.FromSeconds(Number(root, "answersAfter") ?? 20),
            Faults = faults,
            Expect = expected,
            Forbidden = Texts(root, "forbidden"),
        };
        return problems.Count == before ? scenario : null;

        TimedFault? ReadFault(JsonObject fault)
        {
            Unknown(fault, FaultFields, "faults.");
            var kind = Text(fault, "kind") ?? "";
            if (FaultKind.Find(kind) is null)
            {
                problems.Add($"{file}: faults.kind: there is no fault '{kind}'; there are {string.Join(", ", FaultKind.All.Select(known => known.Name))}.");
                return null;
            }

            return new TimedFault(TimeSpan.FromSeconds(Number(fault, "after") ?? 5), new FaultRequest
            {
                Kind = kind,
                Target = Text(fault, "target") ?? Missing("faults.target"),
                Cure = fault.ContainsKey("cure") ? Texts(fault, "cure") : null,
                WorseOn = Texts(fault, "worseOn"),
                Fails = Texts(fault, "fails"),
                HostDiesOn = Texts(fault, "hostDiesOn"),
                ProductDiesOn = Texts(fault, "productDiesOn"),
                Cause = Text(fault, "cause"),
                Amount = Number(fault, "amount"),
                EndsAfter = Number(fault, "endsAfter"),
            });
        }

        Expectation ReadExpectation(JsonObject expect)
        {
            Unknown(expect, ExpectFields, "expect.");
            return new Expectation
            {
                Verdict = Choice(expect, "verdict", Verdict.Any),
                Kind = Text(expect, "kind"),
                ResolvedAlone = Bool(expect, "resolvedAlone"),
                Incidents = (int?)Number(expect, "incidents"),
                Well = Texts(expect, "well"),
                NotWell = Texts(expect, "notWell"),
                Actions = Texts(expect, "actions"),
                Rollback = Bool(expect, "rollback") ?? false,
            };
        }

        void Unknown(JsonObject given, string[] known, string at) => problems.AddRange(given.Select(field => field.Key).Except(known).Select(name => $"{file}: {at}{name} is not a field; there are {string.Join(", ", known)}."));

        string Missing(string field)
        {
            problems.Add($"{file}: {field} is missing.");
            return "";
        }

        T? Wrong<T>(string field, string rule)
        {
            problems.Add($"{file}: {field} must be {rule}.");
            return default;
        }

        string? Text(JsonObject of, string name) => of[name]?.ToString();

        double? Number(JsonObject of, string name) =>
            of[name] is not { } node ? null : double.TryParse(node.ToString(), CultureInfo.InvariantCulture, out var number) ? number : Wrong<double?>(name, "a number");

        bool? Bool(JsonObject of, string name) => of[name] is not { } node ? null : bool.TryParse(node.ToString(), out var value) ? value : Wrong<bool?>(name, "true or false");

        T Choice<T>(JsonObject of, string name, T otherwise)
            where T : struct, Enum => of[name] is not { } node ? otherwise
            : Enum.TryParse<T>(node.ToString(), ignoreCase: true, out var value) && !char.IsDigit(node.ToString()[0]) ? value : Wrong<T>(name, $"one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");

        IReadOnlyList<string> Texts(JsonObject of, string name) => of[name] switch
        {
            JsonArray array => [.. array.Select(item => item?.ToString() ?? "")],
            null => [],
            var one => [one.ToString()],
        };
    }

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(child => KeyValuePair.Create(child.Key.ToString(), Json(child.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Json)]),
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
