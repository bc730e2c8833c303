using System.ComponentModel;
using Homelab.Engine.Api;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Incidents;

/// <summary>What is wrong, what was, and how it went.</summary>
internal static class IncidentsApi
{
    public static IEndpointRouteBuilder MapIncidents(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").AddEndpointFilter<PagingFilter>();
        api.MapAlerts().MapHealthCycle();
        var incidents = api.MapGroup("/incidents").WithTags("Incidents");
        incidents.MapGet("", ListAsync).RequireAuthorization(Policies.Viewer).WithName("ListIncidents").WithSummary("By state, kind, severity, target and time, newest change first");
        incidents.MapGet("/{id}", GetAsync).RequireAuthorization(Policies.Viewer).WithName("GetIncident").WithSummary("One incident with its alerts and its timeline");
        incidents.MapPost("/{id}/close", CloseAsync).RequireAuthorization(Policies.Operator).WithName("CloseIncident").WithSummary("Say that it is over, whatever its alerts say");
        incidents.MapPost("/{id}/reopen", ReopenAsync).RequireAuthorization(Policies.Operator).WithName("ReopenIncident").WithSummary("It is not over: workflows start anew");
        incidents.MapPost("/{id}/notes", NoteAsync).RequireAuthorization(Policies.Operator).WithName("NoteIncident").WithSummary("Write something on its timeline");
        return app;
    }

    private static async Task<Results<Ok<Listing<Incident>>, ProblemHttpResult>> ListAsync(
        [AsParameters] Paging paging,
        [Description("open, diagnosing, waiting, acting, verifying, needs_person, resolved, closed; several with commas; 'unresolved' is all but the last two")] string? state,
        string? kind,
        [Description("info, warning or critical")] string? severity,
        [Description("A target's whole id")] string? target,
        string? service,
        string? source,
        [Description("Part of the title, service, target or host")] string? search,
        [Description("Only the symptoms that were merged into this incident")] string? parent,
        [Description("Also those that were merged into another")] bool? symptoms,
        [Description("Began then or later")] DateTimeOffset? since,
        [Description("Began before then")] DateTimeOffset? until,
        IncidentStore store,
        CancellationToken cancellationToken)
    {
        List<IncidentState> states = [];
        foreach (var word in (state ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (word.Equals("unresolved", StringComparison.OrdinalIgnoreCase))
                states.AddRange(Enum.GetValues<IncidentState>().Where(value => value is not (IncidentState.Resolved or IncidentState.Closed)));
            else if (!char.IsDigit(word[0]) && Enum.TryParse<IncidentState>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var read))
                states.Add(read);
            else
                return Problems.Invalid("state", word, $"A state is one of {string.Join(", ", Enum.GetValues<IncidentState>().Select(IncidentJson.Name))}, or unresolved.", "Ask for one of these.");
        }

        var (items, total) = await store.ListAsync(new IncidentFilter(kind, severity?.ToLowerInvariant(), states, target, service, source, search, parent, symptoms == true, since, until), paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<Incident>.Of(items, paging, total));
    }

    private static async Task<Results<Ok<IncidentDetail>, ProblemHttpResult>> GetAsync(string id, IncidentStore store, IncidentTimeline timeline, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } incident)
            return Missing(id);
        var (symptoms, _) = await store.ListAsync(new IncidentFilter(Parent: id), 0, Paging.MaxPageSize, cancellationToken);
        return TypedResults.Ok(new IncidentDetail
        {
            Incident = incident,
            Alerts = await store.AlertsAsync(id, cancellationToken),
            Symptoms = symptoms,
            Timeline = await timeline.ReadAsync(id, cancellationToken),
            DetectionSeconds = Math.Max(0, (incident.DetectedAt - incident.StartedAt).TotalSeconds),
            ResolutionSeconds = incident.ResolvedAt is { } at ? Math.Max(0, (at - incident.StartedAt).TotalSeconds) : null,
        });
    }

    private static Task<Results<Ok<Incident>, ProblemHttpResult>> CloseAsync(string id, IncidentReason? body, HttpContext http, IncidentDesk desk, CancellationToken cancellationToken) =>
        ChangeAsync(desk.SetStateAsync(id, IncidentState.Closed, Words("Closed", body?.Reason), cancellationToken, By(http), isPerson: true));

    private static Task<Results<Ok<Incident>, ProblemHttpResult>> ReopenAsync(string id, IncidentReason? body, HttpContext http, IncidentDesk desk, CancellationToken cancellationToken) =>
        ChangeAsync(desk.ReopenAsync(id, Words("Reopened", body?.Reason), By(http), cancellationToken));

    private static Task<Results<Ok<Incident>, ProblemHttpResult>> NoteAsync(string id, IncidentNote body, HttpContext http, IncidentDesk desk, CancellationToken cancellationToken) =>
        body.Text.Trim() is { Length: > 0 and <= 10_000 } text
            ? ChangeAsync(desk.NoteAsync(id, text, By(http), cancellationToken))
            : Task.FromResult<Results<Ok<Incident>, ProblemHttpResult>>(Problems.Invalid("text", null, "A note has 1 to 10000 characters.", "Write something, or make it shorter."));

    private static async Task<Results<Ok<Incident>, ProblemHttpResult>> ChangeAsync(Task<IncidentChange> change) => await change switch
    {
        IncidentChange.Done done => TypedResults.Ok(done.Incident),
        IncidentChange.Illegal illegal => Problems.Conflict("incident", illegal.Incident.Id, illegal.Rule, "Look at it again; somebody may have changed it."),
        IncidentChange.OpenAlready open => Problems.Conflict("incident", open.Incident.Id, $"The same thing is open as the incident {open.Other.Id}.", "Work on that one."),
        IncidentChange.Missing missing => Missing(missing.Id),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("incident", id, "GET /api/incidents lists them.");

    private static string By(HttpContext http) => Caller.Of(http.User).Name;

    private static string Words(string what, string? reason) => string.IsNullOrWhiteSpace(reason) ? $"{what}." : $"{what}: {reason.Trim()}";
}

internal sealed record IncidentReason(string? Reason);

internal sealed record IncidentNote(string Text);

internal sealed record IncidentDetail
{
    public required Incident Incident { get; init; }

    [Description("The alerts that it is made of, oldest first.")]
    public required IReadOnlyList<IncidentAlert> Alerts { get; init; }

    [Description("Incidents that turned out to be symptoms of this one.")]
    public required IReadOnlyList<Incident> Symptoms { get; init; }

    [Description("What was seen, decided and done, oldest first.")]
    public required IReadOnlyList<IncidentEvent> Timeline { get; init; }

    [Description("From its beginning, as the alert says, to when the product heard of it.")]
    public required double DetectionSeconds { get; init; }

    [Description("From its beginning to its end; null while it is open.")]
    public double? ResolutionSeconds { get; init; }
}
