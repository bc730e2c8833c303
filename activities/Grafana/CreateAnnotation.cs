using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Grafana;

[Activity(
    "grafana.create_annotation", "Annotate", "Marks a moment on dashboards: all of them, or one.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low)]
internal sealed class CreateAnnotation(GrafanaClients clients) : IEffectActivity<CreateAnnotation.Input, CreateAnnotation.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        if (await FindAsync(client, context, cancellationToken) is { } made)
            return new() { AnnotationId = made.Id };
        Dictionary<string, object> annotation = new()
        {
            ["text"] = input.Text,
            ["tags"] = (string[])[.. input.Tags, Mark(context)],
            ["time"] = (input.At ?? context.Time.GetUtcNow()).ToUnixTimeMilliseconds(),
        };
        if (input.DashboardUid is { } uid)
            annotation["dashboardUID"] = uid;
        return new() { AnnotationId = await client.AnnotateAsync(annotation, cancellationToken) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.HealthAsync(cancellationToken);
        return new("service", $"grafana:{client.Name}/annotations/{input.DashboardUid ?? "all"}", $"Grafana {client.Name}");
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await FindAsync(client, context, cancellationToken) is null ? Probe.DidNotHappen : Probe.Happened;
    }

    public UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("grafana.delete_annotation", new DeleteAnnotation.Input { Connection = input.Connection, AnnotationId = output.AnnotationId });

    private static string Mark(ActivityContext context) => $"step:{context.IdempotencyKey}";

    private static async Task<GrafanaClient.Annotation?> FindAsync(GrafanaClient client, ActivityContext context, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        return await client.AnnotationsAsync(now.AddDays(-7), now.AddDays(1), [Mark(context)], 1, cancellationToken) is [var found, ..] ? found : null;
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("What happened.")]
        [StringLength(5000, MinimumLength = 1)]
        [Example("nas was restarted")]
        public required string Text { get; init; }

        [Description("Tags.")]
        public IReadOnlyList<string> Tags { get; init; } = ["homelab"];

        [Description("The moment; now when empty.")]
        public DateTimeOffset? At { get; init; }

        [Description("Only on this dashboard.")]
        [RegularExpression("[A-Za-z0-9_-]{1,40}")]
        public string? DashboardUid { get; init; }
    }

    internal sealed record Output
    {
        [Description("Id of the annotation.")]
        public required long AnnotationId { get; init; }
    }
}
