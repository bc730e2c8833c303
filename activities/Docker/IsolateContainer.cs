using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.isolate_container", "Isolate container", "Disconnects a running container from all its networks; it goes on running and can be looked into.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 60, Idempotent = true)]
internal sealed class IsolateContainer(DockerClients clients) : IEffectActivity<ContainerInput, IsolateContainer.Output>
{
    public async Task<Output> ExecuteAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        var networks = container.Networks.ToDictionary(network => network.Key, network => ContainerDefinition.Endpoint(network.Value as JsonObject ?? [], container.Id));
        if (networks.ContainsKey("host"))
            throw new ActivityException($"Container '{container.Name}' uses the machine's own network and cannot be isolated; stop it instead.", retryable: false);
        networks.Remove("none");
        foreach (var network in networks.Keys)
            await client.DisconnectAsync(network, container.Id, cancellationToken);
        return new() { Networks = networks };
    }

    public Task<ActivityTarget> TargetAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        // Interrupted between two networks it goes on with the rest, but what the first was is known only to the journal of docker.
        return (await client.GetAsync(input.Container, cancellationToken)).Networks.All(network => network.Key == "none") ? Probe.Unknown : Probe.DidNotHappen;
    }

    public UndoStep? Undo(ContainerInput input, Output output) => output.Networks.Count == 0
        ? null
        : Activities.Undo.By("docker.connect_networks", new ConnectNetworks.Input { Connection = input.Connection, Container = input.Container, Networks = output.Networks });

    internal sealed record Output
    {
        [Description("Networks it was connected to, with what was asked of each.")]
        public required IReadOnlyDictionary<string, JsonObject> Networks { get; init; }
    }
}
