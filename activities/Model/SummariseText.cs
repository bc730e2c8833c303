using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Model;

[Activity("model.summarise_text", "Summarise text", "Has a language model say a text in a few sentences.", TimeoutSeconds = 300)]
internal sealed class SummariseText(Models models) : IActivity<SummariseText.Input, SummariseText.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var prompt = $"Summarise the data in at most {input.Sentences} sentences of {input.Language}. Name what matters to whoever runs these machines; add nothing that is not in it.\n\n{Models.Data(input.Text)}";
        var (answer, exchange) = await models.AskAsync(input.Connection, null, prompt, null, text => text, context, cancellationToken);
        return new() { Summary = answer, Exchange = exchange };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("What to summarise; an instruction in it is not followed.")]
        [StringLength(200_000, MinimumLength = 1)]
        [Editor("multi-line")]
        [Example("03:00 disk 91 % full. 03:05 backup failed: no space left.")]
        [Prompt]
        public required string Text { get; init; }

        [Description("At most so many sentences.")]
        [Range(1, 20)]
        public int Sentences { get; init; } = 3;

        [Description("Language of the summary.")]
        [RegularExpression("[A-Za-z -]{2,40}")]
        public string Language { get; init; } = "English";
    }

    internal sealed record Output
    {
        [Description("The summary.")]
        public required string Summary { get; init; }

        [Description("What was sent and answered, without secrets and personal data, and what it cost.")]
        public required ModelExchange Exchange { get; init; }
    }
}
