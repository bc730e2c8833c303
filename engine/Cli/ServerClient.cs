using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Cli;

/// <summary>A running server could not be reached or would not let us in.</summary>
internal sealed class ServerUnreachableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The API of a running server, for commands that need one.</summary>
internal sealed class ServerClient : IDisposable
{
    private static readonly Option<Uri?> ServerOption = new("--server")
    {
        CustomParser = static result =>
        {
            if (Uri.TryCreate(result.Tokens[0].Value, UriKind.Absolute, out var address) && (address.Scheme == "http" || address.Scheme == "https"))
                return address;
            result.AddError($"--server \"{result.Tokens[0].Value}\" is not an http or https address.");
            return null;
        },
        Description = "Address of the running server (HOMELAB_SERVER, else http://127.0.0.1:5080).",
        HelpName = "URL",
    };

    private static readonly Option<string?> ApiKeyOption = new("--api-key")
    {
        Description = "API key made in the console under settings (HOMELAB_API_KEY).",
        HelpName = "KEY",
    };

    private readonly HttpClient _http;

    private ServerClient(Uri server, string? apiKey)
    {
        _http = new HttpClient { BaseAddress = server, Timeout = TimeSpan.FromMinutes(5) };
        if (!string.IsNullOrEmpty(apiKey))
            _http.DefaultRequestHeaders.Add("X-Api-Key", apiKey);
    }

    public static void AddOptions(Command command)
    {
        command.Options.Add(ServerOption);
        command.Options.Add(ApiKeyOption);
    }

    /// <summary>The command line, or the environment, says which server to use.</summary>
    public static bool IsNamed(ParseResult parsed) => parsed.GetValue(ServerOption) is not null || parsed.GetValue(ApiKeyOption) is not null || Environment.GetEnvironmentVariable("HOMELAB_SERVER") is { Length: > 0 };

    public static ServerClient From(ParseResult parsed) => new(
        parsed.GetValue(ServerOption) ?? new Uri(Environment.GetEnvironmentVariable("HOMELAB_SERVER") is { Length: > 0 } server ? server : "http://127.0.0.1:5080"),
        parsed.GetValue(ApiKeyOption) ?? Environment.GetEnvironmentVariable("HOMELAB_API_KEY"));

    /// <returns>The answer's status and body; a refusal by the API is an answer, not an exception.</returns>
    /// <exception cref="ServerUnreachableException">Nobody listens there, or the key is missing or wrong.</exception>
    public async Task<(HttpStatusCode Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
            request.Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json");
        try
        {
            using var response = await _http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
                throw new ServerUnreachableException($"{_http.BaseAddress} answered {(int)response.StatusCode}: the API key is missing, wrong or not allowed to do this. Make one in the console under settings and pass it with --api-key or HOMELAB_API_KEY.");
            return (response.StatusCode, Parse(text));
        }
        catch (HttpRequestException exception)
        {
            throw new ServerUnreachableException($"Nothing answers at {_http.BaseAddress} ({exception.Message}). Start it with: homelab serve, or name another with --server.", exception);
        }
        catch (TaskCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServerUnreachableException($"{_http.BaseAddress} did not answer within {_http.Timeout.TotalMinutes:0} minutes.", exception);
        }
    }

    public void Dispose() => _http.Dispose();

    private static JsonNode? Parse(string text)
    {
        if (text.Length == 0)
            return null;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
