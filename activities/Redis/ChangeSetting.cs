using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Redis;

[Activity(
    "redis.change_setting", "Change setting", "Changes a setting of memory, saving or logging while the server runs, until its next start.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Medium, Idempotent = true)]
internal sealed class ChangeSetting(RedisClients clients) : IEffectActivity<ChangeSetting.Input, ChangeSetting.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await client.SettingAsync(input.Setting, cancellationToken);
        await client.ChangeAsync(cancellationToken, "CONFIG", "SET", input.Setting, input.Value);
        return new() { Before = before, After = await client.SettingAsync(input.Setting, cancellationToken) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        await client.SettingAsync(input.Setting, cancellationToken);
        return client.Server;
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        // "100mb" comes back as bytes: what does not look the same may be the same, and setting it again is harmless.
        return await client.SettingAsync(input.Setting, cancellationToken) == input.Value ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("redis.change_setting", input with { Value = output.Before });

    internal sealed record Input : ConnectedInput
    {
        [Description("The setting. What could be used to run programs or write files elsewhere is not among them.")]
        [AllowedValues(
            "maxmemory", "maxmemory-policy", "maxmemory-samples", "maxclients", "timeout", "tcp-keepalive", "save", "appendfsync", "auto-aof-rewrite-percentage",
            "slowlog-log-slower-than", "slowlog-max-len", "latency-monitor-threshold", "activedefrag", "lazyfree-lazy-eviction", "notify-keyspace-events", "hz")]
        [Example("maxmemory")]
        public required string Setting { get; init; }

        [Description("Its value.")]
        [RegularExpression("[A-Za-z0-9 ._-]{0,200}")]
        [Example("268435456")]
        public required string Value { get; init; }
    }

    internal sealed record Output
    {
        [Description("What it was.")]
        public required string Before { get; init; }

        [Description("What it is.")]
        public required string After { get; init; }
    }
}
