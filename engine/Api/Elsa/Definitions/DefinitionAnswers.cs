using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Definitions;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Api.Elsa.Definitions;

/// <summary>Definitions as Studio reads them: the model, its node ids, and links that say what may be done with it (none of rel "publish": read-only).</summary>
internal sealed class DefinitionAnswers(DefinitionCatalog catalog, DefinitionTypes types)
{
    public JsonObject Linked(StoredDefinition stored, bool mayEdit)
    {
        var answer = new JsonObject { ["links"] = Links(stored.DefinitionId, mayEdit && !stored.IsReadonly) };
        foreach (var (name, value) in Model(stored.Definition))
            if (name != "$schema")
                answer[name] = value?.DeepClone();
        return answer;
    }

    public static JsonObject Summary(DefinitionSummary summary, bool mayEdit) => new()
    {
        ["links"] = Links(summary.DefinitionId, mayEdit && !summary.IsReadonly),
        ["isMaterializerAvailable"] = true,
        ["id"] = summary.Id,
        ["definitionId"] = summary.DefinitionId,
        ["name"] = summary.Name,
        ["description"] = summary.Description,
        ["version"] = summary.Version,
        ["toolVersion"] = summary.ToolVersion,
        ["isLatest"] = summary.IsLatest,
        ["isPublished"] = summary.IsPublished,
        ["materializerName"] = "Json",
        ["createdAt"] = summary.CreatedAt,
        ["isReadonly"] = summary.IsReadonly,
    };

    /// <summary>What <c>revert</c> answers: a summary without links.</summary>
    public static JsonObject Bare(StoredDefinition stored) => new()
    {
        ["id"] = stored.Id,
        ["definitionId"] = stored.DefinitionId,
        ["name"] = stored.Name,
        ["description"] = stored.Definition.Description,
        ["version"] = stored.Version,
        ["toolVersion"] = stored.Definition.ToolVersion,
        ["isLatest"] = stored.IsLatest,
        ["isPublished"] = stored.IsPublished,
        ["materializerName"] = "Json",
        ["createdAt"] = stored.CreatedAt,
        ["isReadonly"] = stored.IsReadonly,
    };

    /// <summary>What <c>versions</c> answers for each: the stored form, with the activities as text.</summary>
    public JsonObject Version(StoredDefinition stored)
    {
        var model = Model(stored.Definition);
        return new JsonObject
        {
            ["definitionId"] = stored.DefinitionId,
            ["name"] = stored.Name,
            ["description"] = stored.Definition.Description,
            ["options"] = model["options"]?.DeepClone(),
            ["variables"] = model["variables"]?.DeepClone(),
            ["inputs"] = model["inputs"]?.DeepClone(),
            ["outputs"] = model["outputs"]?.DeepClone(),
            ["outcomes"] = model["outcomes"]?.DeepClone(),
            ["customProperties"] = model["customProperties"]?.DeepClone() ?? new JsonObject(),
            ["materializerName"] = "Json",
            ["stringData"] = model["root"]?.ToJsonString(ElsaJson.Options),
            ["isReadonly"] = stored.IsReadonly,
            ["isSystem"] = stored.Definition.IsSystem,
            ["createdAt"] = stored.CreatedAt,
            ["version"] = stored.Version,
            ["toolVersion"] = stored.Definition.ToolVersion,
            ["isLatest"] = stored.IsLatest,
            ["isPublished"] = stored.IsPublished,
            ["id"] = stored.Id,
        };
    }

    public JsonObject Model(WorkflowDefinition definition) => JsonSerializer.SerializeToNode(WorkflowJson.ToElement(Shown(definition)))!.AsObject();

    /// <summary>As Elsa's own server writes it: with node ids, and with placeholders for what is not installed here.</summary>
    public WorkflowDefinition Shown(WorkflowDefinition definition) => definition with { Root = types.WithPlaceholders(NodeIds.Assign(definition, catalog.Current), catalog.Current) };

    public static JsonArray ListLinks(bool mayEdit)
    {
        JsonArray links =
        [
            Link("/workflow-definitions", "self", "GET"), Link("/workflow-definitions/validation/is-name-unique", "is-name-unique", "GET"),
            Link("/workflow-definitions/query/count", "count", "GET"), Link("/workflow-definitions/many-by-id", "many-by-id", "GET"),
        ];
        if (!mayEdit)
            return links;
        links.Add(Link("/bulk-actions/delete/workflow-definitions/by-definition-id", "bulk-delete-by-definition-id", "POST"));
        links.Add(Link("/bulk-actions/delete/workflow-definitions/by-id", "bulk-delete-by-id", "POST"));
        links.Add(Link("/bulk-actions/publish/workflow-definitions/by-definition-ids", "bulk-publish", "POST"));
        links.Add(Link("/bulk-actions/retract/workflow-definitions/by-definition-ids", "bulk-retract", "POST"));
        links.Add(Link("/workflow-definitions/import", "import", "POST"));
        links.Add(Link("/workflow-definitions/import-files", "import-files", "POST"));
        links.Add(Link("/workflow-definitions", "create", "POST"));
        return links;
    }

    private static JsonArray Links(string definitionId, bool mayEdit)
    {
        var one = $"/workflow-definitions/{definitionId}";
        JsonArray links =
        [
            Link(one, "self", "GET"), Link($"/workflow-definitions/by-definition-id/{definitionId}", "self", "GET"), Link($"{one}/versions", "versions", "GET"),
            Link($"{one}/export", "export", "GET"), Link($"{one}/execute", "execute", "POST"), Link($"{one}/dispatch", "dispatch", "POST"), Link($"{one}/bulk-dispatch", "bulk-dispatch", "POST"),
        ];
        if (!mayEdit)
            return links;
        links.Add(Link($"{one}/publish", "publish", "POST"));
        links.Add(Link($"{one}/retract", "retract", "POST"));
        links.Add(Link($"{one}/update-references", "update-references", "POST"));
        links.Add(Link($"{one}/import", "import", "PUT"));
        links.Add(Link(one, "delete", "DELETE"));
        return links;
    }

    private static JsonObject Link(string href, string rel, string method) => new() { ["href"] = href, ["rel"] = rel, ["method"] = method };
}
