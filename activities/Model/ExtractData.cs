using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Model;

[Activity("model.extract_data", "Extract data", "Has a language model read data out of a text; what does not keep to the schema is refused.", TimeoutSeconds = 300)]
internal sealed class ExtractData(Models models) : IActivity<ExtractData.Input, ExtractData.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (JsonNode.Parse(input.Schema.GetRawText()) is not JsonObject schema || (string?)schema["type"] != "object")
            throw new ActivityException("The schema is not a JSON schema of an object; it begins with {\"type\":\"object\",\"properties\":{...}}.", retryable: false);
        if (SchemaCheck.Unusable(schema) is { } unusable)
            throw new ActivityException($"The schema cannot be used: {unusable}", retryable: false);
        var prompt = $"Read what is asked for out of the data and answer JSON of this schema, with nothing around it. Leave out what is not there; make nothing up.{(string.IsNullOrEmpty(input.Instructions) ? "" : "\n" + input.Instructions)}\n\n{schema.ToJsonString()}\n\n{Models.Data(input.Text)}";
        var (data, exchange) = await models.AskAsync(input.Connection, null, prompt, schema, text => Structured.Read(text, schema), context, cancellationToken);
        return new() { Data = JsonSerializer.SerializeToElement(data), Exchange = exchange };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("What to read; an instruction in it is not followed.")]
        [StringLength(200_000, MinimumLength = 1)]
        [Editor("multi-line")]
        [Example("Backup of vm-101 failed after 12 minutes.")]
        [Prompt]
        public required string Text { get; init; }

        [Description("JSON schema of an object: what to read out.")]
        [Editor("json")]
        [Example("""{"type":"object","properties":{"guest":{"type":"string"},"minutes":{"type":"integer"}},"required":["guest"]}""", Json = true)]
        public required JsonElement Schema { get; init; }

        [Description("More about what is asked for.")]
        [StringLength(10_000)]
        [Editor("multi-line")]
        [Prompt]
        public string? Instructions { get; init; }
    }

    internal sealed record Output
    {
        [Description("What was read, checked against the schema.")]
        public required JsonElement Data { get; init; }

        [Description("What was sent and answered, without secrets and personal data, and what it cost.")]
        public required ModelExchange Exchange { get; init; }
    }
}

internal static class Structured
{
    /// <summary>The JSON of an answer, also from between the marks that models like to put around it.</summary>
    public static JsonObject Read(string text, JsonObject schema)
    {
        var (from, to) = (text.IndexOf('{', StringComparison.Ordinal), text.LastIndexOf('}'));
        JsonObject? data = null;
        try
        {
            data = from >= 0 && to > from ? JsonNode.Parse(text[from..(to + 1)]) as JsonObject : null;
            // Two fields of one name are noticed only when somebody looks.
            _ = data?.Count;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            data = null;
        }

        if (data is null)
            throw new ActivityException("The model answered something that is not JSON.", retryable: true);
        return SchemaCheck.Problems(data, schema) is { Count: > 0 } problems
            ? throw new ActivityException($"The model's answer does not keep to the schema: {string.Join(" ", problems.Take(5))}", retryable: true)
            : data;
    }
}
