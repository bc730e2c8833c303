using System.Text.Json;
using Homelab.Engine.Definitions;
using Homelab.Workflows.Definitions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api.Elsa.Definitions;

/// <summary>Definitions as files: import and export, one as JSON and many as a ZIP.</summary>
internal static class WorkflowDefinitionFilesApi
{
    public static void Map(RouteGroupBuilder read, RouteGroupBuilder edit)
    {
        read.MapMethods("/workflow-definitions/{definitionId}/export", ["GET", "POST"], ExportAsync);
        read.MapGet("/bulk-actions/export/workflow-definitions", ExportManyGetAsync);
        read.MapPost("/bulk-actions/export/workflow-definitions", ExportManyAsync);
        edit.MapMethods("/workflow-definitions/import", ["POST", "PUT"], ImportAsync);
        edit.MapMethods("/workflow-definitions/{definitionId}/import", ["POST", "PUT"], ImportOverAsync);
        edit.MapPost("/workflow-definitions/import-files", ImportFilesAsync).DisableAntiforgery();
    }

    private static async Task<IResult> ExportAsync(string definitionId, string? versionOptions, bool? includeConsumingWorkflows, DefinitionService definitions, DefinitionAnswers answers, CancellationToken token)
    {
        if (VersionOptions.Parse(versionOptions, VersionOptions.Latest) is not { } versions)
            return ElsaAnswers.Problem($"'{versionOptions}' is no version. Use Latest, Published or a number.");
        if (await definitions.FindAsync(definitionId, versions, token) is not { } stored)
            return TypedResults.NotFound();
        if (includeConsumingWorkflows == true && await definitions.ConsumersAsync(definitionId, token) is { Count: > 0 } consumers)
            return Zip([stored, .. consumers], answers);
        return TypedResults.File(WorkflowJson.WriteUtf8(answers.Shown(stored.Definition), indented: true), "application/json", DefinitionArchive.FileName(stored.Definition));
    }

    private static Task<IResult> ExportManyGetAsync(HttpRequest request, DefinitionService definitions, DefinitionAnswers answers, CancellationToken token) =>
        ExportManyAsync(new ExportMany([.. request.Query["ids"].SelectMany(ids => ids?.Split(',') ?? [])]), definitions, answers, token);

    private static async Task<IResult> ExportManyAsync(ExportMany request, DefinitionService definitions, DefinitionAnswers answers, CancellationToken token)
    {
        Dictionary<string, StoredDefinition> found = [];
        foreach (var id in (request.Ids ?? []).Distinct().Take(1000))
        {
            if (await definitions.FindVersionAsync(id, token) is not { } stored)
                continue;
            found.TryAdd(stored.Id, stored);
            if (request.IncludeConsumingWorkflows)
                foreach (var consumer in await definitions.ConsumersAsync(stored.DefinitionId, token))
                    found.TryAdd(consumer.Id, consumer);
        }

        return found.Count == 0 ? TypedResults.NotFound() : Zip(found.Values, answers);
    }

    private static async Task<IResult> ImportAsync(JsonElement model, bool? publish, HttpContext http, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token) =>
        await ImportedAsync(await definitions.SaveAsync(DefinitionRequests.Read(model, definitions.NewId()), publish ?? false, token), http, access, answers);

    private static async Task<IResult> ImportOverAsync(string definitionId, JsonElement model, HttpContext http, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token) =>
        await ImportedAsync(await definitions.SaveAsync(DefinitionRequests.Read(model, definitions.NewId()) with { DefinitionId = definitionId }, publish: false, token), http, access, answers);

    private static async Task<IResult> ImportedAsync(DefinitionChange change, HttpContext http, ElsaAccess access, DefinitionAnswers answers)
    {
        var mayEdit = await access.MayEditAsync(http);
        return ElsaAnswers.Of(change, done => ElsaAnswers.Ok(answers.Linked(done.Definition, mayEdit)));
    }

    /// <summary>Takes what can be taken as drafts; the answer counts them and names every file that could not.</summary>
    private static async Task<IResult> ImportFilesAsync(HttpRequest request, DefinitionService definitions, CancellationToken token)
    {
        if (!request.HasFormContentType)
            return ElsaAnswers.Problem("No file was sent. Send JSON or ZIP files as multipart/form-data.");
        var count = 0;
        List<string> problems = [];
        foreach (var file in (await request.ReadFormAsync(token)).Files)
        {
            await using var content = file.OpenReadStream();
            var (found, unreadable) = await DefinitionArchive.UnpackAsync(file.FileName, content, token);
            problems.AddRange(unreadable);
            foreach (var definition in found)
            {
                if (await definitions.SaveAsync(definition, publish: false, token) is DefinitionChange.Invalid invalid)
                    problems.AddRange(invalid.Problems.Select(problem => $"{file.FileName}: {problem}"));
                else
                    count++;
            }
        }

        return problems.Count > 0 && count == 0 ? ElsaAnswers.Problem(problems) : ElsaAnswers.Ok(new { Count = count, Problems = problems.Count == 0 ? null : problems });
    }

    private static FileContentHttpResult Zip(IEnumerable<StoredDefinition> definitions, DefinitionAnswers answers) =>
        TypedResults.File(DefinitionArchive.Pack(definitions.Select(stored => answers.Shown(stored.Definition))), "application/zip", "workflow-definitions.zip");

    internal sealed record ExportMany(IReadOnlyList<string>? Ids, bool IncludeConsumingWorkflows = false);
}
