using System.Text.Json.Nodes;

namespace Homelab.Activities.Model;

/// <param name="Schema">The answer is JSON of this schema; null: text.</param>
internal sealed record ModelQuestion(string? System, string Prompt, JsonObject? Schema);

internal sealed record ModelReply(string Text, long InputTokens, long OutputTokens);

/// <summary>Asks one model one question. A question changes nothing, so it is a read; it offers the model no tool that does anything.</summary>
internal sealed class ModelClient(ToolHttpClient http, ModelOptions options)
{
    /// <summary>Tool of Anthropic's that the answer is the input of: how it is made to keep to a schema.</summary>
    private const string AnswerTool = "answer";

    public Task<ModelReply> AskAsync(ModelQuestion question, CancellationToken cancellationToken) => options.Provider switch
    {
        ModelProvider.Ollama => OllamaAsync(question, cancellationToken),
        ModelProvider.OpenAi => OpenAiAsync(question, cancellationToken),
        ModelProvider.Anthropic => AnthropicAsync(question, cancellationToken),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>For the connection test: the server's version, or the model's name where it tells none. A model that is not there is an error.</summary>
    public async Task<string?> VersionAsync(CancellationToken cancellationToken)
    {
        switch (options.Provider)
        {
            case ModelProvider.Ollama:
                var tags = await http.GetAsync<JsonObject>($"/api/tags", cancellationToken);
                var names = (tags["models"] as JsonArray ?? []).Select(model => (string?)model?["name"]).OfType<string>().ToList();
                if (!names.Any(name => name == options.Model || name.Split(':')[0] == options.Model))
                    throw new ActivityException($"Ollama does not have the model '{options.Model}'; there are {string.Join(", ", names)}. Run: ollama pull {options.Model}", retryable: false);
                return (string?)(await http.GetAsync<JsonObject>($"/api/version", cancellationToken))["version"];
            default:
                return (string?)(await http.GetAsync<JsonObject>($"/v1/models/{options.Model}", cancellationToken))["id"];
        }
    }

    private async Task<ModelReply> OllamaAsync(ModelQuestion question, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["model"] = options.Model,
            ["messages"] = Messages(question, "system"),
            ["stream"] = false,
            ["options"] = new JsonObject { ["temperature"] = 0, ["num_predict"] = options.MaxTokens },
        };
        if (question.Schema is { } schema)
            body["format"] = schema.DeepClone();
        var answer = await http.QueryAsync<JsonObject>($"/api/chat", ToolHttpClient.Json(body), cancellationToken);
        return new(Text(answer["message"]?["content"]), Number(answer["prompt_eval_count"]), Number(answer["eval_count"]));
    }

    private async Task<ModelReply> OpenAiAsync(ModelQuestion question, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["model"] = options.Model,
            ["messages"] = Messages(question, "system"),
            ["max_completion_tokens"] = options.MaxTokens,
        };
        if (question.Schema is { } schema)
            body["response_format"] = new JsonObject { ["type"] = "json_schema", ["json_schema"] = new JsonObject { ["name"] = "answer", ["schema"] = schema.DeepClone() } };
        var answer = await http.QueryAsync<JsonObject>($"/v1/chat/completions", ToolHttpClient.Json(body), cancellationToken);
        return new(Text((answer["choices"] as JsonArray)?.FirstOrDefault()?["message"]?["content"]), Number(answer["usage"]?["prompt_tokens"]), Number(answer["usage"]?["completion_tokens"]));
    }

    private async Task<ModelReply> AnthropicAsync(ModelQuestion question, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["model"] = options.Model,
            ["max_tokens"] = options.MaxTokens,
            ["messages"] = Messages(question with { System = null }, "system"),
        };
        if (question.System is { } system)
            body["system"] = system;
        if (question.Schema is { } schema)
        {
            body["tools"] = new JsonArray(new JsonObject { ["name"] = AnswerTool, ["description"] = "The answer.", ["input_schema"] = schema.DeepClone() });
            body["tool_choice"] = new JsonObject { ["type"] = "tool", ["name"] = AnswerTool };
        }

        var answer = await http.QueryAsync<JsonObject>($"/v1/messages", ToolHttpClient.Json(body), cancellationToken);
        var blocks = answer["content"] as JsonArray ?? [];
        var text = question.Schema is null
            ? Text(JsonValue.Create(string.Concat(blocks.Where(block => (string?)block?["type"] == "text").Select(block => (string?)block!["text"]))))
            : blocks.FirstOrDefault(block => (string?)block?["type"] == "tool_use")?["input"]?.ToJsonString() ?? Text(null);
        return new(text, Number(answer["usage"]?["input_tokens"]), Number(answer["usage"]?["output_tokens"]));
    }

    private static JsonArray Messages(ModelQuestion question, string system)
    {
        var messages = new JsonArray();
        if (question.System is { } text)
            messages.Add((JsonNode)new JsonObject { ["role"] = system, ["content"] = text });
        messages.Add((JsonNode)new JsonObject { ["role"] = "user", ["content"] = question.Prompt });
        return messages;
    }

    private string Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) && text.Trim().Length > 0
        ? text.Trim()
        : throw new ActivityException($"Model {options.Model} of connection '{options.Name}' answered nothing.", retryable: true);

    private static long Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out long number) ? number : 0;
}
