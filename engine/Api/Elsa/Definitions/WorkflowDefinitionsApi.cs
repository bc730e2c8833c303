using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Definitions;

namespace Homelab.Engine.Api.Elsa.Definitions;

/// <summary>Definitions one by one: read, save, publish, revert, delete.</summary>
internal static class WorkflowDefinitionsApi
{
    public static void Map(RouteGroupBuilder read, RouteGroupBuilder edit)
    {
        read.MapGet("/workflow-definitions", ListAsync);
        read.MapGet("/workflow-definitions/query/count", async Task<IResult> (DefinitionService definitions, CancellationToken token) => ElsaAnswers.Ok(new { Count = await definitions.CountAsync(token) }));
        read.MapGet("/workflow-definitions/many-by-id", ManyAsync);
        read.MapGet("/workflow-definitions/validation/is-name-unique", IsNameUniqueAsync);
        read.MapGet("/workflow-definitions/{definitionId}", ByDefinitionIdAsync);
        read.MapGet("/workflow-definitions/by-definition-id/{definitionId}", ByDefinitionIdAsync);
        read.MapGet("/workflow-definitions/by-id/{id}", ByIdAsync);
        read.MapGet("/workflow-definitions/{definitionId}/versions", VersionsAsync);
        read.MapGet("/workflow-definitions/{definitionId}/consumers", ConsumersAsync);
        edit.MapPost("/workflow-definitions", SaveAsync);
        edit.MapPost("/workflow-definitions/{definitionId}/publish", PublishAsync);
        edit.MapPost("/workflow-definitions/{definitionId}/retract", RetractAsync);
        edit.MapPost("/workflow-definitions/{definitionId}/revert/{version:int}", RevertAsync);
        edit.MapPost("/workflow-definitions/{definitionId}/update-references", UpdateReferencesAsync);
        edit.MapDelete("/workflow-definitions/{definitionId}", async (string definitionId, DefinitionService definitions, CancellationToken token) => Deleted(await definitions.DeleteAsync(definitionId, token)));
        edit.MapDelete("/workflow-definition-versions/{id}", async (string id, DefinitionService definitions, CancellationToken token) => Deleted(await definitions.DeleteVersionAsync(id, token)));
        edit.MapDelete("/workflow-definitions/{definitionId}/version/{version:int}", DeleteVersionAsync);
        edit.MapPost("/actions/workflow-definitions/refresh", RefreshAsync);
        edit.MapPost("/actions/workflow-definitions/reload", ReloadAsync);
    }

    private static async Task<IResult> ListAsync(HttpRequest request, DefinitionService definitions, ElsaAccess access, CancellationToken token)
    {
        var query = request.Query;
        if (VersionOptions.Parse(query["versionOptions"], VersionOptions.All) is not { } versions)
            return ElsaAnswers.Problem($"'{query["versionOptions"]}' is no version. Use Latest, Published, LatestOrPublished, LatestAndPublished, Draft, All or a number.");
        // Studio asks for the published versions of no definitions at all with an empty definitionIds: that is everything in Elsa, and is here.
        var page = await definitions.ListAsync(
            new DefinitionQuery
            {
                Versions = versions,
                SearchTerm = query["searchTerm"],
                DefinitionIds = [.. query["definitionIds"].SelectMany(ids => ids?.Split(',') ?? []).Where(id => id.Length > 0)],
                IsSystem = Flag(query["isSystem"]),
                IsReadonly = Flag(query["isReadonly"]),
                Order = Enum.TryParse<DefinitionOrder>(query["orderBy"], true, out var order) ? order : DefinitionOrder.Created,
                Descending = ((string?)query["orderDirection"])?.StartsWith("desc", StringComparison.OrdinalIgnoreCase) ?? false,
                Page = Math.Max(0, Number(query["page"]) ?? 0),
                PageSize = Math.Clamp(Number(query["pageSize"]) ?? 1000, 1, 1000),
            },
            token);
        var mayEdit = await access.MayEditAsync(request.HttpContext);
        return ElsaAnswers.Ok(new JsonObject
        {
            ["items"] = new JsonArray([.. page.Items.Select(item => DefinitionAnswers.Summary(item, mayEdit).WithoutNulls())]),
            ["totalCount"] = page.TotalCount,
            ["links"] = DefinitionAnswers.ListLinks(mayEdit),
        });
    }

    private static async Task<IResult> ManyAsync(HttpRequest request, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token)
    {
        var mayEdit = await access.MayEditAsync(request.HttpContext);
        List<JsonObject> found = [];
        foreach (var id in request.Query["ids"].SelectMany(ids => ids?.Split(',') ?? []).Distinct().Take(1000))
            if (await definitions.FindVersionAsync(id, token) is { } stored)
                found.Add(answers.Linked(stored, mayEdit));
        return ElsaAnswers.List(found);
    }

    private static async Task<IResult> IsNameUniqueAsync(string name, string? definitionId, DefinitionService definitions, CancellationToken token) =>
        ElsaAnswers.Ok(new { IsUnique = await definitions.IsNameUniqueAsync(name, definitionId, token) });

