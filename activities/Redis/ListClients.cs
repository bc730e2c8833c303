using System.ComponentModel;
using System.Globalization;

namespace Homelab.Activities.Redis;

[Activity("redis.list_clients", "List clients", "Lists who is connected, since when, and what each did last.")]
internal sealed class ListClients(RedisClients clients) : IActivity<ListClients.Input, ListClients.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new() { Clients = await AllAsync(client, cancellationToken) };
    }

    internal static async Task<IReadOnlyList<Client>> AllAsync(RedisClient client, CancellationToken cancellationToken) =>
        [.. (await client.TextAsync(cancellationToken, "CLIENT", "LIST")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read)];

    private static Client Read(string line)
    {
        var fields = line.Trim().Split(' ').Select(field => field.Split('=', 2)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0]).ToDictionary(pair => pair.Key, pair => pair.Last()[1]);
        return new(
            Number(fields, "id"), fields.GetValueOrDefault("addr", ""), fields.GetValueOrDefault("name", ""), fields.GetValueOrDefault("user", ""),
            Number(fields, "age"), Number(fields, "idle"), fields.GetValueOrDefault("cmd", ""), Number(fields, "tot-mem"));
    }

    private static long Number(Dictionary<string, string> fields, string name) => long.TryParse(fields.GetValueOrDefault(name), CultureInfo.InvariantCulture, out var number) ? number : 0;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Clients, each with an id that is never given again.")]
        public required IReadOnlyList<Client> Clients { get; init; }
    }

    internal sealed record Client(long Id, string Address, string Name, string User, long AgeSeconds, long IdleSeconds, string Command, long MemoryBytes);
}
