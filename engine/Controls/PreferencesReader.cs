using System.Globalization;
using System.Text.Json;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Controls;

/// <summary>Reads <c>preferences.json</c>: preferences, or every problem with its path and line.</summary>
internal static class PreferencesReader
{
    public static (Preferences? Preferences, IReadOnlyList<FileProblem> Problems) Read(string file, string text)
    {
        List<FileProblem> problems = [];
        if (ProblemReader.Open(file, text, problems) is not { } reader)
            return (null, problems);
        var root = reader.Root;
        if (root.ValueKind != JsonValueKind.Object)
            reader.Add("$", "Preferences must be an object.");
        reader.Known(
            root, "$", "timeZone", "autonomy", "actionsPerDay", "actionsPerTarget", "actionsPerCause", "circuitBreaker", "cooldown", "cooldowns", "needsApproval",
            "maintenanceWindows", "quietHours", "criticalServices", "services", "approvals", "notifications", "dependencies", "httpHosts");

        var defaults = new Preferences();
        var breaker = Optional(reader, root, "$", "circuitBreaker", "failures");
        var read = new Preferences
        {
            Zone = Zone(reader, root),
            Autonomy = reader.Choice<AutonomyLevel>(root, "$", "autonomy", defaults.Autonomy),
            ActionsPerDay = reader.Integer(root, "$", "actionsPerDay", 0, 100_000, defaults.ActionsPerDay),
            ActionsPerTarget = reader.Integer(root, "$", "actionsPerTarget", 0, 100_000, defaults.ActionsPerTarget),
            ActionsPerCause = reader.Integer(root, "$", "actionsPerCause", 0, 100_000, defaults.ActionsPerCause),
            BreakerFailures = reader.Integer(breaker, "$.circuitBreaker", "failures", 1, 1000, defaults.BreakerFailures),
            Cooldown = Span(reader, root, "$", "cooldown") ?? defaults.Cooldown,
            Cooldowns = Cooldowns(reader, root, defaults.Cooldown),
            NeedsApproval = Needs(reader, root),
            MaintenanceWindows = Windows(reader, root, "$", "maintenanceWindows"),
            QuietHours = Quiet(reader, root),
            CriticalServices = Names(reader, root, "$", "criticalServices"),
            Services = Services(reader, root),
            Approvals = Approvals(reader, root),
            Notifications = Lists(reader, root, "notifications"),
            Dependencies = Dependencies(reader, root),
            HttpHosts = Names(reader, root, "$", "httpHosts"),
        };
        return problems.Count == 0 ? (read, []) : (null, problems);
    }

    private static TimeZoneInfo Zone(ProblemReader reader, JsonElement root)
    {
        if (reader.Text(root, "$", "timeZone") is not { } name)
            return TimeZoneInfo.Utc;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
            return zone;
        reader.Add("$.timeZone", $"'{name}' is no time zone; write an IANA name such as Europe/Berlin.");
        return TimeZoneInfo.Utc;
    }

    private static List<string> Needs(ProblemReader reader, JsonElement root)
    {
        var names = Names(reader, root, "$", "needsApproval");
        for (var i = 0; i < names.Count; i++)
        {
            if (!names[i].Contains('.', StringComparison.Ordinal) && names[i] != "*" && !ActionKinds.Names.Contains(names[i], StringComparer.OrdinalIgnoreCase))
                reader.Add($"$.needsApproval[{i}]", $"'{names[i]}' is neither a kind ({string.Join(", ", ActionKinds.Names)}) nor an action pattern such as docker.*.");
        }

        return names;
    }

    private static Dictionary<string, TimeSpan> Cooldowns(ProblemReader reader, JsonElement root, TimeSpan otherwise)
    {
        Dictionary<string, TimeSpan> cooldowns = new(StringComparer.OrdinalIgnoreCase);
        foreach (var field in Table(root, "cooldowns"))
            cooldowns[field.Name] = Span(reader, field.Value, $"$.cooldowns.{field.Name}") ?? otherwise;
        return cooldowns;
    }

