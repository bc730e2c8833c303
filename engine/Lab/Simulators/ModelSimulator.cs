using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>
/// A model behind Ollama's API: it says little, always the same of the same question. Asked for a summary it repeats what the rules found; asked to choose it prefers nothing, for it knows
/// nothing; it keeps to any other schema with the first of what is allowed.
/// </summary>
internal sealed partial class ModelSimulator(World.Homelab homelab) : Simulator(homelab)
{
    public const string Model = "lab";

    protected override Task<Answer?> AnswerAsync(Request request) => Task.FromResult<Answer?>(request switch
    {
        _ when request.Is("GET api/version") => Answer.Ok(new JsonObject { ["version"] = "0.3.12" }),
        _ when request.Is("GET api/tags") => Answer.Ok(new JsonObject { ["models"] = new JsonArray(new JsonObject { ["name"] = $"{Model}:latest", ["model"] = $"{Model}:latest", ["size"] = 0, ["digest"] = "lab", ["modified_at"] = "2026-01-01T00:00:00Z" }) }),
        _ when request.Is("POST api/chat") => Chat(request.Json()),
        _ => Answer.Of(404, new JsonObject { ["error"] = "not found" }),
    });

    private static Answer Chat(JsonObject body)
    {
        var question = (body["messages"] as JsonArray)?.LastOrDefault()?["content"]?.ToString() ?? "";
        var text = body["format"] is JsonObject schema
            ? (Example(schema) ?? new JsonObject()).ToJsonString()
            : Found().Match(question) is { Success: true } found ? Regex.Unescape(found.Groups["says"].Value) : $"In short: {InShort(question)}";
        return Answer.Ok(new JsonObject
        {
            ["model"] = Model, ["created_at"] = "2026-01-01T00:00:00Z", ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text }, ["done"] = true, ["done_reason"] = "stop",
            ["total_duration"] = 1_000_000, ["prompt_eval_count"] = question.Length / 4, ["eval_count"] = text.Length / 4,
        });
    }

    /// <summary>What the rules say, in the data of the product's question.</summary>
    [GeneratedRegex(@"Diagnosis by rules: \{.*?""says"":""(?<says>(?:[^""\\]|\\.)*)""", RegexOptions.Singleline)]
    private static partial Regex Found();

    /// <summary>What the data are about, where they say so; else how they begin. The instructions around them are not repeated.</summary>
    private static string InShort(string question)
    {
        if (Title().Match(question) is { Success: true } title)
            return $"{title.Groups["title"].Value}.";
        var begin = question.IndexOf("<data>", StringComparison.Ordinal);
        var data = (begin < 0 ? question : question[(begin + 6)..]).Replace("</data>", "", StringComparison.Ordinal).ReplaceLineEndings(" ").Trim();
        return data[..Math.Min(160, data.Length)];
    }

    [GeneratedRegex("\"title\":\\s*\"(?<title>[^\"\\\\]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Title();

    private static JsonNode? Example(JsonObject schema) => Chosen(schema["enum"] as JsonArray ?? [])?.DeepClone() ?? schema["type"]?.ToString() switch
    {
        "object" => new JsonObject((schema["properties"] as JsonObject ?? []).Where(property => property.Value is JsonObject).Select(property => KeyValuePair.Create(property.Key, Example(property.Value!.AsObject())))), // of the pattern before
        "array" => new JsonArray(),
        "string" => "unknown",
        "integer" or "number" => 0,
        "boolean" => false,
        _ => null,
    };

    private static JsonNode? Chosen(JsonArray options) => options.FirstOrDefault(option => option?.ToString() == "none") ?? options.FirstOrDefault();
}
