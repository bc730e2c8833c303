using System.ComponentModel;
using Homelab.Engine.Gate;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Controls;

/// <summary>How much is left of what holds the engine back, and what hangs on what.</summary>
internal static class LimitsApi
{
    private const int Shown = 100;

    public static IEndpointRouteBuilder MapLimits(this IEndpointRouteBuilder api)
    {
        var controls = api.MapGroup("/controls").WithTags("Controls").RequireAuthorization(Policies.Viewer);
        controls.MapGet("/limits", LimitsAsync).WithName("GetLimits").WithSummary("Budgets of today, cooldowns that run, maintenance windows and quiet hours");
        controls.MapGet("/dependencies", DependenciesAsync).WithName("GetDependencies").WithSummary("What hangs on what, and what is down");
        return api;
    }

    private static async Task<Ok<LimitsInfo>> LimitsAsync(Database database, LiveSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        var (preferences, now) = (settings.Preferences ?? new Preferences(), time.GetUtcNow());
        var today = preferences.StartOfDay(now).ToUnixTimeMilliseconds();
        var (targets, actions) = await database.ReadAsync(
            async session => (
                (await session.QueryAsync<Counted>(
                    $"""
                    SELECT target_id AS TargetId, MAX(target_name) AS TargetName, COUNT(*) AS Count, MAX(COALESCE(used_at, issued_at)) AS Last FROM authorizations
                    WHERE issued_at >= @today AND {Authorizations.Counted} GROUP BY target_id ORDER BY Count DESC, TargetName
                    """,
                    new { today, now = now.ToUnixTimeMilliseconds() }, cancellationToken)).ToList(),
                (await session.QueryAsync<Counted>(
                    $"""
                    SELECT activity_id AS Action, target_id AS TargetId, MAX(target_name) AS TargetName, COUNT(*) AS Count, MAX(COALESCE(used_at, issued_at)) AS Last FROM authorizations
                    WHERE issued_at >= @since AND {Authorizations.Counted} GROUP BY activity_id, target_id
                    """,
                    new { since = (now - Longest(preferences)).ToUnixTimeMilliseconds(), now = now.ToUnixTimeMilliseconds() }, cancellationToken)).ToList()),
            cancellationToken);
        return TypedResults.Ok(new LimitsInfo
        {
            TimeZone = preferences.Zone.Id,
            ActionsToday = targets.Sum(target => target.Count),
            ActionsPerDay = preferences.ActionsPerDay,
            ActionsPerCause = preferences.ActionsPerCause,
            BreakerFailures = preferences.BreakerFailures,
            Targets = [.. targets.Take(Shown).Select(target => new TargetBudget(
                target.TargetName, target.Count, preferences.ServiceOf(target.TargetId, target.TargetName)?.ActionsPerDay ?? preferences.ActionsPerTarget))],
            Cooldowns = [.. actions
                .Select(one => new CooldownInfo(one.Action, one.TargetName, DateTimeOffset.FromUnixTimeMilliseconds(one.Last) + preferences.CooldownOf(one.Action, one.TargetId, one.TargetName)))
                .Where(one => one.Until > now).OrderBy(one => one.Until).Take(Shown)],
            MaintenanceWindows = [.. Windows(null, preferences.MaintenanceWindows, preferences, now),
                .. preferences.Services.SelectMany(service => Windows(service.Key, service.Value.MaintenanceWindows, preferences, now))],
            QuietHours = [.. Windows(null, preferences.QuietHours, preferences, now)],
        });
    }

    private static async Task<Ok<DependenciesInfo>> DependenciesAsync(LiveSettings settings, TargetHealth health, CancellationToken cancellationToken)
    {
        var preferences = settings.Preferences ?? new Preferences();
        var down = (await health.DownAsync(cancellationToken)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var graph = preferences.Dependencies;
        return TypedResults.Ok(new DependenciesInfo([.. graph.Names.Union(down, StringComparer.OrdinalIgnoreCase).Order(StringComparer.OrdinalIgnoreCase).Select(name => new DependencyInfo
        {
            Name = name,
            DependsOn = graph.Parents(name),
            Down = down.Contains(name),
            LeftAloneBecauseOf = graph.Ancestors(name).FirstOrDefault(down.Contains),
            Critical = preferences.IsCritical(name, name),
            BlastRadius = graph.BlastRadius(name),
        })]));
    }

    private static TimeSpan Longest(Preferences preferences) =>
        preferences.Cooldowns.Values.Concat(preferences.Services.Values.Select(service => service.Cooldown).OfType<TimeSpan>()).Append(preferences.Cooldown).Max();

    private static IEnumerable<WindowInfo> Windows(string? service, IReadOnlyList<WeeklyWindow> windows, Preferences preferences, DateTimeOffset now) =>
        windows.Select(window => new WindowInfo(service, window.ToText(), window.IsOpen(now, preferences.Zone), window.NextOpening(now, preferences.Zone)));

    private sealed record Counted
    {
        public string Action { get; init; } = "";

        public string TargetId { get; init; } = "";

        public string TargetName { get; init; } = "";

        public long Count { get; init; }

        public long Last { get; init; }
    }
}

internal sealed record LimitsInfo
{
    public required string TimeZone { get; init; }

    public required long ActionsToday { get; init; }

    public required int ActionsPerDay { get; init; }

    public required int ActionsPerCause { get; init; }

    [Description("So many failures in a row open the breaker.")]
    public required int BreakerFailures { get; init; }

    [Description("What was acted on today, the most first.")]
    public required IReadOnlyList<TargetBudget> Targets { get; init; }

    [Description("What may not be done again yet.")]
    public required IReadOnlyList<CooldownInfo> Cooldowns { get; init; }

    [Description("None: nothing waits for a window.")]
    public required IReadOnlyList<WindowInfo> MaintenanceWindows { get; init; }

    public required IReadOnlyList<WindowInfo> QuietHours { get; init; }
}

internal sealed record TargetBudget(string Target, long Actions, int Budget);

internal sealed record CooldownInfo(string Action, string Target, DateTimeOffset Until);

/// <param name="Service">Null: for everything that has no windows of its own.</param>
internal sealed record WindowInfo(string? Service, string Hours, bool Open, DateTimeOffset? NextOpening);

internal sealed record DependenciesInfo(IReadOnlyList<DependencyInfo> Items);

internal sealed record DependencyInfo
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> DependsOn { get; init; }

    public required bool Down { get; init; }

    [Description("What is down and it hangs on: it is not remediated meanwhile.")]
    public string? LeftAloneBecauseOf { get; init; }

    public required bool Critical { get; init; }

    [Description("How many hang on it.")]
    public required int BlastRadius { get; init; }
}