    private static Dictionary<string, ServicePreferences> Services(ProblemReader reader, JsonElement root)
    {
        Dictionary<string, ServicePreferences> services = new(StringComparer.OrdinalIgnoreCase);
        foreach (var field in Table(root, "services"))
        {
            var path = $"$.services.{field.Name}";
            if (field.Value.ValueKind != JsonValueKind.Object)
            {
                reader.Add(path, "A service's preferences must be an object.");
                continue;
            }

            reader.Known(field.Value, path, "critical", "autonomy", "approval", "cooldown", "actionsPerDay", "maintenanceWindows");
            services[field.Name] = new ServicePreferences
            {
                Critical = reader.Flag(field.Value, path, "critical", false),
                Autonomy = field.Value.TryGetProperty("autonomy", out _) ? reader.Choice<AutonomyLevel>(field.Value, path, "autonomy") : null,
                Approval = reader.Choice<ApprovalClass>(field.Value, path, "approval", ApprovalClass.None),
                Cooldown = Span(reader, field.Value, path, "cooldown"),
                ActionsPerDay = field.Value.TryGetProperty("actionsPerDay", out _) ? reader.Integer(field.Value, path, "actionsPerDay", 0, 100_000) : null,
                MaintenanceWindows = Windows(reader, field.Value, path, "maintenanceWindows"),
            };
        }

        return services;
    }

    private static ApprovalPreferences Approvals(ProblemReader reader, JsonElement root)
    {
        const string Path = "$.approvals";
        var defaults = new ApprovalPreferences();
        var approvals = Optional(reader, root, "$", "approvals", "timeout", "timeouts", "validFor", "remindEvery", "escalateAfter", "escalateTo", "approvers");
        if (approvals.ValueKind != JsonValueKind.Object)
            return defaults;
        return new ApprovalPreferences
        {
            Timeout = Span(reader, approvals, Path, "timeout") ?? defaults.Timeout,
            Timeouts = PerRisk("timeouts", (value, path) => Span(reader, value, path) ?? defaults.Timeout),
            ValidFor = Span(reader, approvals, Path, "validFor") ?? defaults.ValidFor,
            RemindEvery = Span(reader, approvals, Path, "remindEvery") ?? defaults.RemindEvery,
            EscalateAfter = Span(reader, approvals, Path, "escalateAfter"),
            EscalateTo = Names(reader, approvals, Path, "escalateTo"),
            Approvers = PerRisk<IReadOnlyList<string>>("approvers", (value, path) => NamesOf(reader, value, path)),
        };

        Dictionary<Risk, T> PerRisk<T>(string name, Func<JsonElement, string, T> read)
        {
            Dictionary<Risk, T> table = [];
            foreach (var field in Table(approvals, name))
            {
                if (Words.Read<Risk>(field.Name) is { } risk)
                    table[risk] = read(field.Value, $"{Path}.{name}.{field.Name}");
                else
                    reader.Add($"{Path}.{name}.{field.Name}", $"'{field.Name}' is no risk; write low, medium or high.");
            }

            return table;
        }
    }

    private static DependencyGraph Dependencies(ProblemReader reader, JsonElement root)
    {
        var graph = new DependencyGraph(Lists(reader, root, "dependencies"));
        if (graph.Circle() is { } circle)
            reader.Add($"$.dependencies.{circle}", $"'{circle}' depends on itself, directly or through others; a thing cannot hang on what hangs on it.");
        return graph;
    }

