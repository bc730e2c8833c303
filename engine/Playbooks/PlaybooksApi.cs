using System.ComponentModel;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Homelab.Engine.Playbooks;

/// <summary>Playbooks: to look at, to check, to try, to change; what is recommended; and what people say of how an incident was dealt with.</summary>
internal static class PlaybooksApi
{
    public static IEndpointRouteBuilder MapPlaybooks(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/playbooks").AddEndpointFilter<PagingFilter>().WithTags("Playbooks").RequireAuthorization(Policies.Viewer);
        api.MapGet("/", ListAsync).WithName("ListPlaybooks").WithSummary("Playbooks, with how well each did");
        api.MapGet("/problems", Problems).WithName("ListPlaybookProblems").WithSummary("Files that could not be taken, with line and column; what was read from them before stays");
        api.MapGet("/schema", Schema).WithName("GetPlaybookSchema").WithSummary("JSON schema of a playbook, for editors");
        api.MapGet("/recommendations", RecommendAsync).WithName("RecommendPlaybooks").WithSummary("What helped most surely against a kind of incident: five actions and the playbooks, with rates");
        api.MapGet("/{id}", GetAsync).WithName("GetPlaybook").WithSummary("One playbook with its text");
        api.MapPost("/validate", Validate).WithName("ValidatePlaybook").WithSummary("Every problem of a playbook's text, with line and column");
        api.MapPost("/{id}/dry-run", TryAsync).RequireAuthorization(Policies.Operator).WithName("TryPlaybook").WithSummary("Try a playbook on an incident: what must hold is read, nothing is done; the dry run shows what the gate would say");
        api.MapPut("/{id}", SaveAsync).RequireAuthorization(Policies.Admin).WithName("SavePlaybook").WithSummary("Write a playbook's file; a text with problems is refused");
        var incidents = app.MapGroup("/api/incidents/{id}").WithTags("Incidents").RequireAuthorization(Policies.Viewer);
        incidents.MapGet("/findings", FindingsAsync).WithName("GetIncidentFindings").WithSummary("Context, diagnosis, and the playbooks that were tried");
        incidents.MapGet("/report", ReportAsync).WithName("DownloadIncidentReport").WithSummary("Incident report and root cause document as a Markdown file");
        incidents.MapPost("/feedback", FeedbackAsync).RequireAuthorization(Policies.Operator).WithName("SayIncidentFeedback").WithSummary("Did it work? The answer counts in what is tried and asked next time");
        return app;
    }

    private static async Task<Ok<Listing<PlaybookInfo>>> ListAsync([AsParameters] Paging paging, string? kind, string? search, PlaybookLibrary library, Candidates candidates, CancellationToken cancellationToken)
    {
        var fitting = library.Playbooks.Values
            .Where(playbook => kind is null || playbook.Match.Kinds.Contains(kind, StringComparer.Ordinal))
            .Where(playbook => string.IsNullOrWhiteSpace(search) || $"{playbook.Id} {playbook.Name} {string.Join(' ', playbook.Match.Kinds)}".Contains(search.Trim(), StringComparison.OrdinalIgnoreCase))
            .ToList();
        List<PlaybookInfo> items = [];
        foreach (var playbook in fitting.Skip(paging.Skip).Take(paging.Size))
            items.Add(await InfoAsync(playbook, candidates, library, cancellationToken));
        return TypedResults.Ok(Listing<PlaybookInfo>.Of(items, paging, fitting.Count));
    }

    private static Ok<IReadOnlyList<PlaybookProblem>> Problems(PlaybookLibrary library, Diagnosis.DiagnosisBook diagnosis)
    {
        _ = diagnosis.Current;
        return TypedResults.Ok<IReadOnlyList<PlaybookProblem>>([.. library.Problems, .. diagnosis.Problems]);
    }

    private static Ok<JsonObject> Schema(ActivityCatalog catalog) => TypedResults.Ok(PlaybookSchema.Of(catalog.Invokers.Select(invoker => invoker.Descriptor)));

