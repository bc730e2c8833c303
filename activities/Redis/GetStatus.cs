using System.ComponentModel;
using System.Globalization;

namespace Homelab.Activities.Redis;

[Activity("redis.get_status", "Status", "Reads version, memory, clients, keys, replication and how the last save went.")]
internal sealed class GetStatus(RedisClients clients) : IActivity<GetStatus.Input, GetStatus.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var info = await client.InfoAsync(cancellationToken);
        return new()
        {
            Version = info.GetValueOrDefault("redis_version") ?? throw client.Unexpected("INFO"),
            UptimeSeconds = Number(info, "uptime_in_seconds"),
            Role = info.GetValueOrDefault("role", ""),
            PrimaryLink = info.GetValueOrDefault("master_link_status"),
            Replicas = Number(info, "connected_slaves"),
            Clients = Number(info, "connected_clients"),
            BlockedClients = Number(info, "blocked_clients"),
            UsedBytes = Number(info, "used_memory"),
            PeakBytes = Number(info, "used_memory_peak"),
            LimitBytes = Number(info, "maxmemory"),
            Eviction = info.GetValueOrDefault("maxmemory_policy", ""),
            EvictedKeys = Number(info, "evicted_keys"),
            Hits = Number(info, "keyspace_hits"),
            Misses = Number(info, "keyspace_misses"),
            CommandsPerSecond = Number(info, "instantaneous_ops_per_sec"),
            Keys = info.Where(line => line.Key.StartsWith("db", StringComparison.Ordinal) && line.Value.StartsWith("keys=", StringComparison.Ordinal))
                .Sum(line => long.TryParse(line.Value[5..].Split(',')[0], CultureInfo.InvariantCulture, out var keys) ? keys : 0),
            LastSaveAt = DateTimeOffset.FromUnixTimeSeconds(Number(info, "rdb_last_save_time")),
            LastSaveWorked = info.GetValueOrDefault("rdb_last_bgsave_status", "ok") == "ok" && info.GetValueOrDefault("aof_last_write_status", "ok") == "ok",
            UnsavedChanges = Number(info, "rdb_changes_since_last_save"),
        };
    }

    private static long Number(IReadOnlyDictionary<string, string> info, string name) =>
        long.TryParse(info.GetValueOrDefault(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Version of the server.")]
        public required string Version { get; init; }

        [Description("Seconds since its start.")]
        public required long UptimeSeconds { get; init; }

        [Description("master or slave, as it calls itself.")]
        public required string Role { get; init; }

        [Description("Of a replica: up or down, the link to what it copies.")]
        public string? PrimaryLink { get; init; }

        [Description("Replicas connected to it.")]
        public required long Replicas { get; init; }

        [Description("Clients connected.")]
        public required long Clients { get; init; }

        [Description("Clients that wait in a blocking command.")]
        public required long BlockedClients { get; init; }

        [Description("Memory its data takes.")]
        public required long UsedBytes { get; init; }

        [Description("The most it ever took.")]
        public required long PeakBytes { get; init; }

        [Description("Limit of its memory; 0 is none.")]
        public required long LimitBytes { get; init; }

        [Description("What it does at the limit.")]
        public required string Eviction { get; init; }

        [Description("Keys thrown out at the limit.")]
        public required long EvictedKeys { get; init; }

        [Description("Look-ups that found their key.")]
        public required long Hits { get; init; }

        [Description("Look-ups that did not.")]
        public required long Misses { get; init; }

        [Description("Commands a second, now.")]
        public required long CommandsPerSecond { get; init; }

        [Description("Keys in all databases.")]
        public required long Keys { get; init; }

        [Description("When it last saved its data.")]
        public required DateTimeOffset LastSaveAt { get; init; }

        [Description("The last saving went well.")]
        public required bool LastSaveWorked { get; init; }

        [Description("Changes since, lost if it died now and keeps no log of them.")]
        public required long UnsavedChanges { get; init; }
    }
}
