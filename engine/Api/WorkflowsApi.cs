using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Definitions;
using Homelab.Engine.Runs;
using Homelab.Engine.SignIn;
using Homelab.Engine.Triggers;
using Homelab.Workflows.Definitions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api;

/// <summary>Workflows as the console lists and starts them. Drawing them is Studio's, over Elsa's routes.</summary>
internal static class WorkflowsApi
{
    public static IEndpointRouteBuilder MapWorkflows(this IEndpointRouteBuilder api)
    {
        var workflows = api.MapGroup("/workflows").WithTags("Workflows");
        var look = workflows.MapGroup("").RequireAuthorization(Policies.Viewer);
        look.MapGet("", ListAsync).WithName("ListWorkflows").WithSummary("The latest version of each workflow, by name");
        look.MapGet("/{id}", GetAsync).WithName("GetWorkflow").WithSummary("A workflow: inputs, what starts it, what keeps it from being published");
        look.MapGet("/problems", FileProblems).WithName("ListWorkflowFileProblems").WithSummary("Files of the workflows folder that were not taken, and why");
        look.MapGet("/{id}/problems", ProblemsAsync).WithName("ListWorkflowProblems").WithSummary("Everything that is wrong with a workflow, each with its activity and field");
        look.MapGet("/{id}/export", ExportAsync).WithName("ExportWorkflow").WithSummary("The workflow as an Elsa 3 file");
        look.MapPost("/validate", Validate).WithName("ValidateWorkflow").WithSummary("All problems of an Elsa 3 file; stores nothing").Accepts<JsonObject>("application/json");
        workflows.MapPost("/{id}/run", RunAsync).RequireAuthorization(Policies.Operator).WithName("RunWorkflow").WithSummary("Start the published version, or the draft where there is none");
        var change = workflows.MapGroup("").RequireAuthorization(Policies.Admin);
        change.MapPost("/import", ImportAsync).WithName("ImportWorkflow").WithSummary("Store an Elsa 3 file; published when it has no problem").Accepts<JsonObject>("application/json");
        change.MapPost("/{id}/publish", PublishAsync).WithName("PublishWorkflow").WithSummary("Publish the latest version");
        change.MapDelete("/{id}", DeleteAsync).WithName("DeleteWorkflow").WithSummary("Delete all versions; runs go on");
        return api;
    }

    private static async Task<Ok<Listing<WorkflowInfo>>> ListAsync(
        [AsParameters] Paging paging, [Description("Part of the name, description or id")] string? search, DefinitionService definitions, DefinitionCatalog catalog, CancellationToken cancellationToken)
    {
        var page = await definitions.ListAsync(
            new DefinitionQuery { SearchTerm = search, IsSystem = false, Order = DefinitionOrder.Name, Page = paging.Number - 1, PageSize = paging.Size }, cancellationToken);
        var published = catalog.Current;
        return TypedResults.Ok(Listing<WorkflowInfo>.Of([.. page.Items.Select(item => WorkflowInfo.Of(item, published))], paging, page.TotalCount));
    }

    private static async Task<Results<Ok<WorkflowDetail>, ProblemHttpResult>> GetAsync(
        string id, DefinitionService definitions, DefinitionCatalog catalog, DefinitionChecks checks, CancellationToken cancellationToken) =>
        await definitions.FindAsync(id, VersionOptions.Latest, cancellationToken) is { } stored
            ? TypedResults.Ok(WorkflowDetail.Of(stored, catalog.Current, checks.Problems(stored.Definition, catalog.Current)))
            : Missing(id);

    private static Ok<IReadOnlyList<WorkflowFileProblem>> FileProblems(DefinitionFolder folder) =>
        TypedResults.Ok<IReadOnlyList<WorkflowFileProblem>>([.. folder.Problems.Select(problem => new WorkflowFileProblem(problem.File, problem.Message, problem.At))]);