    private static async Task<Results<Ok<Recommendations>, ProblemHttpResult>> RecommendAsync([Description("A kind of incident, such as container_down.")] string? kind, Candidates candidates, CancellationToken cancellationToken) =>
        string.IsNullOrWhiteSpace(kind)
            ? Api.Problems.Invalid("kind", kind, "It says for which kind of incident.", "Give one, such as ?kind=container_down.")
            : TypedResults.Ok(new Recommendations(
                kind, await candidates.ActionsAsync(kind, cancellationToken), [.. (await candidates.RatesAsync(kind, cancellationToken)).Values.OrderByDescending(tried => tried.Expected).ThenBy(tried => tried.Name, StringComparer.Ordinal)]));

    private static async Task<Results<Ok<PlaybookDetail>, ProblemHttpResult>> GetAsync(string id, PlaybookLibrary library, Candidates candidates, CancellationToken cancellationToken) =>
        library.Playbooks.TryGetValue(id, out var playbook)
            ? TypedResults.Ok(new PlaybookDetail(await InfoAsync(playbook, candidates, library, cancellationToken), playbook.Docs, library.TextOf(playbook) ?? "", library.ProblemsOf(playbook.File ?? "")))
            : Missing(id);

    private static Ok<PlaybookCheck> Validate(PlaybookText text, PlaybookLibrary library)
    {
        var (playbook, problems) = library.Check(text.File ?? "playbook.yaml", text.Text);
        return TypedResults.Ok(new PlaybookCheck(playbook is not null, playbook?.Id, problems));
    }

    private static async Task<Results<Ok<TrialResult>, ProblemHttpResult>> TryAsync(string id, TrialRequest request, HttpContext context, PlaybookLibrary library, PlaybookTrial trial, CancellationToken cancellationToken)
    {
        if (!library.Playbooks.TryGetValue(id, out var playbook))
            return Missing(id);
        if (request.IncidentId is null && request.Incident is null)
            return Api.Problems.Invalid("incident", null, "It is tried on an incident.", "Give incidentId, or an incident of your own: { \"kind\": \"container_down\", \"target\": \"docker:default/container/web\" }.");
        return await trial.NamesAsync(request.IncidentId, request.Incident, cancellationToken) is { } names
            ? TypedResults.Ok(await trial.TryAsync(playbook, names, Caller.Of(context.User).Name, cancellationToken))
            : Api.Problems.NotFound("incident", request.IncidentId!, "GET /api/incidents lists them."); // NamesAsync answers null for one that is not there only
    }

    private static async Task<Results<Ok<PlaybookCheck>, ProblemHttpResult>> SaveAsync(string id, PlaybookText text, PlaybookLibrary library, CancellationToken cancellationToken)
    {
        if (library.Directory is not { } directory)
            return Api.Problems.Conflict("playbook", id, "There is no folder of playbooks.", "Set Playbooks:Directory, or Workflows:Directory.");
        var file = library.Playbooks.TryGetValue(id, out var known) ? known.File ?? $"{id}.yaml" : $"{id}.yaml";
        var (playbook, problems) = library.Check(file, text.Text);
        if (playbook is not null && playbook.Id != id)
            problems = [new PlaybookProblem(file, 1, 1, "id", $"is '{playbook.Id}', and this is the playbook '{id}'. Save it under its own id.")];
        if (problems.Count > 0)
            return Api.Problems.Invalid([.. problems.Select(problem => new Fault($"{problem.Path} (line {problem.Line})", null, problem.Message, "Correct it there."))]);
        System.IO.Directory.CreateDirectory(directory);
        var left = await library.SaveAsync(file, text.Text, cancellationToken);
        return TypedResults.Ok(new PlaybookCheck(left.Count == 0, id, left));
    }

