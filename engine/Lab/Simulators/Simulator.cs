using System.Text.Json.Nodes;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>One API of the simulated homelab, on a loopback port of its own.</summary>
internal abstract class Simulator(World.Homelab homelab)
{
    protected World.Homelab Homelab => homelab;

    /// <summary>Null where nothing answers now: the connection is cut.</summary>
    protected abstract Task<Answer?> AnswerAsync(Request request);

    public async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        var request = new Request(
            context.Request.Host.Host, context.Request.Method,
            [.. (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString)],
            context.Request.Query.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal),
            body, context.Request.ContentType ?? "", context.RequestAborted);
        if (await AnswerAsync(request) is not { } answer)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = answer.Status;
        if (answer.Status is 204 or 304)
            return;
        context.Response.ContentType = answer.Type;
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }
}

internal sealed record Request(string Host, string Method, IReadOnlyList<string> Path, IReadOnlyDictionary<string, string> Query, string Body, string ContentType, CancellationToken Aborted)
{
    /// <summary>"GET containers/*/json": a star stands for any one part.</summary>
    public bool Is(string pattern)
    {
        var space = pattern.IndexOf(' ', StringComparison.Ordinal);
        var parts = pattern[(space + 1)..].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Method == pattern[..space] && parts.Length == Path.Count && parts.Zip(Path).All(pair => pair.First == "*" || pair.First == pair.Second);
    }

    public JsonObject Json() => Body.Length == 0 ? [] : JsonNode.Parse(Body) as JsonObject ?? [];

    /// <summary>Fields of a form body, or of a query where there is none.</summary>
    public IReadOnlyDictionary<string, string> Fields() => !ContentType.StartsWith("application/x-www-form-urlencoded", StringComparison.Ordinal)
        ? Query
        : Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(Body).ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal);
}

internal sealed record Answer(int Status, byte[] Body, string Type)
{
    public static Answer Ok(JsonNode body) => Of(200, body);

    public static Answer Of(int status, JsonNode body) => new(status, System.Text.Encoding.UTF8.GetBytes(body.ToJsonString()), "application/json");

    public static Answer Text(int status, string body) => new(status, System.Text.Encoding.UTF8.GetBytes(body), "text/plain; charset=utf-8");

    public static Answer Empty(int status) => new(status, [], "text/plain");
}
