using System.ComponentModel;
using System.Text.Json;
using Homelab.Engine.Api;
using Homelab.Engine.Gate;
using Homelab.Engine.SignIn;
using Homelab.Rules.Decisions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Homelab.Engine.Controls;

/// <summary>What holds the engine back, and preferences.</summary>
internal static class ControlsApi
{
    public static IEndpointRouteBuilder MapControls(this IEndpointRouteBuilder api)
    {
        var controls = api.MapGroup("/controls").WithTags("Controls").RequireAuthorization(Policies.Operator);
        // Not in the group: policies add up, and a viewer sees the switches too.
        api.MapGet("/controls", GetAsync).RequireAuthorization(Policies.Viewer).WithTags("Controls").WithName("GetControls").WithSummary("Stop, pause, breaker, level, what is down, what is wrong with rules and preferences");
        controls.MapPost("/stop", (ControlRequest? request, HttpContext context, [AsParameters] ControlParts parts, CancellationToken token) =>
            DoneAsync(parts, parts.Store.StopAsync(By(context), request?.Reason ?? "", token), token)).WithName("EmergencyStop").WithSummary("Halt what runs with an effect and let nothing begin");
        controls.MapPost("/pause", (ControlRequest? request, HttpContext context, [AsParameters] ControlParts parts, CancellationToken token) =>
            DoneAsync(parts, parts.Store.PauseAsync(By(context), request?.Reason ?? "", token), token)).WithName("Pause").WithSummary("Observe, do not act");
        controls.MapPost("/resume", (ControlRequest? request, HttpContext context, [AsParameters] ControlParts parts, CancellationToken token) =>
            DoneAsync(parts, parts.Store.ResumeAsync(By(context), request?.Reason ?? "", token), token)).WithName("Resume").WithSummary("End stop and pause; the breaker is reset on its own");
        controls.MapPost("/breaker/reset", (ControlRequest? request, HttpContext context, [AsParameters] ControlParts parts, CancellationToken token) =>
            DoneAsync(parts, parts.Store.ResetBreakerAsync(By(context), request?.Reason ?? "", token), token)).WithName("ResetBreaker").WithSummary("Act alone again after failures in a row");
        controls.MapPut("/autonomy", SetAutonomyAsync).RequireAuthorization(Policies.Admin).WithName("SetAutonomy").WithSummary("The level over the one of the preferences; empty returns to it");
        controls.MapPost("/clock/accept", AcceptClockAsync).WithName("AcceptClock").WithSummary("Say that this node's clock is right after it jumped");
        controls.MapPut("/down/{target}", SetDownAsync).WithName("SetTargetDown").WithSummary("Say that something is down: what hangs on it is left alone");
        controls.MapDelete("/down/{target}", SetUpAsync).WithName("SetTargetUp").WithSummary("Say that it is up again");

        var preferences = api.MapGroup("/preferences").WithTags("Preferences");
        preferences.MapGet("", GetPreferencesAsync).RequireAuthorization(Policies.Viewer).WithName("GetPreferences").WithSummary("The preferences file as it is");
        preferences.MapPut("", PutPreferencesAsync).RequireAuthorization(Policies.Admin).WithName("PutPreferences").WithSummary("Check and save the preferences; a bad text changes nothing");
        return api;
    }

    private static string By(HttpContext context) => Caller.Of(context.User).Name;

    private static async Task<Ok<ControlsInfo>> DoneAsync(ControlParts parts, Task change, CancellationToken cancellationToken)
    {
        await change;
        return await GetAsync(parts, cancellationToken);
    }

    private static async Task<Ok<ControlsInfo>> GetAsync([AsParameters] ControlParts parts, CancellationToken cancellationToken)
    {
        var state = await parts.Store.ReadAsync(cancellationToken);
        return TypedResults.Ok(new ControlsInfo
        {
            Stop = ControlInfo.Of(state.Stop),
            Pause = ControlInfo.Of(state.Pause),
            Breaker = ControlInfo.Of(state.Breaker),
            Autonomy = (state.Autonomy ?? parts.Settings.Preferences?.Autonomy ?? AutonomyLevel.Conservative).ToString().ToLowerInvariant(),
            AutonomyOfPreferences = state.Autonomy is null,
            ClockJumpSeconds = parts.Clock.Jump()?.TotalSeconds,
            Down = await parts.Health.DownAsync(cancellationToken),
            Problems = [.. parts.Settings.Problems, .. parts.Incidents.Problems],
            CanAct = parts.Settings.Policy is not null && parts.Settings.Preferences is not null,
        });
    }

