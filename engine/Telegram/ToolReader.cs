using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Connections;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Telegram;

/// <summary>What the tools answer, for people: an output, or why there is none.</summary>
internal sealed class ToolReader(Reading reading, ConnectionHealth connections)
{
    public IReadOnlyList<string> Connections(string tool) => [.. connections.List().Where(state => state.Tool == tool).Select(state => state.Name)];

    public async Task<(JsonNode? Output, string? Problem)> ReadAsync(string activity, string connection, CancellationToken cancellationToken)
    {
        try
        {
            return (await reading.PerformAsync(activity, new JsonObject { ["connection"] = connection }, cancellationToken), null);
        }
        catch (ActivityException exception)
        {
            return (null, exception.Message);
        }
    }

    public static IReadOnlyList<JsonObject> Items(JsonNode? output, string field) => [.. (output?[field] as JsonArray ?? []).OfType<JsonObject>()];

    public static string Text(JsonNode? owner, string name) => owner?[name] is JsonValue value ? value.ToString() : "";
}
