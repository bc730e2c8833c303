using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Http;

/// <summary>Sends a request to any address. A redirect is followed only where it stays on the same host and nothing is changed by it.</summary>
internal sealed class HttpSender(ToolHttp http, HttpSites sites)
{
    private const int MostRedirects = 5;

    public async Task<HttpExchange> SendAsync(SendHttpRequestInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var url = AddressOf(input.Url);
        for (var redirects = 0; ; redirects++)
        {
            var answer = await SendOnceAsync(input, url, context, cancellationToken);
            if (!Follows(input, url, answer, out var next) || redirects == MostRedirects)
                return Read(answer);
            url = next;
        }
    }

    /// <summary>Asks a configured site for its page: that it answers counts, whatever it answers.</summary>
    /// <returns>What it says that it runs; null when it does not say.</returns>
    public async Task<string?> ServerAsync(string site, ActivityContext context, CancellationToken cancellationToken)
    {
        var (options, place) = await sites.OfAsync(site, cancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, options.Url);
        return (await http.Open(options, options.Url!, place, context).AskAsync(request, reads: true, cancellationToken)).Headers.GetValueOrDefault("Server");
    }

    public static bool IsRead(string method) => method.ToUpperInvariant() is "GET" or "HEAD" or "OPTIONS";

    public static Uri AddressOf(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? address
            : throw new ActivityException("The address of an HTTP request must be absolute and begin with http:// or https://.", retryable: false);

    private async Task<ToolAnswer> SendOnceAsync(SendHttpRequestInput input, Uri url, ActivityContext context, CancellationToken cancellationToken)
    {
        var (options, place) = await sites.AtAsync(url, cancellationToken);
        options.TimeoutSeconds = input.TimeoutSeconds;
        using var request = new HttpRequestMessage(new HttpMethod(input.Method.ToUpperInvariant()), url) { Content = Content(input) };
        if (input.Authorization is { Length: > 0 } authorization)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        foreach (var (name, value) in Headers(input.RequestHeaders))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content?.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.Open(options, url, place, context).AskAsync(request, reads: false, cancellationToken);
    }

    private static bool Follows(SendHttpRequestInput input, Uri from, ToolAnswer answer, out Uri next)
    {
        next = from;
        if (!IsRead(input.Method) || answer.Location is not { } location
            || answer.Status is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            return false;
        next = new Uri(from, location);
        // Another port is another service; only the step from http to https of the same host is taken.
        return next.Host == from.Host
            && ((next.Scheme == from.Scheme && next.Port == from.Port) || (from.Scheme == "http" && next.Scheme == "https" && next.IsDefaultPort));
    }

    private static HttpContent? Content(SendHttpRequestInput input)
    {
        if (input.Content is not { } content)
            return null;
        var type = input.ContentType is { Length: > 0 } given ? given : "application/json";
        if (!MediaTypeHeaderValue.TryParse(type, out var media))
            throw new ActivityException($"'{type}' is not a content type.", retryable: false);
        if (media.MediaType == "application/x-www-form-urlencoded" && Fields(content) is { } fields)
            return new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Key, field.Value?.ToString() ?? "")));
        var text = content is JsonValue value && value.TryGetValue(out string? plain) ? plain : content.ToJsonString(ActivityJson.Strict);
        var body = new StringContent(text, Encoding.UTF8);
        media.CharSet ??= "utf-8";
        body.Headers.ContentType = media;
        return body;
    }

    /// <summary>A form's fields: an object, or the text of one, as an Object expression gives it.</summary>
    private static JsonObject? Fields(JsonNode content)
    {
        if (content is not JsonValue value || !value.TryGetValue(out string? text) || !text.AsSpan().TrimStart().StartsWith("{"))
            return content as JsonObject;
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>Elsa writes a header's value as text or as a list of texts.</summary>
    private static IEnumerable<(string Name, string Value)> Headers(JsonNode? headers)
    {
        foreach (var (name, value) in headers as JsonObject ?? [])
        {
            foreach (var single in value is JsonArray several ? several.AsEnumerable() : [value])
            {
                var text = single?.ToString() ?? "";
                if (text.AsSpan().IndexOfAny('\r', '\n') >= 0 || name.AsSpan().IndexOfAny('\r', '\n', ':') >= 0)
                    throw new ActivityException($"Header '{name.ReplaceLineEndings(" ")}' holds a line break or a colon in its name.", retryable: false);
                yield return (name, text);
            }
        }
    }

    private static HttpExchange Read(ToolAnswer answer) => new()
    {
        StatusCode = (int)answer.Status,
        ParsedContent = Parse(answer),
        ResponseHeaders = new JsonObject(answer.Headers.Select(header => KeyValuePair.Create(header.Key, (JsonNode?)JsonValue.Create(header.Value)))),
    };

    private static JsonNode? Parse(ToolAnswer answer)
    {
        if (answer.Bytes.Length == 0)
            return null;
        var type = answer.Headers.GetValueOrDefault("Content-Type", "");
        if (!type.Contains("json", StringComparison.OrdinalIgnoreCase))
            return JsonValue.Create(answer.Text);
        try
        {
            return JsonNode.Parse(answer.Bytes);
        }
        catch (JsonException)
        {
            // It says JSON and is none: the text is worth more than a failure.
            return JsonValue.Create(answer.Text);
        }
    }
}
