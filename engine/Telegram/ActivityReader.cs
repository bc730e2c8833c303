using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Connections;
using Homelab.Engine.Gate;

namespace Homelab.Engine.Telegram;

/// <summary>Looks by the activities that read, with the door shut: whatever the activity is, nothing is changed by looking.</summary>
internal sealed class ActivityReader(ActivityCatalog catalog, EffectDoor door, ConnectionHealth connections, TimeProvider time, ILogger<ActivityReader> logger)
{
    public IReadOnlyList<string> Connections(string tool) => [.. connections.List().Where(state => state.Tool == tool).Select(state => state.Name)];

    public async Task<(JsonNode? Output, string? Problem)> ReadAsync(string activity, string connection, CancellationToken cancellationToken)
    {
        if (!catalog.TryFind(activity, out var invoker))
            return (null, $"{activity} is not known here");
        var context = new ActivityContext { RunId = "telegram", StepId = activity, IdempotencyKey = $"telegram/{activity}", DryRun = true, Time = time, Logger = logger };
        try
        {
            return (await door.ExecuteAsync(invoker, JsonSerializer.SerializeToElement(new JsonObject { ["connection"] = connection }), context, cancellationToken), null);
        }
        catch (ActivityException exception)
        {
            return (null, exception.Message);
        }
    }

    public static IReadOnlyList<JsonObject> Items(JsonNode? output, string field) => [.. (output?[field] as JsonArray ?? []).OfType<JsonObject>()];

    public static string Text(JsonNode? owner, string name) => owner?[name] is JsonValue value ? value.ToString() : "";
}
