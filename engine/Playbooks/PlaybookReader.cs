using System.Text.RegularExpressions;
using Homelab.Activities;

namespace Homelab.Engine.Playbooks;

/// <summary>Reads a playbook: every problem at once, with line and column. One with problems is not used.</summary>
internal sealed partial class PlaybookReader(ActivityCatalog catalog)
{
    private readonly CallReader _calls = new(catalog);

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
            CallReader.Check(map, "expression", expression, Names);
        map.Close();
        return match;
    }

    private PlaybookPrecondition Precondition(YamlMap map, HashSet<string> names)
    {
        var (activity, input) = _calls.Call(map, names, reads: true);
        var name = map.Text("as") ?? "output";
        if (!Name().IsMatch(name) || Names.Contains(name))
            map.Report("as", $"is '{name}'; it must be letters and digits, beginning with a letter, and none of {string.Join(", ", Names)}.");
        names.Add(name);
        var expression = map.Text("expression", longest: 2000);
        if (expression is not null)
            CallReader.Check(map, "expression", expression, names);
        var precondition = new PlaybookPrecondition(activity, input, name, expression, map.Text("because", longest: 300));
        map.Close();
        return precondition;
    }

    private PlaybookStep Step(YamlMap map, HashSet<string> names)
    {
        var (activity, input) = _calls.Call(map, names, reads: false);
        map.Close();
        return new PlaybookStep(activity, input);
    }

    private PlaybookVerify Verify(YamlMap root, HashSet<string> names)
    {
        if (root.Map("verify", required: true, "Say what is read to see that it helped.") is not { } map)
            return new PlaybookVerify("", [], "", [], 10, 120);
        var (activity, input) = _calls.Call(map, names, reads: true);
        var expression = map.Text("expression", required: true, 2000, "Say what must be true of the output, such as: healthy = true") ?? "";
        if (expression.Length > 0)
            CallReader.Check(map, "expression", expression, null);
        var given = map.Json("given");
        CallReader.Templates(map, "given", given, names);
        var verify = new PlaybookVerify(activity, input, expression, given, map.Number("everySeconds", 5, 0.1, 3600), map.Number("withinSeconds", 60, 1, 86_400));
        map.Close();
        return verify;
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
