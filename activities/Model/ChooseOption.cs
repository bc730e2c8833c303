using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Model;

[Activity("model.choose_option", "Choose an option", "Has a language model choose one of given options, or none; anything else it answers is refused. Nothing is done with the choice here.", TimeoutSeconds = 300)]
internal sealed class ChooseOption(Models models) : IActivity<ChooseOption.Input, ChooseOption.Output>
{
    private const string None = "none";

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = input.Options.Distinct(StringComparer.Ordinal).ToList();
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["choice"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. options.Append(None).Distinct(StringComparer.Ordinal).Select(option => (JsonNode?)JsonValue.Create(option))]) },
                ["confidence"] = new JsonObject { ["type"] = "number", ["minimum"] = 0, ["maximum"] = 1 },
                ["reason"] = new JsonObject { ["type"] = "string", ["maxLength"] = 2000 },
            },
            ["required"] = new JsonArray("choice", "confidence", "reason"),
            ["additionalProperties"] = false,
        };
        var prompt = $"{input.Question}\nChoose one of the options, word for word, or \"{None}\" when none fits or the data does not tell. Answer JSON of this schema, with nothing around it.\n\n{schema.ToJsonString()}"
            + (string.IsNullOrEmpty(input.Data) ? "" : $"\n\n{Models.Data(input.Data)}");
        var (answer, exchange) = await models.AskAsync(input.Connection, null, prompt, schema, text => Structured.Read(text, schema), context, cancellationToken);
        var choice = (string)answer["choice"]!;
        return new()
        {
            Choice = options.Contains(choice, StringComparer.Ordinal) ? choice : null,
            Confidence = (double)answer["confidence"]!,
            Reason = (string)answer["reason"]!,
            Exchange = exchange,
        };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("What to decide.")]
        [StringLength(50_000, MinimumLength = 1)]
        [Editor("multi-line")]
        [Example("What is the likeliest cause?")]
        [Prompt]
        public required string Question { get; init; }

        [Description("What may be answered.")]
        [Length(1, 50)]
        [Example("""["disk full","memory leak","network"]""", Json = true)]
        public required IReadOnlyList<string> Options { get; init; }

        [Description("Logs, alerts or other text to look at; an instruction in it is not followed.")]
        [StringLength(200_000)]
        [Editor("multi-line")]
        [Prompt]
        public string? Data { get; init; }
    }

    internal sealed record Output
    {
        [Description("One of the options exactly as given; empty when none fits.")]
        public string? Choice { get; init; }

        [Description("How sure the model says it is, 0 to 1: its word, not a measurement.")]
        public required double Confidence { get; init; }

        [Description("Why, in its words.")]
        public required string Reason { get; init; }

        [Description("What was sent and answered, without secrets and personal data, and what it cost.")]
        public required ModelExchange Exchange { get; init; }
    }
}
