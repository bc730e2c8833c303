using System.ComponentModel;

namespace Homelab.Activities.Nginx;

[Activity(
    "nginx.reload_configuration", "Reload configuration", "Makes nginx take its configuration from disk without cutting anybody off, if it is valid.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 60, Idempotent = true, NoUndo = "Restore the files and reload again.")]
internal sealed class ReloadConfiguration(NginxClients clients) : IEffectActivity<ReloadConfiguration.Input, ReloadConfiguration.Output>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.ExpectValidAsync(cancellationToken);
        return new() { Workers = await ReloadAsync(client, context, cancellationToken) };
    }

    /// <summary>Answers how many workers took over; nginx itself only takes the signal and says nothing.</summary>
    internal static async Task<int> ReloadAsync(NginxClient client, ActivityContext context, CancellationToken cancellationToken)
    {
        var before = await client.ProcessesAsync(cancellationToken) ?? throw new ActivityException($"{client.Target.Name} does not run; start it.", retryable: false);
        await client.ReloadAsync(cancellationToken);
        for (var looks = 0; looks < 50; looks++)
        {
            // The old ones may still take connections when the first new one is there already.
            if (await client.ProcessesAsync(cancellationToken) is { Workers.Count: > 0 } now && !now.Workers.Intersect(before.Workers).Any())
                return now.Workers.Count;
            await Task.Delay(Pause, context.Time, cancellationToken);
        }

        throw new ActivityException($"{client.Target.Name} took the signal and its workers were not replaced; its error log says why (a port that is taken, say).", retryable: false);
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await clients.OpenAsync(input.Connection, context, cancellationToken)).Target;

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Workers that started with the configuration of now.")]
        public required int Workers { get; init; }
    }
}
