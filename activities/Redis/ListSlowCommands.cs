using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.Redis;

[Activity("redis.list_slow_commands", "Slow commands", "Lists the last commands that took long, newest first, without what they wrote.")]
internal sealed class ListSlowCommands(RedisClients clients) : IActivity<ListSlowCommands.Input, ListSlowCommands.Output>
{
    // The words after the key are data of others.
    private const int ShownWords = 2;

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var entries = await client.ReadAsync(cancellationToken, "SLOWLOG", "GET", input.Count.ToString(CultureInfo.InvariantCulture)) as IReadOnlyList<object?>;
        return new() { Commands = [.. (entries ?? throw client.Unexpected("SLOWLOG")).Select(entry => Read(entry) ?? throw client.Unexpected("SLOWLOG"))] };
    }

    private static Slow? Read(object? entry) => entry is IReadOnlyList<object?> { Count: >= 4 } fields && fields is [_, long at, long microseconds, IReadOnlyList<object?> words, ..]
        ? new(DateTimeOffset.FromUnixTimeSeconds(at), microseconds / 1000.0, string.Join(' ', words.Take(ShownWords)), fields.Count > 4 ? fields[4] as string ?? "" : "")
        : null;

    internal sealed record Input : ConnectedInput
    {
        [Description("At most this many.")]
        [Range(1, 1000)]
        public int Count { get; init; } = 20;
    }

    internal sealed record Output
    {
        [Description("Commands with their key.")]
        public required IReadOnlyList<Slow> Commands { get; init; }
    }

    internal sealed record Slow(DateTimeOffset At, double Milliseconds, string Command, string Client);
}