    private static async Task<Results<Ok<IncidentFindings>, ProblemHttpResult>> FindingsAsync(
        string id, Incidents.IncidentStore incidents, RemedyStore store, FeedbackDesk feedback, CancellationToken cancellationToken)
    {
        if (await incidents.FindAsync(id, cancellationToken) is null)
            return Api.Problems.NotFound("incident", id, "GET /api/incidents lists them.");
        var (context, diagnosis) = await store.FindingsAsync(id, cancellationToken);
        return TypedResults.Ok(new IncidentFindings(
            context, diagnosis,
            [.. (await store.AttemptsAsync(id, cancellationToken)).Select(attempt => new IncidentAttempt(
                attempt.Playbook, attempt.RunId, attempt.Outcome, attempt.Why, DateTimeOffset.FromUnixTimeMilliseconds(attempt.StartedAt),
                attempt.EndedAt is { } ended ? DateTimeOffset.FromUnixTimeMilliseconds(ended) : null))],
            [.. (await feedback.OfAsync(id, cancellationToken)).Select(row => new IncidentFeedback(row.Person, row.Worked == 1, row.Comment, DateTimeOffset.FromUnixTimeMilliseconds(row.At)))]));
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ReportAsync(string id, IncidentReport report, CancellationToken cancellationToken) =>
        await report.WriteAsync(id, cancellationToken) is { } text
            ? TypedResults.File(System.Text.Encoding.UTF8.GetBytes(text), "text/markdown; charset=utf-8", $"incident-{id}.md")
            : Api.Problems.NotFound("incident", id, "GET /api/incidents lists them.");

    private static async Task<Results<NoContent, ProblemHttpResult>> FeedbackAsync(string id, [FromBody] FeedbackRequest said, HttpContext context, FeedbackDesk feedback, CancellationToken cancellationToken)
    {
        if (said.Comment is { Length: > 1000 })
            return Api.Problems.Invalid("comment", $"{said.Comment.Length} characters", "It may have 1000 characters.", "Make it shorter.");
        return await feedback.SayAsync(id, Caller.Of(context.User).Name, said.Worked, said.Comment, cancellationToken)
            ? TypedResults.NoContent()
            : Api.Problems.NotFound("incident", id, "GET /api/incidents lists them.");
    }

    private static async Task<PlaybookInfo> InfoAsync(Playbook playbook, Candidates candidates, PlaybookLibrary library, CancellationToken cancellationToken)
    {
        var (times, helped) = (0L, 0L);
        foreach (var kind in playbook.Match.Kinds)
            if ((await candidates.RatesAsync(kind, cancellationToken)).TryGetValue(playbook.Id, out var tried))
                (times, helped) = (times + tried.Times, helped + tried.Helped);
        return new PlaybookInfo(
            playbook.Id, playbook.Name, playbook.Description, playbook.Owner, playbook.Enabled, playbook.Risk.ToString().ToLowerInvariant(), playbook.Match.Kinds, playbook.Match.Target, playbook.Match.Causes,
            [.. playbook.Steps.Select(step => step.Activity)], playbook.Cooldown, playbook.DefinitionId, playbook.File, times, helped, library.ProblemsOf(playbook.File ?? "").Count > 0);
    }

    private static ProblemHttpResult Missing(string id) => Api.Problems.NotFound("playbook", id, "GET /api/playbooks lists them; GET /api/playbooks/problems says which files could not be taken.");
}

/// <param name="Times">How often it was tried.</param>
/// <param name="HasProblems">Its file was changed and could not be taken: what was read before is used.</param>
internal sealed record PlaybookInfo(
    string Id, string Name, string Description, string Owner, bool Enabled, string Risk, IReadOnlyList<string> Kinds, string? Target, IReadOnlyList<string> Causes, IReadOnlyList<string> Actions,
    TimeSpan Cooldown, string DefinitionId, string? File, long Times, long Helped, bool HasProblems);

internal sealed record PlaybookDetail(PlaybookInfo Playbook, string Docs, string Text, IReadOnlyList<PlaybookProblem> Problems);

/// <param name="File">The name of the file that it is to be.</param>
internal sealed record PlaybookText(string Text, string? File = null);

internal sealed record PlaybookCheck(bool Valid, string? Id, IReadOnlyList<PlaybookProblem> Problems);

/// <param name="Incident">One made up: kind, target, labels, annotations, and context and diagnosis where the playbook wants them.</param>
internal sealed record TrialRequest(string? IncidentId = null, JsonObject? Incident = null);

internal sealed record Recommendations(string Kind, IReadOnlyList<Tried> Actions, IReadOnlyList<Tried> Playbooks);

internal sealed record IncidentFindings(JsonObject Context, JsonObject Diagnosis, IReadOnlyList<IncidentAttempt> Attempts, IReadOnlyList<IncidentFeedback> Feedback);

internal sealed record IncidentAttempt(string Playbook, string? RunId, string? Outcome, string? Why, DateTimeOffset StartedAt, DateTimeOffset? EndedAt);

internal sealed record IncidentFeedback(string Person, bool Worked, string? Comment, DateTimeOffset At);

internal sealed record FeedbackRequest([property: Description("Yes or no.")] bool Worked, string? Comment = null);
