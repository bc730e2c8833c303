using System.ComponentModel;
using System.Globalization;

namespace Homelab.Activities.Redis;

[Activity(
    "redis.save_data", "Save data", "Makes the server write its data to its disk in the background, and waits until that is done.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 1800, Idempotent = true, NoUndo = "What was saved is what the server holds anyway.")]
internal sealed class SaveData(RedisClients clients) : IEffectActivity<SaveData.Input, SaveData.Output>
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        // One that runs already would make the server refuse; SCHEDULE waits for it.
        await client.ChangeAsync(cancellationToken, "BGSAVE", "SCHEDULE");
        while (true)
        {
            var info = await client.InfoAsync(cancellationToken);
            if (info.GetValueOrDefault("rdb_bgsave_in_progress") != "1")
            {
                return info.GetValueOrDefault("rdb_last_bgsave_status") == "ok"
                    ? new() { SavedAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(info.GetValueOrDefault("rdb_last_save_time", "0"), CultureInfo.InvariantCulture)) }
                    : throw new ActivityException($"Redis '{client.Name}' could not save its data; its own log says why (often a full disk or a directory it may not write).", retryable: false);
            }

            context.Progress?.Report(new(null, $"saving, {info.GetValueOrDefault("current_save_keys_processed", "?")} of {info.GetValueOrDefault("current_save_keys_total", "?")} keys"));
            await Task.Delay(Pause, context.Time, cancellationToken);
        }
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        (await clients.OpenAsync(input.Connection, context, cancellationToken)).Server;

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("When the data on its disk is of.")]
        public required DateTimeOffset SavedAt { get; init; }
    }
}
