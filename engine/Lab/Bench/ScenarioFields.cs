using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Engine.Controls;
using Homelab.Engine.Lab.World;

namespace Homelab.Engine.Lab.Bench;

/// <summary>Makes a scenario of a file's fields. What is wrong is added to the problems and does not stop the rest from being read.</summary>
internal sealed class ScenarioFields(string file, List<string> problems)
{
    private static readonly string[] Fields = ["name", "title", "at", "minutes", "preferences", "connections", "approver", "answersAfter", "faults", "expect", "forbidden"];
    private static readonly string[] FaultFields = ["after", "kind", "target", "cure", "worseOn", "fails", "hostDiesOn", "productDiesOn", "cause", "amount", "endsAfter"];
    private static readonly string[] ExpectFields = ["verdict", "kind", "resolvedAlone", "incidents", "well", "notWell", "actions", "playbooks", "rollback"];
    private static readonly string[] Causes = ["images", "containerlogs", "journal", "cache", "tmp", "logs", "data", "restic", "borg", "working"];
    private static readonly string[] Things = ["alert", "container", "database", "engine", "guest", "machine", "site", "table", "unit"];

    private static readonly HashSet<string> KnownVerbs =
    [
        .. FaultKind.All.SelectMany(kind => kind.Cures).Where(verb => !verb.Contains(' ', StringComparison.Ordinal)),
        "backup", "clean", "clear_logs", "config", "connect", "delete_snapshot", "isolate", "kill", "prune_images", "pull", "reboot", "recreate", "reload", "remove", "renew_certificate", "resize", "restart",
        "restart_interface", "roll_back", "rollback_snapshot", "rotate_logs", "shutdown", "silence", "snapshot", "start", "stop", "update",
    ];

    /// <summary>Faults strike it while they are read, so that a wrong one is seen before anything runs.</summary>
    private readonly World.Homelab _homelab = new(1, DateTimeOffset.UnixEpoch);

    public Scenario Scenario(JsonObject root, string name)
    {
        Known(root, Fields, "");
        var minutes = Number(root, "", "minutes", 10, above: 0, most: 24 * 60);
        return new Scenario
        {
            Name = Text(root, "", "name") ?? name,
            Title = Text(root, "", "title") ?? Missing("title"),
            At = Text(root, "", "at") is not { } at ? new(14, 0) : TimeOnly.TryParse(at, CultureInfo.InvariantCulture, out var time) ? time : Wrong<TimeOnly>("at", at, "a time of day in quotes, such as \"14:00\""),
            Limit = TimeSpan.FromMinutes(minutes),
            Preferences = Preferences(root),
            Connections = Connections(root),
            Approver = Choice(root, "", "approver", Approver.Asleep),
            AnswersAfter = TimeSpan.FromSeconds(Number(root, "", "answersAfter", 20)),
            Faults = Faults(root, minutes * 60),
            Expect = Expect(Mapping(root, "", "expect") ?? []),
            Forbidden = Actions(root, "", "forbidden"),
        };
    }

    private List<TimedFault> Faults(JsonObject root, double seconds)
    {
        var listed = root["faults"] as JsonArray;
        if (listed is null or { Count: 0 })
        {
            if (root["faults"] is { } other and not JsonArray)
                Wrong<object>("faults", Shown(other), "a list of mappings");
            else
                problems.Add($"{file}: faults: it names no fault; a scenario has at least one.");
            return [];
        }

        List<TimedFault> faults = [];
        for (var index = 0; index < listed.Count; index++)
        {
            if (listed[index] is JsonObject fault)
                faults.Add(Fault(fault, $"faults[{index}].", seconds));
            else
                Wrong<object>($"faults[{index}]", Shown(listed[index]), "a mapping with kind and target");
        }

        return faults;
    }

    private TimedFault Fault(JsonObject fault, string at, double seconds)
    {
        Known(fault, FaultFields, at);
        var after = Number(fault, at, "after", 5);
        if (after >= seconds)
            Wrong<object>($"{at}after", Shown(fault["after"]), $"less than the {seconds:0} seconds for which it is watched (minutes)");
        var request = new FaultRequest
        {
            Kind = Text(fault, at, "kind") ?? Missing($"{at}kind"),
            Target = Text(fault, at, "target") ?? Missing($"{at}target"),
            Cure = fault["cure"] is null ? null : Verbs(fault, at, "cure"),
            WorseOn = Verbs(fault, at, "worseOn"),
            Fails = Verbs(fault, at, "fails"),
            HostDiesOn = Verbs(fault, at, "hostDiesOn"),
            ProductDiesOn = Verbs(fault, at, "productDiesOn"),
            Cause = Text(fault, at, "cause") is { } cause ? Causes.Contains(cause) ? cause : Wrong<string>($"{at}cause", cause, $"one of {string.Join(", ", Causes)}") : null,
            Amount = fault["amount"] is null ? null : Number(fault, at, "amount", 0, above: 0),
            EndsAfter = fault["endsAfter"] is null ? null : Number(fault, at, "endsAfter", 0),
        };
        if (request is { Kind.Length: > 0, Target.Length: > 0 })
        {
            try
            {
                _homelab.Strike(request);
            }
            catch (ArgumentException exception)
            {
                problems.Add($"{file}: {at}{(FaultKind.Find(request.Kind) is null ? $"kind '{request.Kind}'" : $"target '{request.Target}'")}: {exception.Message}");
            }
        }

        return new(TimeSpan.FromSeconds(after), request);
    }