    private static async Task<Results<Ok<IReadOnlyList<WorkflowProblem>>, ProblemHttpResult>> ProblemsAsync(
        string id, DefinitionService definitions, DefinitionCatalog catalog, DefinitionChecks checks, CancellationToken cancellationToken) =>
        await definitions.FindAsync(id, VersionOptions.Latest, cancellationToken) is { } stored
            ? TypedResults.Ok<IReadOnlyList<WorkflowProblem>>([.. checks.Problems(stored.Definition, catalog.Current).Select(WorkflowProblem.Of)])
            : Missing(id);

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ExportAsync(string id, DefinitionService definitions, CancellationToken cancellationToken) =>
        await definitions.FindAsync(id, VersionOptions.Latest, cancellationToken) is { } stored
            ? TypedResults.File(WorkflowJson.WriteUtf8(stored.Definition, indented: true), "application/json", DefinitionArchive.FileName(stored.Definition))
            : Missing(id);

    private static async Task<Results<Accepted<RunStarted>, ProblemHttpResult>> RunAsync(
        string id, RunWorkflowRequest request, HttpContext context, DefinitionService definitions, IIntake intake, Dispatch.Runs runs, TimeProvider time, CancellationToken cancellationToken)
    {
        var stored = await definitions.FindAsync(id, VersionOptions.Published, cancellationToken) ?? await definitions.FindAsync(id, VersionOptions.Latest, cancellationToken);
        if (stored is null)
        {
            return Missing(id);
        }

        var input = request.Input ?? [];
        Fault[] faults = [.. WorkflowInputs.Faults(stored.Definition, input)];
        if (faults.Length > 0)
        {
            return Problems.Invalid(faults);
        }

        var answer = await intake.StartAsync(
            new StartRequest
            {
                DefinitionId = id,
                Version = stored.IsPublished ? "Published" : "Latest",
                Input = (JsonObject)input.DeepClone(),
                CorrelationId = request.CorrelationId,
                DryRun = request.DryRun,
                IdempotencyKey = context.Request.Headers.TryGetValue("Idempotency-Key", out var given) ? $"api/{id}/{given}" : null,
            },
            cancellationToken);
        switch (answer)
        {
            case IntakeAnswer.Accepted accepted:
                await SeenAsync(accepted.Run, runs, time, cancellationToken);
                return TypedResults.Accepted($"/api/runs/{accepted.Run}", new RunStarted(accepted.Run.Value));
            case IntakeAnswer.AlreadyRunning running:
                return TypedResults.Problem(running.Reason, statusCode: StatusCodes.Status409Conflict, title: "It is already running");
            case IntakeAnswer.Full full:
                context.Response.Headers.RetryAfter = Math.Ceiling(full.RetryAfter.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
                return TypedResults.Problem("Too much waits already, so nothing was accepted. Try again in a moment.", statusCode: StatusCodes.Status429TooManyRequests, title: "The inbox is full");
            default:
                return Missing(id);
        }
    }

    // Accepted is not begun: whoever follows the address of the answer at once should find the run there. On a busy engine it may still take longer.
    private static async Task SeenAsync(RunId run, Dispatch.Runs runs, TimeProvider time, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < 50 && await runs.StateAsync(run, cancellationToken) is null; tries++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }

    private static async Task<Results<Ok<WorkflowProblems>, ProblemHttpResult>> Validate(
        HttpRequest request, DefinitionChecks checks, DefinitionCatalog catalog, CancellationToken cancellationToken) =>
        await ReadAsync(request, cancellationToken) switch
        {
            (null, { } problem) => TypedResults.Ok(new WorkflowProblems([problem])),
            ({ } definition, _) => TypedResults.Ok(new WorkflowProblems(checks.BeforePublish(definition, catalog.Current))),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static async Task<Results<Ok<WorkflowImported>, ProblemHttpResult>> ImportAsync(
        HttpRequest request, DefinitionService definitions, CancellationToken cancellationToken)
    {
        var (read, unreadable) = await ReadAsync(request, cancellationToken);
        if (read is null)
        {
            return Problems.Invalid("body", null, unreadable ?? "The file cannot be read.", "Export it from Elsa Studio again, or correct it at the place that is named.");
        }

        var definition = read.DefinitionId.Length == 0 ? read with { DefinitionId = definitions.NewId() } : read;
        return await definitions.SaveAsync(definition, publish: true, cancellationToken) switch
        {
            DefinitionChange.Done done => TypedResults.Ok(new WorkflowImported(done.Definition.DefinitionId, done.Definition.Name, true, [])),
            DefinitionChange.Invalid invalid => await definitions.SaveAsync(definition, publish: false, cancellationToken) is DefinitionChange.Done draft
                ? TypedResults.Ok(new WorkflowImported(draft.Definition.DefinitionId, draft.Definition.Name, false, invalid.Problems))
                : Rejected(invalid),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PublishAsync(string id, DefinitionService definitions, CancellationToken cancellationToken) =>
        await definitions.PublishAsync(id, cancellationToken) switch
        {
            DefinitionChange.Done => TypedResults.NoContent(),
            DefinitionChange.Invalid invalid => Rejected(invalid),
            _ => Missing(id),
        };

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(string id, DefinitionService definitions, CancellationToken cancellationToken) =>
        await definitions.DeleteAsync(id, cancellationToken) > 0 ? TypedResults.NoContent() : Missing(id);

    private static async Task<(WorkflowDefinition? Definition, string? Problem)> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        try
        {
            return (WorkflowJson.Read(body.GetBuffer().AsMemory(0, (int)body.Length)), null);
        }
        catch (Exception error) when (error is WorkflowJsonException or JsonException)
        {
            return (null, error.Message);
        }
    }

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("workflow", id, "GET /api/workflows lists them.");

    private static ProblemHttpResult Rejected(DefinitionChange.Invalid invalid) =>
        Problems.Invalid([.. invalid.Problems.Select(problem => new Fault("workflow", null, problem, "Open it in Studio and correct it there."))]);
}

/// <summary>Checks a run's input against what the workflow declares.</summary>
internal static class WorkflowInputs
{
    public static IEnumerable<Fault> Faults(WorkflowDefinition definition, JsonObject input)
    {
        foreach (var declared in definition.Inputs.Where(declared => IsRequired(declared) && input[declared.Name] is null))
        {
            yield return new Fault($"input.{declared.Name}", null, $"The input '{declared.Name}' is required.", "Give it a value.");
        }
    }

    public static bool IsRequired(InputDefinition input) =>
        input.Extra.TryGetValue("isRequired", out var required) && required.ValueKind == JsonValueKind.True;
}

internal sealed record WorkflowInfo
{
    public required string DefinitionId { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public required int Version { get; init; }

    public required bool IsPublished { get; init; }

    [Description("The version that triggers start; null when none is published.")]
    public int? PublishedVersion { get; init; }

    public required bool IsReadonly { get; init; }

    [Description("What starts it, in words.")]
    public required IReadOnlyList<string> Triggers { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public static WorkflowInfo Of(DefinitionSummary summary, DefinitionSnapshot published) => new()
    {
        DefinitionId = summary.DefinitionId,
        Name = summary.Name,
        Description = summary.Description,
        Version = summary.Version,
        IsPublished = summary.IsPublished,
        PublishedVersion = published.Published.GetValueOrDefault(summary.DefinitionId)?.Version,
        IsReadonly = summary.IsReadonly,
        Triggers = [.. published.Triggers.Where(trigger => trigger.DefinitionId == summary.DefinitionId).Select(InWords)],
        CreatedAt = summary.CreatedAt,
    };

    internal static string InWords(WorkflowTrigger trigger) => trigger.Name switch
    {
        "Elsa.HttpEndpoint" => $"{trigger.Payload["method"]?.ToString().ToUpperInvariant()} /workflows/{trigger.Payload["path"]}",
        "Elsa.Cron" => $"cron {trigger.Payload["cronExpression"]}",
        "Elsa.Timer" => $"every {trigger.Payload["interval"]}",
        "Elsa.StartAt" => $"at {trigger.Payload["dateTime"]}",
        "Elsa.Event" => $"event {trigger.Payload["eventName"]}",
        Incidents.IncidentHerald.Trigger => trigger.Payload["kinds"] is { } kinds && kinds.ToString().Length > 0 ? $"incident {kinds}" : "every incident",
        _ => trigger.Name.Split('.')[^1],
    };
}

internal sealed record WorkflowInput
{
    public required string Name { get; init; }

    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    [Description("string, number, boolean or json")]
    public required string Kind { get; init; }

    public required bool Required { get; init; }

    public JsonElement? Default { get; init; }

    public static WorkflowInput Of(InputDefinition input) => new()
    {
        Name = input.Name,
        DisplayName = input.DisplayName,
        Description = input.Description,
        Kind = input.IsArray ? "json" : KindOf(input.Type),
        Required = WorkflowInputs.IsRequired(input),
        Default = input.Extra.TryGetValue("defaultValue", out var value) && value.ValueKind != JsonValueKind.Null ? value : null,
    };

    private static string KindOf(string? type) => type?.Split(',')[0].Split('.')[^1] switch
    {
        null or "String" or "Uri" or "Guid" or "DateTime" or "DateTimeOffset" or "TimeSpan" or "DateOnly" or "TimeOnly" => "string",
        "Int16" or "Int32" or "Int64" or "Single" or "Double" or "Decimal" or "Byte" => "number",
        "Boolean" => "boolean",
        _ => "json",
    };
}

internal sealed record WorkflowDetail
{
    public required string DefinitionId { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public required int Version { get; init; }

    public required bool IsPublished { get; init; }

    public int? PublishedVersion { get; init; }

    public required bool IsReadonly { get; init; }

    [Description("The file of the workflows folder it came from, if it did.")]
    public string? SourceFile { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public required IReadOnlyList<WorkflowInput> Inputs { get; init; }

    public required IReadOnlyList<string> Triggers { get; init; }

    [Description("What keeps it from being published; empty when nothing does.")]
    public required IReadOnlyList<string> Problems { get; init; }

    [Description("What is probably not as it was meant.")]
    public required IReadOnlyList<string> Warnings { get; init; }

    public static WorkflowDetail Of(StoredDefinition stored, DefinitionSnapshot published, IReadOnlyList<DefinitionProblem> problems) => new()
    {
        DefinitionId = stored.DefinitionId,
        Name = stored.Name,
        Description = stored.Definition.Description,
        Version = stored.Version,
        IsPublished = stored.IsPublished,
        PublishedVersion = published.Published.GetValueOrDefault(stored.DefinitionId)?.Version,
        IsReadonly = stored.IsReadonly,
        SourceFile = stored.SourceFile is null ? null : Path.GetFileName(stored.SourceFile),
        UpdatedAt = stored.UpdatedAt,
        Inputs = [.. stored.Definition.Inputs.Select(WorkflowInput.Of)],
        Triggers = [.. published.Triggers.Where(trigger => trigger.DefinitionId == stored.DefinitionId).Select(WorkflowInfo.InWords)],
        Problems = [.. problems.Where(problem => problem.Severity == ProblemSeverity.Error).Select(DefinitionChecks.InWords)],
        Warnings = [.. problems.Where(problem => problem.Severity == ProblemSeverity.Warning).Select(DefinitionChecks.InWords)],
    };
}

internal sealed record RunWorkflowRequest
{
    [Description("By the names of the workflow's inputs.")]
    public JsonObject? Input { get; init; }

    [Description("Goes the same way and stops before anything is changed.")]
    public bool DryRun { get; init; }

    public string? CorrelationId { get; init; }
}

internal sealed record RunStarted(string RunId);

/// <param name="Severity">Error keeps it from being published; Warning does not.</param>
/// <param name="Activity">Null where the workflow itself is meant.</param>
internal sealed record WorkflowProblem(string Severity, string? Activity, string? Field, string Message)
{
    public static WorkflowProblem Of(DefinitionProblem problem) => new(problem.Severity.ToString(), problem.ActivityId, problem.Field, problem.Message);
}

/// <param name="File">Within the workflows folder.</param>
internal sealed record WorkflowFileProblem(string File, string Message, DateTimeOffset At);

internal sealed record WorkflowProblems(IReadOnlyList<string> Problems);

/// <summary>What became of a file: stored as a draft when it has problems.</summary>
internal sealed record WorkflowImported(string DefinitionId, string? Name, bool Published, IReadOnlyList<string> Problems);
