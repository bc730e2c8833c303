using System.ComponentModel;
using Homelab.Engine.Api;
using Homelab.Engine.Controls;
using Homelab.Engine.SignIn;
using Homelab.Rules.Decisions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Homelab.Engine.Incidents;

/// <summary>The loop of observing, deciding and acting: how it stands and how it is to go on.</summary>
internal static class HealthCycleApi
{
    public static IEndpointRouteBuilder MapHealthCycle(this IEndpointRouteBuilder api)
    {
        var ooda = api.MapGroup("/ooda").WithTags("Ooda");
        ooda.MapGet("", GetAsync).RequireAuthorization(Policies.Viewer).WithName("GetOoda").WithSummary("Mode, level, last cycle, what it found, what is open, what was done and how well");
        ooda.MapPost("/cycle", CycleAsync).RequireAuthorization(Policies.Operator).WithName("RunOodaCycle").WithSummary("One cycle now; dryRun=true opens nothing");
        ooda.MapPut("/mode", SetModeAsync).RequireAuthorization(Policies.Operator).WithName("SetOodaMode").WithSummary("continuous, dry_run, interactive or stopped");
        ooda.MapPost("/findings/{fingerprint}/open", OpenAsync).RequireAuthorization(Policies.Operator).WithName("OpenFinding").WithSummary("Say that a finding of the last cycle is an incident");
        return api;
    }

    private static async Task<Ok<OodaInfo>> GetAsync(HealthCycle cycle, [AsParameters] OodaParts parts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await InfoAsync(await cycle.ReadAsync(cancellationToken), parts, cancellationToken));

    private static async Task<Ok<OodaInfo>> CycleAsync(bool? dryRun, HealthCycle cycle, [AsParameters] OodaParts parts, CancellationToken cancellationToken)
    {
        var mode = (await cycle.ReadAsync(cancellationToken)).Mode;
        var state = await cycle.RunOnceAsync(dryRun == true ? CycleMode.DryRun : mode == CycleMode.Stopped ? CycleMode.Continuous : mode, cancellationToken);
        return TypedResults.Ok(await InfoAsync(state, parts, cancellationToken));
    }

    private static async Task<Results<Ok<OodaInfo>, ProblemHttpResult>> SetModeAsync(OodaModeRequest request, HealthCycle cycle, [AsParameters] OodaParts parts, CancellationToken cancellationToken)
    {
        if (!Enum.TryParse<CycleMode>(request.Mode.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var mode) || char.IsDigit(request.Mode[0]))
            return Problems.Invalid("mode", request.Mode, "The mode must be continuous, dry_run, interactive or stopped.", "Send one of these.");
        await cycle.SetModeAsync(mode, cancellationToken);
        return TypedResults.Ok(await InfoAsync(await cycle.ReadAsync(cancellationToken), parts, cancellationToken));
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> OpenAsync(string fingerprint, HealthCycle cycle, CancellationToken cancellationToken) =>
        await cycle.OpenAsync(fingerprint, cancellationToken) is not null
            ? TypedResults.Accepted((string?)null)
            : Problems.NotFound("finding", fingerprint, "GET /api/ooda lists those of the last cycle.");

    private static async Task<OodaInfo> InfoAsync(CycleState state, OodaParts parts, CancellationToken cancellationToken)
    {
        var controls = await parts.Controls.ReadAsync(cancellationToken);
        var open = await parts.Store.OpenAsync(cancellationToken);
        return new OodaInfo
        {
            Mode = state.Mode,
            Acts = controls.Stop is null && controls.Pause is null,
            Autonomy = (controls.Autonomy ?? parts.Settings.Preferences?.Autonomy ?? AutonomyLevel.Conservative).ToString().ToLowerInvariant(),
            Cycles = state.Cycles,
            LastCycle = state.LastAt,
            LastSeconds = state.LastSeconds,
            Findings = [.. state.Findings.Select(finding => new OodaFinding(finding.Fingerprint, finding.Kind, finding.Summary, finding.Severity, finding.Target))],
            Problems = state.Problems,
            Investigations = [.. open],
            Scheduled = open.Count(incident => incident.State == IncidentState.Waiting),
            Actions = await parts.Statistics.ActionsAsync(cancellationToken),
        };
    }
}

/// <summary>What the state of the loop is read from.</summary>
internal sealed record OodaParts(
    [FromServices] ControlStore Controls, [FromServices] LiveSettings Settings, [FromServices] IncidentStore Store, [FromServices] IncidentStatistics Statistics);

internal sealed record OodaModeRequest(string Mode);

internal sealed record OodaInfo
{
    [Description("continuous: findings become incidents; dry_run: they are only shown; interactive: they wait for a person; stopped.")]
    public required CycleMode Mode { get; init; }

    [Description("False while it is paused or stopped by the controls: it observes and does not act.")]
    public required bool Acts { get; init; }

    [Description("The level of autonomy in force.")]
    public required string Autonomy { get; init; }

    public required long Cycles { get; init; }

    public DateTimeOffset? LastCycle { get; init; }

    public double? LastSeconds { get; init; }

    [Description("What the last cycle found, alert or not.")]
    public required IReadOnlyList<OodaFinding> Findings { get; init; }

    [Description("What it could not look at, and why.")]
    public required IReadOnlyList<string> Problems { get; init; }

    [Description("Incidents that are open.")]
    public required IReadOnlyList<Incident> Investigations { get; init; }

    [Description("How many of them wait for an approval, a window or a quieter time.")]
    public required int Scheduled { get; init; }

    public required ActionStatistics Actions { get; init; }
}

internal sealed record OodaFinding(string Fingerprint, string Kind, string Summary, string Severity, string? Target);
