using Homelab.Engine.Definitions;

namespace Homelab.Engine.Api.Elsa.Definitions;

/// <summary>Several definitions at once. Each is its own change: one that fails does not undo the others, and the answer says which.</summary>
internal static class WorkflowDefinitionBulkApi
{
    public static void Map(RouteGroupBuilder edit)
    {
        edit.MapPost("/bulk-actions/delete/workflow-definitions/by-definition-id", DeleteAsync);
        edit.MapPost("/bulk-actions/delete/workflow-definitions/by-id", DeleteVersionsAsync);
        edit.MapPost("/bulk-actions/publish/workflow-definitions/by-definition-ids", PublishAsync);
        edit.MapPost("/bulk-actions/retract/workflow-definitions/by-definition-ids", RetractAsync);
    }

    private static async Task<IResult> DeleteAsync(DefinitionIds request, DefinitionService definitions, CancellationToken token)
    {
        var deleted = 0;
        foreach (var id in request.Distinct())
            deleted += await definitions.DeleteAsync(id, token);
        return ElsaAnswers.Ok(new { DeletedCount = deleted, Deleted = deleted });
    }

    private static async Task<IResult> DeleteVersionsAsync(Ids request, DefinitionService definitions, CancellationToken token)
    {
        var deleted = 0;
        foreach (var id in request.Distinct())
            deleted += await definitions.DeleteVersionAsync(id, token);
        return ElsaAnswers.Ok(new { DeletedCount = deleted, Deleted = deleted });
    }

    private static async Task<IResult> PublishAsync(DefinitionIds request, DefinitionService definitions, CancellationToken token)
    {
        List<string> published = [], already = [], notFound = [], consumers = [], failed = [];
        var warnings = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var id in request.Distinct())
        {
            switch (await definitions.PublishAsync(id, token))
            {
                case DefinitionChange.Done { AlreadyPublished: true }:
                    already.Add(id);
                    break;
                case DefinitionChange.Done done:
                    published.Add(id);
                    consumers.AddRange(done.Consumers ?? []);
                    break;
                case DefinitionChange.Invalid invalid:
                    failed.Add(id);
                    warnings[id] = invalid.Problems;
                    break;
                default:
                    notFound.Add(id);
                    break;
            }
        }

        return ElsaAnswers.Ok(new { Published = published, AlreadyPublished = already, NotFound = notFound, Skipped = Array.Empty<string>(), UpdatedConsumers = consumers, Failed = failed, Warnings = warnings });
    }

    private static async Task<IResult> RetractAsync(DefinitionIds request, DefinitionService definitions, CancellationToken token)
    {
        List<string> retracted = [], already = [], notFound = [];
        foreach (var id in request.Distinct())
            (await definitions.RetractAsync(id, token) switch { DefinitionChange.Done => retracted, DefinitionChange.Invalid => already, _ => notFound }).Add(id);
        return ElsaAnswers.Ok(new { Retracted = retracted, AlreadyRetracted = already, NotFound = notFound, Skipped = Array.Empty<string>() });
    }
}

internal sealed record DefinitionIds(IReadOnlyList<string>? Ids = null, [property: System.Text.Json.Serialization.JsonPropertyName("definitionIds")] IReadOnlyList<string>? Named = null)
{
    public IEnumerable<string> Distinct() => (Named ?? Ids ?? []).Distinct();
}

internal sealed record Ids([property: System.Text.Json.Serialization.JsonPropertyName("ids")] IReadOnlyList<string>? List = null)
{
    public IEnumerable<string> Distinct() => (List ?? []).Distinct();
}