    private static Dictionary<string, IReadOnlyList<string>> Lists(ProblemReader reader, JsonElement root, string name)
    {
        if (ProblemReader.Get(root, name).ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object))
            reader.Add($"$.{name}", $"'{name}' must be an object of lists.");
        Dictionary<string, IReadOnlyList<string>> lists = new(StringComparer.OrdinalIgnoreCase);
        foreach (var field in Table(root, name))
            lists[field.Name] = NamesOf(reader, field.Value, $"$.{name}.{field.Name}");
        return lists;
    }

    private static List<WeeklyWindow> Quiet(ProblemReader reader, JsonElement root)
    {
        if (ProblemReader.Get(root, "quietHours") is not { ValueKind: JsonValueKind.String } text || text.GetString()!.Trim().Contains(' ', StringComparison.Ordinal))
            return Windows(reader, root, "$", "quietHours");
        var (window, problem) = WeeklyWindow.Parse("*", text.GetString()!);
        if (problem is not null)
            reader.Add("$.quietHours", problem);
        return window is null ? [] : [window];
    }

    /// <summary>A text, a list of texts, or an object of days to hours.</summary>
    private static List<WeeklyWindow> Windows(ProblemReader reader, JsonElement outer, string path, string name)
    {
        List<WeeklyWindow> windows = [];
        var value = ProblemReader.Get(outer, name);
        path = $"{path}.{name}";
        switch (value.ValueKind)
        {
            case JsonValueKind.Undefined:
                break;
            case JsonValueKind.String:
                Add(WeeklyWindow.Parse(value.GetString()!), path);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in value.EnumerateArray())
                    Add(item.ValueKind == JsonValueKind.String ? WeeklyWindow.Parse(item.GetString()!) : (null, "A window is text such as * 02:00-05:00."), $"{path}[{index++}]");
                break;
            case JsonValueKind.Object:
                foreach (var field in value.EnumerateObject())
                {
                    foreach (var hours in field.Value.ValueKind == JsonValueKind.Array ? field.Value.EnumerateArray().ToList() : [field.Value])
                        Add(hours.ValueKind == JsonValueKind.String ? WeeklyWindow.Parse(field.Name, hours.GetString()!) : (null, "Hours are text such as 02:00-05:00."), $"{path}.{field.Name}");
                }

                break;
            default:
                reader.Add(path, "Windows are text such as * 02:00-05:00, a list of them, or days with hours.");
                break;
        }

        return windows;

        void Add((WeeklyWindow? Window, string? Problem) parsed, string at)
        {
            if (parsed.Window is { } window)
                windows.Add(window);
            else
                reader.Add(at, parsed.Problem ?? "This is no window.");
        }
    }

    private static List<string> Names(ProblemReader reader, JsonElement outer, string path, string name) =>
        ProblemReader.Get(outer, name) is { ValueKind: not JsonValueKind.Undefined } list ? NamesOf(reader, list, $"{path}.{name}") : [];

    private static List<string> NamesOf(ProblemReader reader, JsonElement list, string path)
    {
        List<string> names = [];
        if (list.ValueKind != JsonValueKind.Array)
            reader.Add(path, "This must be a list of texts.");
        var index = 0;
        foreach (var item in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().ToList() : [])
        {
            if (item.ValueKind == JsonValueKind.String && item.GetString() is { Length: > 0 } name)
                names.Add(name);
            else
                reader.Add($"{path}[{index}]", "This must be text.");
            index++;
        }

        return names;
    }

    private static List<JsonProperty> Table(JsonElement outer, string name) =>
        ProblemReader.Get(outer, name) is { ValueKind: JsonValueKind.Object } table ? [.. table.EnumerateObject()] : [];

    private static JsonElement Optional(ProblemReader reader, JsonElement outer, string path, string name, params ReadOnlySpan<string> known) =>
        ProblemReader.Get(outer, name).ValueKind == JsonValueKind.Undefined ? default : reader.Object(outer, path, name, known);

    private static TimeSpan? Span(ProblemReader reader, JsonElement outer, string path, string name) =>
        ProblemReader.Get(outer, name) is { ValueKind: not (JsonValueKind.Undefined or JsonValueKind.Null) } value ? Span(reader, value, $"{path}.{name}") : null;

    /// <summary>"30s", "5m", "2h", "1d" or "00:05:00".</summary>
    private static TimeSpan? Span(ProblemReader reader, JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.String && ParseSpan(value.GetString()!) is { } span && span >= TimeSpan.Zero && span <= TimeSpan.FromDays(366))
            return span;
        reader.Add(path, $"This must be a time such as 30s, 5m, 2h or 1d; it is {ProblemReader.Shown(value)}.");
        return null;
    }

    private static TimeSpan? ParseSpan(string text)
    {
        if (text.Length > 1 && double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number < 1e7)
        {
            return text[^1] switch
            {
                's' => TimeSpan.FromSeconds(number),
                'm' => TimeSpan.FromMinutes(number),
                'h' => TimeSpan.FromHours(number),
                'd' => TimeSpan.FromDays(number),
                _ => null,
            };
        }

        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) ? span : null;
    }
}
