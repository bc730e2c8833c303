using System.Text.Json.Nodes;
using Homelab.Engine.Definitions;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Api.Elsa.Instances;

/// <summary>A run's workflow variables with their values.</summary>
internal static class RunVariables
{
    public static async Task<IReadOnlyList<JsonObject>> OfAsync(RunState state, DefinitionCatalog definitions, CancellationToken cancellationToken)
    {
        if (await definitions.FindVersionAsync(state.DefinitionVersionId, cancellationToken) is not { } stored)
            return [];
        var values = Values(state);
        return
        [
            .. stored.Definition.Variables.Select(variable => new JsonObject
            {
                ["id"] = variable.Id, ["name"] = variable.Name, ["value"] = values.TryGetValue(variable.Id, out var value) ? value?.DeepClone() : null,
            }),
        ];
    }

    public static bool Has(RunState state, string id) => Values(state).ContainsKey(id);

    /// <summary>Inner scopes last, so that the workflow's own value stands when an id occurs twice.</summary>
    private static Dictionary<string, JsonNode?> Values(RunState state)
    {
        Dictionary<string, JsonNode?> values = [];
        foreach (var frame in state.Frames)
            foreach (var (id, value) in frame.Variables ?? [])
                values.TryAdd(id, value);
        return values;
    }
}
