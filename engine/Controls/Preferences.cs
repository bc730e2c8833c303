using Homelab.Rules.Decisions;

namespace Homelab.Engine.Controls;

/// <summary>What a household wants: one file, one page. Immutable and swapped whole; read by <see cref="PreferencesReader"/>.</summary>
internal sealed record Preferences
{
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    public AutonomyLevel Autonomy { get; init; } = AutonomyLevel.Conservative;

    public int ActionsPerDay { get; init; } = 20;

    public int ActionsPerTarget { get; init; } = 5;

    public int ActionsPerCause { get; init; } = 3;

    /// <summary>So many failures in a row pause acting alone until a person resets it.</summary>
    public int BreakerFailures { get; init; } = 3;

    public TimeSpan Cooldown { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>By action pattern; the longest that fits counts.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Cooldowns { get; init; } = new Dictionary<string, TimeSpan>();

    /// <summary>Kinds ("restarts", "configuration", "updates") and action patterns that always wait for a person.</summary>
    public IReadOnlyList<string> NeedsApproval { get; init; } = [];

    public IReadOnlyList<WeeklyWindow> MaintenanceWindows { get; init; } = [];

    public IReadOnlyList<WeeklyWindow> QuietHours { get; init; } = [];

    public IReadOnlyList<string> CriticalServices { get; init; } = [];

    public IReadOnlyDictionary<string, ServicePreferences> Services { get; init; } = new Dictionary<string, ServicePreferences>();

    public ApprovalPreferences Approvals { get; init; } = new();

    /// <summary>Channel to the events it is told: before, after, ask, alert, summary.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Notifications { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public DependencyGraph Dependencies { get; init; } = DependencyGraph.Empty;

    /// <summary>Hosts that "METHOD host" patterns let unsafe HTTP requests go to without being disruptive: <c>POST hooks.example.net</c>.</summary>
    public IReadOnlyList<string> HttpHosts { get; init; } = [];

    public ServicePreferences? ServiceOf(string targetId, string targetName) =>
        Services.GetValueOrDefault(targetName) ?? Services.GetValueOrDefault(targetId);

    public bool IsCritical(string targetId, string targetName) =>
        CriticalServices.Any(name => Pattern.Fits(name, targetName) || Pattern.Fits(name, targetId)) || ServiceOf(targetId, targetName)?.Critical == true;

    public TimeSpan CooldownOf(string action, string targetId, string targetName)
    {
        if (ServiceOf(targetId, targetName)?.Cooldown is { } own)
            return own;
        var best = Cooldowns.Keys.Where(pattern => Pattern.Fits(pattern, action)).MaxBy(pattern => pattern.Length);
        return best is null ? Cooldown : Cooldowns[best];
    }

    public ApprovalClass ClassOf(string action, string targetId, string targetName)
    {
        var byKind = NeedsApproval.Any(entry => Pattern.Fits(entry, action) || ActionKinds.Is(entry, action)) ? ApprovalClass.Hard : ApprovalClass.None;
        return DecisionPolicy.Stricter(byKind, ServiceOf(targetId, targetName)?.Approval ?? ApprovalClass.None);
    }

    public IReadOnlyList<WeeklyWindow> WindowsOf(string targetId, string targetName) =>
        ServiceOf(targetId, targetName)?.MaintenanceWindows is { Count: > 0 } own ? own : MaintenanceWindows;

    public DateTimeOffset StartOfDay(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, Zone).Date;
        while (Zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        var offset = Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max() : Zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }
}

internal sealed record ServicePreferences
{
    public bool Critical { get; init; }

    public AutonomyLevel? Autonomy { get; init; }

    public ApprovalClass Approval { get; init; }

    public TimeSpan? Cooldown { get; init; }

    public int? ActionsPerDay { get; init; }

    public IReadOnlyList<WeeklyWindow> MaintenanceWindows { get; init; } = [];
}

internal sealed record ApprovalPreferences
{
    /// <summary>No answer in time is a no.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>By class of risk ("low", "medium", "high"), where it differs.</summary>
    public IReadOnlyDictionary<Risk, TimeSpan> Timeouts { get; init; } = new Dictionary<Risk, TimeSpan>();

    /// <summary>How long an approved step may still be started.</summary>
    public TimeSpan ValidFor { get; init; } = TimeSpan.FromMinutes(10);

    public TimeSpan? RemindEvery { get; init; } = TimeSpan.FromMinutes(2);

    public TimeSpan? EscalateAfter { get; init; }

    public IReadOnlyList<string> EscalateTo { get; init; } = [];

    /// <summary>Who may answer, by risk; a missing entry lets every operator.</summary>
    public IReadOnlyDictionary<Risk, IReadOnlyList<string>> Approvers { get; init; } = new Dictionary<Risk, IReadOnlyList<string>>();

    public bool Allows(string person, Risk risk) => !Approvers.TryGetValue(risk, out var people) || people.Contains(person, StringComparer.OrdinalIgnoreCase);

    public TimeSpan TimeoutOf(Risk risk) => Timeouts.GetValueOrDefault(risk, Timeout);
}

/// <summary>Names with stars.</summary>
internal static class Pattern
{
    public static bool Fits(string pattern, string text) =>
        System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: true);
}

/// <summary>The kinds of action people name when they say what needs approval.</summary>
internal static class ActionKinds
{
    public static IReadOnlyList<string> Names { get; } = ["configuration", "restarts", "updates"];

    public static bool Is(string kind, string action) => kind.ToUpperInvariant() switch
    {
        "RESTARTS" => Verb(action) is "restart" or "reboot" or "stop" or "start" or "shutdown",
        "UPDATES" => Verb(action) is "upgrade" || action.EndsWith("_image", StringComparison.Ordinal) && Verb(action) == "update",
        "CONFIGURATION" => Verb(action) is "set" or "adjust" or "change" or "resize" or "scale" or "reload" or "create" or "delete" or "write" or "apply"
            || (Verb(action) == "update" && !action.EndsWith("_image", StringComparison.Ordinal)),
        _ => false,
    };

    private static string Verb(string action) => action[(action.IndexOf('.', StringComparison.Ordinal) + 1)..].Split('_')[0];
}
