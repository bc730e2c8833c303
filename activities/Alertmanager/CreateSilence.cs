using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Alertmanager;

[Activity(
    "alertmanager.create_silence", "Silence alert", "Silences the alerts that have exactly these labels, for a time.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low)]
internal sealed class CreateSilence(AlertmanagerClients clients) : IEffectActivity<CreateSilence.Input, CreateSilence.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        await TargetAsync(input, context, cancellationToken);
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        // A retry after a lost answer must not leave two.
        if (await FindAsync(client, context, cancellationToken) is { } made)
            return new() { SilenceId = made.Id!, EndsAt = made.EndsAt };
        var now = context.Time.GetUtcNow();
        var silence = new AlertmanagerClient.Silence
        {
            Matchers = [.. input.Labels.Select(label => new AlertmanagerClient.Matcher(label.Key, label.Value, false, true))],
            StartsAt = now,
            EndsAt = now.AddMinutes(input.Minutes),
            CreatedBy = "homelab",
            Comment = $"{input.Comment} {Mark(context)}",
        };
        return new() { SilenceId = await client.CreateSilenceAsync(silence, cancellationToken), EndsAt = silence.EndsAt };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (input.Labels.Count == 0 || input.Labels.All(label => label.Value.Length == 0))
            throw new ActivityException("A silence without a label that has a value would silence everything; name at least one.", retryable: false);
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var labels = string.Join(',', input.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
        return new("alerts", $"alertmanager:{client.Name}/alerts/{labels}", labels);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await FindAsync(await clients.OpenAsync(input.Connection, context, cancellationToken), context, cancellationToken) is null ? Probe.DidNotHappen : Probe.Happened;

    public UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("alertmanager.expire_silence", new ExpireSilence.Input { Connection = input.Connection, SilenceId = output.SilenceId });

    private static async Task<AlertmanagerClient.Silence?> FindAsync(AlertmanagerClient client, ActivityContext context, CancellationToken cancellationToken) =>
        (await client.SilencesAsync(cancellationToken)).FirstOrDefault(silence => silence.Comment.EndsWith(Mark(context), StringComparison.Ordinal));

    private static string Mark(ActivityContext context) => $"[{context.IdempotencyKey}]";

    internal sealed record Input : ConnectedInput
    {
        [Description("Labels that an alert must have: name to value, exactly.")]
        [Example("""{"alertname":"HighLoad"}""", Json = true)]
        public required IReadOnlyDictionary<string, string> Labels { get; init; }

        [Description("For how many minutes.")]
        [Range(1, 43_200)]
        public int Minutes { get; init; } = 60;

        [Description("Why; shown in Alertmanager.")]
        [StringLength(500, MinimumLength = 1)]
        [Example("Known, being worked on")]
        public required string Comment { get; init; }
    }

    internal sealed record Output
    {
        [Description("Id of the silence.")]
        public required string SilenceId { get; init; }

        [Description("When it ends by itself.")]
        public required DateTimeOffset EndsAt { get; init; }
    }
}
