using System.ComponentModel;
using Homelab.Engine.Definitions;
using Homelab.Engine.Incidents;
using Homelab.Engine.Reports;
using Homelab.Engine.Requests;
using Homelab.Engine.Runs;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api;

/// <summary>The first page: how it goes, what needs a person, what was done.</summary>
internal static class OverviewApi
{
    private const int Shown = 8;

    public static IEndpointRouteBuilder MapOverview(this IEndpointRouteBuilder api)
    {
        api.MapGet("/overview", GetAsync).RequireAuthorization(Policies.Viewer).WithTags("Overview").WithName("GetOverview").WithSummary("How it goes, what needs a person, what was done");
        return api;
    }

    private static async Task<Ok<Overview>> GetAsync(
        Dispatch.Runs runs, DefinitionService definitions, DefinitionCatalog catalog, IncidentStatistics statistics, IncidentStore incidents, RequestStore requests, HealthScore health, TimeProvider time, CancellationToken cancellationToken)
    {
        var counts = await runs.CountsAsync(cancellationToken);
        var lastDay = new RunTimeFilter(RunTime.Created, Comparison.NotBefore, time.GetUtcNow() - TimeSpan.FromDays(1));
        var faulted = await runs.ListAsync(new RunFilter { SubStatuses = [RunSubStatus.Faulted], Times = [lastDay] }, RunOrder.Created, true, 0, Shown, cancellationToken);
        var today = await runs.ListAsync(new RunFilter { Times = [lastDay] }, RunOrder.Created, true, 0, Shown, cancellationToken);
        var recent = today.Total > 0 ? today : await runs.ListAsync(new RunFilter(), RunOrder.Created, true, 0, Shown, cancellationToken);
        return TypedResults.Ok(new Overview
        {
            Running = counts.Running,
            Waiting = counts.Suspended,
            Queued = counts.Inbox,
            DeadLetters = counts.DeadLetters,
            RunsToday = today.Total,
            FaultedToday = faulted.Total,
            Requests = await requests.WaitingAsync(cancellationToken),
            Health = await health.ReadAsync(cancellationToken),
            Incidents = await statistics.ReadAsync(cancellationToken),
            OpenIncidents = (await incidents.ListAsync(new IncidentFilter(States: [.. Enum.GetValues<IncidentState>().Where(state => state is not (IncidentState.Resolved or IncidentState.Closed))]), 0, Shown, cancellationToken)).Items,
            Workflows = await definitions.CountAsync(cancellationToken),
            Faulted = [.. faulted.Items.Select(run => RunInfo.Of(run, catalog.Current))],
            Recent = [.. recent.Items.Select(run => RunInfo.Of(run, catalog.Current))],
        });
    }
}

internal sealed record Overview
{
    public required long Running { get; init; }

    public required long Waiting { get; init; }

    [Description("Accepted and not begun.")]
    public required long Queued { get; init; }

    [Description("Accepted, and failed after every attempt; a person must look.")]
    public required long DeadLetters { get; init; }

    [Description("Started in the last 24 hours.")]
    public required long RunsToday { get; init; }

    public required long FaultedToday { get; init; }

    [Description("Requests that wait for a person.")]
    public required long Requests { get; init; }

    [Description("How well it goes, with its parts.")]
    public required HealthReading Health { get; init; }

    [Description("Incidents in numbers.")]
    public required IncidentFigures Incidents { get; init; }

    [Description("The newest that are open.")]
    public required IReadOnlyList<Incidents.Incident> OpenIncidents { get; init; }

    public required long Workflows { get; init; }

    public required IReadOnlyList<RunInfo> Faulted { get; init; }

    public required IReadOnlyList<RunInfo> Recent { get; init; }
}