    private Expectation Expect(JsonObject expect)
    {
        const string at = "expect.";
        Known(expect, ExpectFields, at);
        var incidents = expect["incidents"] is null ? (double?)null : Number(expect, at, "incidents", 0);
        if (incidents % 1 > 0)
            Wrong<object>($"{at}incidents", Shown(expect["incidents"]), "a whole number");
        return new Expectation
        {
            Verdict = Choice(expect, at, "verdict", Verdict.Any),
            Kind = Text(expect, at, "kind"),
            ResolvedAlone = Bool(expect, at, "resolvedAlone"),
            Incidents = (int?)incidents,
            Well = Names(expect, at, "well"),
            NotWell = Names(expect, at, "notWell"),
            Actions = Actions(expect, at, "actions"),
            Playbooks = Texts(expect, at, "playbooks"),
            Rollback = Bool(expect, at, "rollback") ?? false,
        };
    }

    private JsonObject? Preferences(JsonObject root)
    {
        var preferences = Mapping(root, "", "preferences");
        if (preferences is not null)
        {
            var (_, wrong) = PreferencesReader.Read("preferences", LabPreferences.Of(_homelab, "moderate", preferences).ToJsonString());
            problems.AddRange(wrong.Select(problem => $"{file}: preferences{problem.Path.TrimStart('$')}: {problem.Message}"));
        }

        return preferences;
    }

    private IReadOnlyList<string> Connections(JsonObject root)
    {
        var tools = Texts(root, "", "connections");
        foreach (var tool in tools.Where(tool => !LabHost.Optional.Contains(tool)))
            Wrong<object>("connections", tool, $"a tool that is only connected where a scenario says so: {string.Join(", ", LabHost.Optional)}");
        return tools;
    }

    private IReadOnlyList<string> Names(JsonObject of, string at, string name)
    {
        var names = Texts(of, at, name);
        foreach (var thing in names.Where(thing => !_homelab.Has(thing)))
            Wrong<object>($"{at}{name}", thing, "a container, guest, machine, unit (MACHINE/NAME.service), site or table of the homelab, or main, the database");
        return names;
    }

    private IReadOnlyList<string> Actions(JsonObject of, string at, string name)
    {
        var patterns = Texts(of, at, name);
        foreach (var pattern in patterns)
        {
            var words = pattern.Split(' ');
            var thing = words.Length == 2 ? words[1].Split('/')[0] : "";
            if (words.Length != 2 || words.Any(word => word.Length == 0) || !(thing.Contains('*', StringComparison.Ordinal) || Things.Contains(thing)))
                Wrong<object>($"{at}{name}", pattern, $"'VERB KIND/NAME' with one space, stars where it does not matter, and a kind of {string.Join(", ", Things)}");
        }

        return patterns;
    }

    private IReadOnlyList<string> Verbs(JsonObject of, string at, string name)
    {
        var verbs = Texts(of, at, name);
        foreach (var verb in verbs.Where(verb => !KnownVerbs.Contains(verb)))
            Wrong<object>($"{at}{name}", verb, $"an action: {string.Join(", ", KnownVerbs.Order(StringComparer.Ordinal))}");
        return verbs;
    }

    private void Known(JsonObject given, string[] known, string at) =>
        problems.AddRange(given.Select(field => field.Key).Except(known).Select(name => $"{file}: {at}{name}: there is no such field; there are {string.Join(", ", known)}."));

    private string Missing(string field)
    {
        problems.Add($"{file}: {field} is missing.");
        return "";
    }

    private T? Wrong<T>(string field, string value, string rule)
    {
        problems.Add($"{file}: {field} '{value}': it must be {rule}.");
        return default;
    }

    private static string Shown(JsonNode? node) => node is JsonValue value ? value.ToString() : node?.ToJsonString() ?? "";

    private JsonObject? Mapping(JsonObject of, string at, string name) => of[name] switch
    {
        null => null,
        JsonObject mapping => mapping,
        var other => Wrong<JsonObject>($"{at}{name}", Shown(other), "a mapping of names to values"),
    };

    private string? Text(JsonObject of, string at, string name) => of[name] switch
    {
        null => null,
        JsonValue value => value.ToString(),
        var other => Wrong<string>($"{at}{name}", Shown(other), "one value") ?? "",
    };

    private double Number(JsonObject of, string at, string name, double otherwise, double? above = null, double most = 1e12) =>
        of[name] is not { } node ? otherwise
        : node is JsonValue && double.TryParse(node.ToString(), CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= 0 && number <= most && !(number <= above) ? number
        : Wrong<double?>($"{at}{name}", Shown(node), above is { } least ? $"a number above {least:0}" : "a number, 0 or more") ?? otherwise;

    private bool? Bool(JsonObject of, string at, string name) =>
        of[name] is not { } node ? null : bool.TryParse(Shown(node), out var value) ? value : Wrong<bool?>($"{at}{name}", Shown(node), "true or false");

    private T Choice<T>(JsonObject of, string at, string name, T otherwise)
        where T : struct, Enum =>
        of[name] is not { } node ? otherwise
        : Enum.GetNames<T>().Contains(Shown(node), StringComparer.OrdinalIgnoreCase) ? Enum.Parse<T>(Shown(node), ignoreCase: true)
        : Wrong<T>($"{at}{name}", Shown(node), $"one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}");

    private IReadOnlyList<string> Texts(JsonObject of, string at, string name) => of[name] switch
    {
        null => [],
        JsonArray array when array.All(item => item is JsonValue) => [.. array.Select(Shown)],
        JsonValue one => [one.ToString()],
        var other => Wrong<IReadOnlyList<string>>($"{at}{name}", Shown(other), "a list of words") ?? [],
    };
}
