using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Homelab.Activities.HomeAssistant;

internal sealed class HomeAssistantOptions : HttpConnectionOptions
{
    /// <summary>A long-lived access token.</summary>
    [Secret]
    [Required]
    public string? Token { get; set; }
}

internal sealed class HomeAssistantClients(Connections<HomeAssistantOptions> connections, ToolHttp http)
{
    public async Task<HomeAssistantClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options, http.Open(options, context, request => request.Headers.Authorization = new("Bearer", options.Token)));
    }
}

/// <summary>The REST API of Home Assistant.</summary>
internal sealed class HomeAssistantClient(HomeAssistantOptions options, ToolHttpClient http)
{
    public string Name => options.Name;

    public const string EntityPattern = "[a-z_]+\\.[a-z0-9_]+";

    public Task<IReadOnlyList<State>> StatesAsync(CancellationToken cancellationToken) => http.GetAsync<IReadOnlyList<State>>($"/api/states", cancellationToken);

    public Task<State> StateAsync(string entity, CancellationToken cancellationToken) => http.GetAsync<State>($"/api/states/{entity}", cancellationToken);

    public async Task<string?> VersionAsync(CancellationToken cancellationToken) => (await http.GetAsync<Configuration>($"/api/config", cancellationToken)).Version;

    public Task CallAsync(string domain, string service, object data, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Post, $"/api/services/{domain}/{service}", ToolHttpClient.Json(data), cancellationToken);

    /// <summary>A check changes nothing although it is sent by POST.</summary>
    public Task<CheckAnswer> CheckAsync(CancellationToken cancellationToken) => http.QueryAsync<CheckAnswer>($"/api/config/core/check_config", new StringContent(""), cancellationToken);

    private sealed record Configuration(string? Version);

    public sealed record CheckAnswer(string? Result, string? Errors);

    public sealed record State(
        [property: JsonPropertyName("entity_id")] string EntityId, [property: JsonPropertyName("state")] string Value, [property: JsonPropertyName("last_changed")] DateTimeOffset? LastChanged,
        Dictionary<string, JsonElement>? Attributes)
    {
        public string? FriendlyName => Attributes?.GetValueOrDefault("friendly_name") is { ValueKind: JsonValueKind.String } name ? name.GetString() : null;
    }
}