    private static async Task<IResult> ByDefinitionIdAsync(string definitionId, string? versionOptions, HttpContext http, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token)
    {
        if (VersionOptions.Parse(versionOptions, VersionOptions.Latest) is not { } versions)
            return ElsaAnswers.Problem($"'{versionOptions}' is no version. Use Latest, Published, LatestOrPublished, LatestAndPublished, Draft, All or a number.");
        return await definitions.FindAsync(definitionId, versions, token) is { } stored
            ? ElsaAnswers.Ok(answers.Linked(stored, await access.MayEditAsync(http)))
            : TypedResults.NotFound();
    }

    private static async Task<IResult> ByIdAsync(string id, HttpContext http, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token) =>
        await definitions.FindVersionAsync(id, token) is { } stored ? ElsaAnswers.Ok(answers.Linked(stored, await access.MayEditAsync(http))) : TypedResults.NotFound();

    private static async Task<IResult> VersionsAsync(string definitionId, DefinitionService definitions, DefinitionAnswers answers, CancellationToken token) =>
        ElsaAnswers.Ok((await definitions.VersionsAsync(definitionId, token)).Select(stored => answers.Version(stored).WithoutNulls()));

    private static async Task<IResult> ConsumersAsync(string definitionId, DefinitionService definitions, CancellationToken token) =>
        await definitions.FindAsync(definitionId, VersionOptions.Latest, token) is null
            ? TypedResults.NotFound()
            : ElsaAnswers.Ok(new { ConsumingWorkflowDefinitionIds = (await definitions.ConsumersAsync(definitionId, token)).Select(consumer => consumer.DefinitionId) });

    private static async Task<IResult> SaveAsync(JsonElement body, HttpContext http, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("model", out var model) || model.ValueKind != JsonValueKind.Object)
            return ElsaAnswers.Problem("The body has no 'model'. Send { \"model\": { ... the definition ... }, \"publish\": true or false }.");
        var publish = body.TryGetProperty("publish", out var flag) && flag.ValueKind == JsonValueKind.True;
        var change = await definitions.SaveAsync(DefinitionRequests.Read(model, definitions.NewId()), publish, token);
        return await SavedAsync(change, http, definitions, access, answers, token);
    }

    private static async Task<IResult> PublishAsync(string definitionId, HttpContext http, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token) =>
        await SavedAsync(await definitions.PublishAsync(definitionId, token), http, definitions, access, answers, token);

    private static async Task<IResult> SavedAsync(DefinitionChange change, HttpContext http, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token)
    {
        var mayEdit = await access.MayEditAsync(http);
        // Studio asks whether to update the consumers when there are any that were not updated already.
        var consumers = change is DefinitionChange.Done { Definition.IsPublished: true } saved && saved.Consumers is null or { Count: 0 }
            ? (await definitions.ConsumersAsync(((DefinitionChange.Done)change).Definition.DefinitionId, token)).Count
            : 0;
        return ElsaAnswers.Of(change, done => ElsaAnswers.Ok(new JsonObject
        {
            ["workflowDefinition"] = answers.Linked(done.Definition, mayEdit),
            ["alreadyPublished"] = done.AlreadyPublished,
            ["consumingWorkflowCount"] = consumers,
        }));
    }

    private static async Task<IResult> RetractAsync(string definitionId, HttpContext http, DefinitionService definitions, ElsaAccess access, DefinitionAnswers answers, CancellationToken token)
    {
        var change = await definitions.RetractAsync(definitionId, token);
        var mayEdit = await access.MayEditAsync(http);
        return ElsaAnswers.Of(change, done => ElsaAnswers.Ok(answers.Linked(done.Definition, mayEdit)));
    }

    private static async Task<IResult> RevertAsync(string definitionId, int version, DefinitionService definitions, CancellationToken token) =>
        ElsaAnswers.Of(await definitions.RevertAsync(definitionId, version, token), done => ElsaAnswers.Ok(DefinitionAnswers.Bare(done.Definition).WithoutNulls(), StatusCodes.Status201Created));

    private static async Task<IResult> UpdateReferencesAsync(string definitionId, DefinitionService definitions, CancellationToken token) =>
        await definitions.FindAsync(definitionId, VersionOptions.Latest, token) is null
            ? TypedResults.NotFound()
            : ElsaAnswers.Ok(new { AffectedWorkflows = await definitions.UpdateReferencesAsync(definitionId, token) });

    private static async Task<IResult> DeleteVersionAsync(string definitionId, int version, DefinitionService definitions, CancellationToken token) =>
        await definitions.FindAsync(definitionId, VersionOptions.Specific(version), token) is { } stored ? Deleted(await definitions.DeleteVersionAsync(stored.Id, token)) : TypedResults.NotFound();

    private static async Task<IResult> RefreshAsync(DefinitionCatalog catalog, CancellationToken token)
    {
        await catalog.RefreshAsync(token);
        return ElsaAnswers.Ok(new { Count = catalog.Current.Published.Count });
    }

    /// <summary>Looks at the workflows folder again.</summary>
    private static async Task<IResult> ReloadAsync(DefinitionFolder folder, CancellationToken token)
    {
        await folder.ScanAsync(token);
        return TypedResults.Ok();
    }

    private static IResult Deleted(int count) => count > 0 ? TypedResults.NoContent() : TypedResults.NotFound();

    private static bool? Flag(string? text) => bool.TryParse(text, out var flag) ? flag : null;

    private static int? Number(string? text) => int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}
