using System.Globalization;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

/// <summary>What the engine says of one container. Podman leaves some fields out, so all are read with care.</summary>
internal sealed class Container(JsonObject json)
{
    public JsonObject Json => json;

    public string Id => Field(json, "Id")?.GetValue<string>() ?? "";

    public string Name => (Field(json, "Name")?.GetValue<string>() ?? "").TrimStart('/');

    /// <summary>The image as it was asked for.</summary>
    public string Image => Field(Config, "Image")?.GetValue<string>() ?? "";

    public string ImageId => Field(json, "Image")?.GetValue<string>() ?? "";

    public JsonObject Config => Field(json, "Config") as JsonObject ?? [];

    /// <summary>Each as NAME=value; it can hold secrets.</summary>
    public IEnumerable<string> Environment => (Field(Config, "Env") as JsonArray ?? []).Select(variable => $"{variable}");

    public JsonObject HostConfig => Field(json, "HostConfig") as JsonObject ?? [];

    public JsonObject State => Field(json, "State") as JsonObject ?? [];

    /// <summary>created, running, paused, restarting, exited, dead. In a restart loop it can read running: see <see cref="Restarts"/>.</summary>
    public string Status => Field(State, "Status")?.GetValue<string>() ?? "";

    public bool IsRunning => Field(State, "Running")?.GetValue<bool>() ?? false;

    public string StartedAt => Field(State, "StartedAt")?.ToString() ?? "";

    public string? Health => Text((Field(State, "Health") ?? Field(State, "Healthcheck")) as JsonObject ?? [], "Status");

    public long Restarts => Number(json, "RestartCount");

    public bool HasTerminal => Field(Config, "Tty")?.GetValue<bool>() ?? false;

    public string? LogPath => Text(json, "LogPath");

    public JsonObject Networks => Field(Field(json, "NetworkSettings") as JsonObject ?? [], "Networks") as JsonObject ?? [];

    /// <summary>While it runs.</summary>
    public IEnumerable<PublishedPort> Published =>
        from inside in Field(Field(json, "NetworkSettings") as JsonObject ?? [], "Ports") as JsonObject ?? []
        from outside in (inside.Value as JsonArray ?? []).OfType<JsonObject>()
        let port = Number(outside, "HostPort")
        where port > 0
        select new PublishedPort(Text(outside, "HostIp") ?? "", (int)port, inside.Key);

    public static long Number(JsonObject json, string name) =>
        json[name] is JsonValue value && double.TryParse(value.ToString(), CultureInfo.InvariantCulture, out var number) ? (long)number : 0;

    // The engine's field, not one of this class, also where they are named alike.
    private static JsonNode? Field(JsonObject json, string field) => json[field];

    private static string? Text(JsonObject json, string field) => Field(json, field)?.ToString() is { Length: > 0 } text ? text : null;
}

/// <param name="Inside">As "80/tcp".</param>
internal sealed record PublishedPort(string Address, int Port, string Inside);
