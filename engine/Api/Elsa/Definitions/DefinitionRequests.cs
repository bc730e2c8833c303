using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Api.Elsa.Definitions;

internal static class DefinitionRequests
{
    /// <summary>The definition in a request; one without a definition id is new, one without a root gets an empty flowchart.</summary>
    public static WorkflowDefinition Read(JsonElement model, string newId)
    {
        var json = JsonSerializer.SerializeToNode(model)!.AsObject();
        if (string.IsNullOrWhiteSpace(Text(json, "definitionId")))
        {
            json["definitionId"] = newId;
            json["id"] = null;
        }

        // Ours to say, not part of the definition.
        json.Remove("links");
        json["root"] ??= new JsonObject
        {
            ["id"] = "Flowchart1", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["name"] = "Flowchart1", ["activities"] = new JsonArray(), ["connections"] = new JsonArray(),
        };
        return WorkflowJson.Read(JsonSerializer.SerializeToElement(json));
    }

    /// <summary>Leaves out what is null, as Elsa does.</summary>
    public static JsonObject WithoutNulls(this JsonObject json)
    {
        foreach (var name in json.Where(property => property.Value is null).Select(property => property.Key).ToArray())
            json.Remove(name);
        return json;
    }

    private static string? Text(JsonObject json, string name) => json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