    private static async Task<Results<Ok<ControlsInfo>, ProblemHttpResult>> SetAutonomyAsync(
        AutonomyRequest request, HttpContext context, [AsParameters] ControlParts parts, CancellationToken cancellationToken)
    {
        AutonomyLevel? level = null;
        if (!string.IsNullOrEmpty(request.Level))
        {
            level = Words.Read<AutonomyLevel>(request.Level);
            if (level is null)
                return Problems.Invalid("level", request.Level, "The level must be conservative, moderate or aggressive.", "Send one of these, or nothing to return to the preferences.");
        }

        return await DoneAsync(parts, parts.Store.SetAutonomyAsync(level, By(context), request.Reason, cancellationToken), cancellationToken);
    }

    private static async Task<NoContent> AcceptClockAsync(HttpContext context, [AsParameters] ControlParts parts, CancellationToken cancellationToken)
    {
        var jump = parts.Clock.Jump();
        await parts.Store.RecordAsync(By(context), "controls.clock_accepted", "clock", new { jumpSeconds = jump?.TotalSeconds, node = Environment.MachineName }, cancellationToken);
        parts.Clock.Accept();
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetDownAsync(string target, HttpContext context, [AsParameters] ControlParts parts, CancellationToken cancellationToken)
    {
        target = RouteText.Of(target);
        await parts.Health.SetDownAsync(target, By(context), cancellationToken);
        await parts.Store.RecordAsync(By(context), "controls.down", target, new { }, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> SetUpAsync(string target, HttpContext context, [AsParameters] ControlParts parts, CancellationToken cancellationToken)
    {
        target = RouteText.Of(target);
        await parts.Health.SetUpAsync(target, cancellationToken);
        await parts.Store.RecordAsync(By(context), "controls.up", target, new { }, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<ContentHttpResult> GetPreferencesAsync(LiveSettings settings, CancellationToken cancellationToken) => TypedResults.Content(
        File.Exists(settings.PreferencesFile) ? await File.ReadAllTextAsync(settings.PreferencesFile, cancellationToken) : "{}", "application/json");

    private static async Task<Results<NoContent, ProblemHttpResult>> PutPreferencesAsync(JsonElement preferences, HttpContext context, LiveSettings settings, CancellationToken cancellationToken)
    {
        var problems = await settings.SavePreferencesAsync(JsonSerializer.Serialize(preferences, Indented), By(context), cancellationToken);
        return problems.Count == 0
            ? TypedResults.NoContent()
            : Problems.Invalid([.. problems.Select(problem => new Fault(problem.Path, null, problem.Message, "Correct it and send it again."))]);
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
}

/// <summary>What the state of the controls is read from.</summary>
internal sealed record ControlParts(
    [FromServices] ControlStore Store, [FromServices] LiveSettings Settings, [FromServices] Incidents.LiveIncidentRules Incidents, [FromServices] ClockGuard Clock, [FromServices] TargetHealth Health);

internal sealed record ControlRequest(string Reason = "");

internal sealed record AutonomyRequest(string? Level, string Reason = "");

internal sealed record ControlsInfo
{
    public ControlInfo? Stop { get; init; }

    public ControlInfo? Pause { get; init; }

    public ControlInfo? Breaker { get; init; }

    [Description("The level in force: conservative, moderate or aggressive.")]
    public required string Autonomy { get; init; }

    [Description("The level is the one of the preferences; nobody set another.")]
    public required bool AutonomyOfPreferences { get; init; }

    /// <summary>Null: the clock goes as it should.</summary>
    public double? ClockJumpSeconds { get; init; }

    public required IReadOnlyList<string> Down { get; init; }

    [Description("What is wrong with rules and preferences as their files are now.")]
    public required IReadOnlyList<FileProblem> Problems { get; init; }

    [Description("Rules and preferences are there.")]
    public required bool CanAct { get; init; }
}

internal sealed record ControlInfo(DateTimeOffset Since, string By, string Reason)
{
    public static ControlInfo? Of(ControlRow? row) => row is null ? null : new ControlInfo(DateTimeOffset.FromUnixTimeMilliseconds(row.ChangedAt), row.ChangedBy, row.Reason);
}
