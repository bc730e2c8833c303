using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.connect_networks", "Connect container to networks", "Connects a container to networks, with the addresses and aliases given for each.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 60, Idempotent = true)]
internal sealed class ConnectNetworks(DockerClients clients) : IEffectActivity<ConnectNetworks.Input, ConnectNetworks.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        List<string> connected = [];
        foreach (var (network, endpoint) in input.Networks.Where(network => !container.Networks.ContainsKey(network.Key)))
        {
            await client.ConnectAsync(network, new JsonObject { ["Container"] = container.Id, ["EndpointConfig"] = endpoint.DeepClone() }, cancellationToken);
            connected.Add(network);
        }

        return new() { Connected = connected };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var networks = (await client.GetAsync(input.Container, cancellationToken)).Networks;
        return input.Networks.Keys.All(networks.ContainsKey) ? Probe.Happened : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => output.Connected.Count == 0
        ? null
        : Activities.Undo.By("docker.isolate_container", new ContainerInput { Connection = input.Connection, Container = input.Container });

    internal sealed record Input : ContainerInput
    {
        [Description("Network to its endpoint settings (Docker's own: Aliases, IPAMConfig); an empty object for none.")]
        [Example("""{"backend":{}}""", Json = true)]
        public required IReadOnlyDictionary<string, JsonObject> Networks { get; init; }
    }

    internal sealed record Output
    {
        [Description("Networks that it was not connected to before.")]
        public required IReadOnlyList<string> Connected { get; init; }
    }
}
