using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Grafana;

[Activity(
    "grafana.delete_annotation", "Delete annotation", "Deletes an annotation.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Low, Idempotent = true, NoUndo = "A deleted annotation is gone; make a new one.")]
internal sealed class DeleteAnnotation(GrafanaClients clients) : IEffectActivity<DeleteAnnotation.Input, DeleteAnnotation.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        await client.DeleteAnnotationAsync(input.AnnotationId, cancellationToken);
        return new() { Deleted = input.AnnotationId };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var annotation = await client.AnnotationAsync(input.AnnotationId, cancellationToken);
        return new("annotation", $"grafana:{client.Name}/annotation/{annotation.Id}", annotation.Text ?? "");
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return await client.HasAnnotationAsync(input.AnnotationId, cancellationToken) ? Probe.DidNotHappen : Probe.Happened;
    }

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Id of the annotation.")]
        [Range(1, int.MaxValue)]
        [Example(7)]
        public required long AnnotationId { get; init; }
    }

    internal sealed record Output
    {
        [Description("What was deleted.")]
        public required long Deleted { get; init; }
    }
}
