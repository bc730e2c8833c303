using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Engine.Remediation;
using Homelab.Rules.Expressions;

namespace Homelab.Engine.Playbooks;

/// <summary>Reads a playbook: every problem at once, with line and column. One with problems is not used.</summary>
internal sealed partial class PlaybookReader(ActivityCatalog catalog)
{
    /// <summary>What expressions may name everywhere.</summary>
    public static IReadOnlyList<string> Names { get; } = ["annotations", "context", "diagnosis", "incident", "labels", "target"];

    public static IReadOnlyList<string> Risks { get; } = [.. Enum.GetNames<RiskLevel>().Select(name => name.ToLowerInvariant())];

    public (Playbook? Playbook, IReadOnlyList<PlaybookProblem> Problems) Read(string file, string text)
    {
        var yaml = new YamlFile(file);
        if (yaml.Open(text) is not { } root)
            return (null, yaml.Problems);
        var playbook = Read(root, file);
        root.Close();
        return yaml.Problems.Count == 0 ? (playbook, []) : (null, [.. yaml.Problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)]);
    }

    private Playbook Read(YamlMap root, string file)
    {
        var id = root.Text("id", required: true, 60, "Give it a name of small letters, digits and dashes.") ?? "";
        if (id.Length > 0 && !Id().IsMatch(id))
            root.Report("id", $"is '{id}'; it must be small letters, digits and single dashes, such as start-container.");
        HashSet<string> names = [.. Names];
        var risk = root.Text("risk") is { } given ? given : "none";
        if (!Risks.Contains(risk))
            root.Report("risk", $"is '{risk}'; it must be one of {string.Join(", ", Risks)}.");
        return new Playbook
        {
            Id = id,
            Name = root.Text("name", required: true, 100, "Say what it does in a few words.") ?? id,
            Description = root.Text("description", longest: 500) ?? "",
            Owner = root.Text("owner", required: true, 100, "Say who answers for it.") ?? "",
            Docs = root.Text("docs", required: true, 8000, "Say what it does, when it does not help, and what a person does then.") ?? "",
            Risk = Enum.TryParse<RiskLevel>(risk, ignoreCase: true, out var level) ? level : RiskLevel.High,
            Cooldown = root.Duration("cooldown", TimeSpan.FromMinutes(10), TimeSpan.FromDays(30)),
            Priority = root.Whole("priority", 0, -100, 100),
            Enabled = root.Flag("enabled", unless: true),
            Harmless = root.Flag("harmless", unless: false),
            Prior = Prior(root),
            Match = Match(root),
            Preconditions = [.. root.Maps("preconditions").Select(map => Precondition(map, names))],
            Snapshot = [.. root.Maps("snapshot").Select(map => Step(map, names))],
            Steps = [.. root.Maps("steps", required: true).Select(map => Step(map, names))],
            Verify = Verify(root, names),
            Rollback = [.. root.Maps("rollback").Select(map => Step(map, names))],
            File = file,
        };
    }

    private static PlaybookPrior Prior(YamlMap root)
    {
        if (root.Map("prior") is not { } map)
            return new PlaybookPrior();
        var prior = new PlaybookPrior(map.Whole("successes", 0, 0, PlaybookPrior.Most), map.Whole("failures", 0, 0, PlaybookPrior.Most));
        map.Close();
        return prior;
    }

    private static PlaybookMatch Match(YamlMap root)
    {
        if (root.Map("match", required: true, "Say which incidents it is for: match: { kind: container_down }.") is not { } map)
            return new PlaybookMatch { Kinds = [] };
        var match = new PlaybookMatch
        {
            Kinds = map.Texts("kind", required: true, "Name the kinds of incidents, such as container_down."),
            Labels = map.Pairs("labels"),
            Target = map.Text("target"),
            Causes = map.Texts("cause"),
            NotCauses = map.Texts("notCause"),
            Expression = map.Text("expression", longest: 2000),
        };
        if (match.Expression is { } expression)
            Check(map, "expression", expression, Names);
        map.Close();
        return match;
    }

    private PlaybookPrecondition Precondition(YamlMap map, HashSet<string> names)
    {
        var (activity, input) = Call(map, names, reads: true);
        var name = map.Text("as") ?? "output";
        if (!Name().IsMatch(name) || Names.Contains(name))
            map.Report("as", $"is '{name}'; it must be letters and digits, beginning with a letter, and none of {string.Join(", ", Names)}.");
        names.Add(name);
        var expression = map.Text("expression", longest: 2000);
        if (expression is not null)
            Check(map, "expression", expression, names);
        var precondition = new PlaybookPrecondition(activity, input, name, expression, map.Text("because", longest: 300));
        map.Close();
        return precondition;
    }

    private PlaybookStep Step(YamlMap map, HashSet<string> names)
    {
        var (activity, input) = Call(map, names, reads: false);
        map.Close();
        return new PlaybookStep(activity, input);
    }

    private PlaybookVerify Verify(YamlMap root, HashSet<string> names)
    {
        if (root.Map("verify", required: true, "Say what is read to see that it helped.") is not { } map)
            return new PlaybookVerify("", [], "", [], 10, 120);
        var (activity, input) = Call(map, names, reads: true);
        var expression = map.Text("expression", required: true, 2000, "Say what must be true of the output, such as: healthy = true") ?? "";
        if (expression.Length > 0)
            Check(map, "expression", expression, null);
        var given = map.Json("given");
        Templates(map, "given", given, names);
        var verify = new PlaybookVerify(activity, input, expression, given, map.Number("everySeconds", 5, 0.1, 3600), map.Number("withinSeconds", 60, 1, 86_400));
        map.Close();
        return verify;
    }

    /// <summary>An activity and its input, checked against the catalogue as far as they are known before the incident is.</summary>
    private (string Activity, JsonObject Input) Call(YamlMap map, HashSet<string> names, bool reads)
    {
        var id = map.Text("activity", required: true, what: "Name one; homelab activities lists them.") ?? "";
        var input = map.Json("input");
        Templates(map, "input", input, names);
        if (id.Length == 0)
            return (id, input);
        if (!catalog.TryFind(id, out var invoker) || invoker is ControlActivity)
        {
            map.Report("activity", $"'{id}' is no activity.{Near(id)} homelab activities lists them.");
            return (id, input);
        }

        var templated = input.Where(field => Template.Is(field.Value)).Select(field => field.Key).ToHashSet();
        var constant = JsonSerializer.SerializeToElement(new JsonObject(input.Where(field => !templated.Contains(field.Key)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()))));
        foreach (var problem in invoker.Validate(constant).Where(problem => !templated.Contains(problem.Path.TrimStart('$', '.').Split('.', '[')[0])))
            map.ReportBelow($"input{problem.Path.TrimStart('$')}", problem.Message);
        if (invoker.Descriptor.InputSchema["properties"] is JsonObject known)
            foreach (var field in templated.Where(field => !known.ContainsKey(field)))
                map.ReportBelow($"input.{field}", $"is not known; known are {string.Join(", ", known.Select(property => property.Key))}.");
        foreach (var secret in invoker.Descriptor.SecretInputs.Where(input.ContainsKey))
            map.ReportBelow($"input.{secret}", "is secret, and playbooks are files. Leave it out and use the connection's own.");

        var effect = templated.Count == 0 ? invoker.EffectOf(constant) : invoker.Descriptor.Effect;
        if (reads && effect != Effect.None)
            map.Report("activity", $"'{id}' changes something ({effect.ToString().ToLowerInvariant()}); here only reading is allowed.");
        if (!reads && effect == Effect.None)
            map.Report("activity", $"'{id}' only reads, and a step changes something. Use it under preconditions or verify.");
        return (id, input);
    }

    private static void Templates(YamlMap map, string field, JsonObject json, IReadOnlyCollection<string> names)
    {
        try
        {
            foreach (var (path, expression) in Template.Expressions(json, field).ToList())
                foreach (var error in ExpressionCompiler.Check(expression, Template.Options, names))
                    map.ReportBelow(path, $"${{ {expression} }} {error}".ReplaceLineEndings(" "));
        }
        catch (FormatException exception)
        {
            map.Report(field, exception.Message);
        }
    }

    private static void Check(YamlMap map, string field, string expression, IReadOnlyCollection<string>? names)
    {
        foreach (var error in ExpressionCompiler.Check(expression, Template.Options, names))
            map.Report(field, error.ToString().ReplaceLineEndings(" "));
    }

    private string Near(string id)
    {
        var tool = id.Split('.')[0];
        var near = catalog.Invokers.Select(invoker => invoker.Descriptor.Id).Where(known => known.StartsWith(tool + ".", StringComparison.Ordinal)).ToList();
        return near.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" {tool} has {string.Join(", ", near)}.");
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
