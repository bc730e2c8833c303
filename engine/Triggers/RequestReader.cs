using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Homelab.Engine.Triggers;

/// <summary>A request that cannot be taken, and the status that says so.</summary>
/// <param name="outcome">The endpoint's outcome for it, where its workflow wants to hear of such requests itself.</param>
internal sealed class BadDeliveryException(int status, string message, string? outcome = null) : Exception(message)
{
    public int Status => status;

    public string? Outcome => outcome;
}

/// <summary>Turns a request into what an HTTP Endpoint activity gives out: parsedContent, routeData, queryStringData, headers, files.</summary>
internal static class RequestReader
{
    /// <summary>Headers that say who the caller is; no run needs them and no journal may show them.</summary>
    private static readonly HashSet<string> Withheld = new(StringComparer.OrdinalIgnoreCase) { "Authorization", "Cookie", "Proxy-Authorization", "X-Api-Key" };

    /// <summary>The whole body, or a refusal before more than <paramref name="limit"/> bytes were read.</summary>
    /// <exception cref="BadDeliveryException">413.</exception>
    public static async Task<byte[]> BodyAsync(HttpRequest request, long limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit)
            throw TooLarge(limit);
        // The server's own limit may be lower or higher than this endpoint's.
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } server)
            server.MaxRequestBodySize = limit;
        var buffer = new ArrayBufferWriter<byte>(request.ContentLength is > 0 and < 1 << 20 ? (int)request.ContentLength : 4096);
        try
        {
            while (true)
            {
                var read = await request.BodyReader.ReadAsync(cancellationToken);
                foreach (var segment in read.Buffer)
                    buffer.Write(segment.Span);
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (buffer.WrittenCount > limit)
                    throw TooLarge(limit);
                if (read.IsCompleted)
                    return buffer.WrittenSpan.ToArray();
            }
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge(limit);
        }
    }

    /// <exception cref="BadDeliveryException">400 for what cannot be read, 413 and 415 for files that the endpoint does not take.</exception>
    public static async Task<JsonObject> ReadAsync(HttpRequest request, EndpointRoute route, RouteValueDictionary values, byte[] body, CancellationToken cancellationToken)
    {
        var files = new JsonArray();
        var content = await ContentAsync(request, route, body, files, cancellationToken);
        return new JsonObject
        {
            ["method"] = request.Method,
            ["path"] = request.Path.Value,
            ["parsedContent"] = content,
            ["routeData"] = new JsonObject(values.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value?.ToString()))),
            ["queryStringData"] = Flat(request.Query),
            ["headers"] = Flat(request.Headers.Where(header => !Withheld.Contains(header.Key))),
            ["files"] = files,
        };
    }

    /// <summary>A request whose body is not taken, for a workflow that goes on by an outcome for that.</summary>
    public static JsonObject Refused(HttpRequest request, RouteValueDictionary values, string outcome) => new()
    {
        ["outcome"] = outcome,
        ["method"] = request.Method,
        ["path"] = request.Path.Value,
        ["routeData"] = new JsonObject(values.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value?.ToString()))),
        ["queryStringData"] = Flat(request.Query),
        ["headers"] = Flat(request.Headers.Where(header => !Withheld.Contains(header.Key))),
    };

    private static async Task<JsonNode?> ContentAsync(HttpRequest request, EndpointRoute route, byte[] body, JsonArray files, CancellationToken cancellationToken)
    {
        if (body.Length == 0)
            return null;
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed : null;
        var media = type?.MediaType.Value ?? "";
        if (media.Equals("application/json", StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
            return Json(body);
        if (media.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
            return Form(Encoding.UTF8.GetString(body));
        if (media.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase))
            return await MultipartAsync(HeaderUtilities.RemoveQuotes(type!.Boundary).Value, route, body, files, cancellationToken);
        if (media.Length == 0 || media.StartsWith("text/", StringComparison.OrdinalIgnoreCase) || media.EndsWith("xml", StringComparison.OrdinalIgnoreCase))
            return Encoding.UTF8.GetString(body);
        return Convert.ToBase64String(body);
    }

    private static JsonNode? Json(byte[] body)
    {
        try
        {
            var node = JsonNode.Parse(body);
            // Nodes are read lazily: a name given twice shows only when it is looked for, so look here, where it is still the caller's mistake.
            Touch(node);
            return node;
        }
        catch (JsonException exception)
        {
            throw new BadDeliveryException(
                StatusCodes.Status400BadRequest,
                $"The body is not JSON: line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}. {exception.Message.Split(" LineNumber", 2)[0]}");
        }
        catch (ArgumentException exception)
        {
            throw new BadDeliveryException(StatusCodes.Status400BadRequest, $"The body is not usable JSON: {exception.Message}");
        }
    }

    private static void Touch(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var member in members)
                    Touch(member.Value);
                break;
            case JsonArray items:
                foreach (var item in items)
                    Touch(item);
                break;
        }
    }

    private static JsonObject Form(string text)
    {
        try
        {
            return Flat(new FormReader(text).ReadForm());
        }
        catch (InvalidDataException exception)
        {
            throw new BadDeliveryException(StatusCodes.Status400BadRequest, $"The form cannot be read: {exception.Message}");
        }
    }

    private static async Task<JsonNode?> MultipartAsync(string? boundary, EndpointRoute route, byte[] body, JsonArray files, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(boundary))
            throw new BadDeliveryException(StatusCodes.Status400BadRequest, "The Content-Type multipart/form-data names no boundary.");
        var fields = new JsonObject();
        try
        {
            var reader = new MultipartReader(boundary, new MemoryStream(body, writable: false));
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
            {
                if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
                    continue;
                using var content = new MemoryStream();
                await section.Body.CopyToAsync(content, cancellationToken);
                if (disposition.IsFileDisposition())
                    files.Add(File(route, disposition, section.ContentType, content.ToArray()));
                else
                    fields[HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? ""] = Encoding.UTF8.GetString(content.ToArray());
            }
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException)
        {
            throw new BadDeliveryException(StatusCodes.Status400BadRequest, $"The multipart body cannot be read: {exception.Message}");
        }

        return fields;
    }

    private static JsonObject File(EndpointRoute route, ContentDispositionHeaderValue disposition, string? contentType, byte[] content)
    {
        var name = Path.GetFileName(HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value ?? "");
        var extension = Path.GetExtension(name);
        if (route.FileBytes is { } limit && content.Length > limit)
            throw new BadDeliveryException(StatusCodes.Status413PayloadTooLarge, $"The file {name} has {content.Length} bytes; this endpoint takes files up to {limit}.", EndpointRoute.FileTooLarge);
        if (Has(route.BlockedExtensions, extension) || (route.AllowedExtensions.Count > 0 && !Has(route.AllowedExtensions, extension)))
            throw new BadDeliveryException(StatusCodes.Status415UnsupportedMediaType, $"The file {name} is of a kind that this endpoint does not take{(route.AllowedExtensions.Count > 0 ? $"; it takes {string.Join(", ", route.AllowedExtensions)}" : "")}.", EndpointRoute.InvalidFileExtension);
        if (route.AllowedTypes.Count > 0 && !route.AllowedTypes.Contains(contentType ?? "", StringComparer.OrdinalIgnoreCase))
            throw new BadDeliveryException(StatusCodes.Status415UnsupportedMediaType, $"The file {name} is {contentType ?? "of no stated type"}; this endpoint takes {string.Join(", ", route.AllowedTypes)}.", EndpointRoute.InvalidFileType);
        return new JsonObject { ["fileName"] = name, ["contentType"] = contentType, ["length"] = content.Length, ["content"] = Convert.ToBase64String(content) };
    }

    private static bool Has(IReadOnlyList<string> extensions, string extension) =>
        extensions.Any(known => known.TrimStart('.').Equals(extension.TrimStart('.'), StringComparison.OrdinalIgnoreCase));

    private static JsonObject Flat(IEnumerable<KeyValuePair<string, StringValues>> pairs)
    {
        var result = new JsonObject();
        foreach (var (name, value) in pairs)
            result[name] = value.Count == 1 ? value[0] : new JsonArray([.. value.Select(item => (JsonNode?)item)]);
        return result;
    }

    private static BadDeliveryException TooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, $"The body is larger than {limit} bytes, which is what this endpoint takes. Nothing was accepted.", EndpointRoute.RequestTooLarge);
}
