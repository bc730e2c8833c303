using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.Redis;

[Activity(
    "redis.disconnect_client", "Disconnect client", "Ends the connection of one client.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, Idempotent = true, NoUndo = "The client connects again by itself or not.")]
internal sealed class DisconnectClient(RedisClients clients) : IEffectActivity<DisconnectClient.Input, DisconnectClient.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var there = await FindAsync(client, input, cancellationToken);
        if (there is not null)
            await client.ChangeAsync(cancellationToken, "CLIENT", "KILL", "ID", input.ClientId.ToString(CultureInfo.InvariantCulture));
        return new() { Ended = there is not null, Address = there?.Address };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var there = await FindAsync(client, input, cancellationToken) ?? throw new ActivityException($"Redis '{client.Name}' has no client {input.ClientId}; redis.list_clients lists them.", retryable: false);
        return new("client", $"redis:{client.Name}/client/{there.Id}", $"{there.Name} {there.Address}".Trim());
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await FindAsync(await clients.OpenAsync(input.Connection, context, cancellationToken), input, cancellationToken) is null ? Probe.Happened : Probe.DidNotHappen;

    public UndoStep? Undo(Input input, Output output) => null;

    private static async Task<ListClients.Client?> FindAsync(RedisClient client, Input input, CancellationToken cancellationToken) =>
        (await ListClients.AllAsync(client, cancellationToken)).FirstOrDefault(found => found.Id == input.ClientId);

    internal sealed record Input : ConnectedInput
    {
        [Description("Id of the client, from the list of clients.")]
        [Range(1, 9_007_199_254_740_991)]
        [Example(7)]
        public required long ClientId { get; init; }
    }

    internal sealed record Output
    {
        [Description("It was connected and is no more.")]
        public required bool Ended { get; init; }

        [Description("Where it came from.")]
        public string? Address { get; init; }
    }
}
