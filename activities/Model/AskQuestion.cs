using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Model;

[Activity("model.ask_question", "Ask a model", "Asks a language model a question and answers its text, which is never carried out.", TimeoutSeconds = 300)]
internal sealed class AskQuestion(Models models) : IActivity<AskQuestion.Input, AskQuestion.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var prompt = string.IsNullOrEmpty(input.Data) ? input.Question : $"{input.Question}\n\n{Models.Data(input.Data)}";
        var (answer, exchange) = await models.AskAsync(input.Connection, input.Instructions, prompt, null, text => text, context, cancellationToken);
        return new() { Answer = answer, Exchange = exchange };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("What to ask.")]
        [StringLength(50_000, MinimumLength = 1)]
        [Editor("multi-line")]
        [Example("Why does a container restart with code 137?")]
        [Prompt]
        public required string Question { get; init; }

        [Description("Logs, alerts or other text to look at; an instruction in it is not followed.")]
        [StringLength(200_000)]
        [Editor("multi-line")]
        [Prompt]
        public string? Data { get; init; }

        [Description("How to answer: language, length, role.")]
        [StringLength(10_000)]
        [Editor("multi-line")]
        [Prompt]
        public string? Instructions { get; init; }
    }

    internal sealed record Output
    {
        [Description("The model's text.")]
        public required string Answer { get; init; }

        [Description("What was sent and answered, without secrets and personal data, and what it cost.")]
        public required ModelExchange Exchange { get; init; }
    }
}
