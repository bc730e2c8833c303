using System.ComponentModel;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.list_dependencies", "List dependencies", "Lists which containers of an engine name others as hosts in their environment. The environment itself is left out: it can hold secrets.", TimeoutSeconds = 60)]
internal sealed class ListDependencies(DockerClients clients) : IActivity<ListDependencies.Input, ListDependencies.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var listed = await client.ListAsync(all: true, cancellationToken);
        List<Dependency> found = [];
        foreach (var one in listed)
        {
            // A service's name means a container of the same project; a container's own name means it everywhere.
            Dictionary<string, string> names = new(StringComparer.Ordinal);
            foreach (var other in listed.Where(other => other.Id != one.Id))
            {
                names[NameOf(other)] = NameOf(other);
                if (Label(other, "service") is { } service && Label(other, "project") == Label(one, "project"))
                    names.TryAdd(service, NameOf(other));
            }

            var environment = (await client.GetAsync(one.Id, cancellationToken)).Environment.Select(EnvironmentHosts.Read);
            string[] needs = [.. EnvironmentHosts.Of(environment, names.Keys.ToHashSet(StringComparer.Ordinal)).Select(name => names[name]).Distinct(StringComparer.Ordinal)];
            if (needs.Length > 0)
                found.Add(new(NameOf(one), needs));
        }

        return new() { Dependencies = found };
    }

    private static string NameOf(DockerClient.ListedContainer container) => (container.Names is { Count: > 0 } names ? names[0] : container.Id).TrimStart('/');

    private static string? Label(DockerClient.ListedContainer container, string name) => container.Labels?.GetValueOrDefault($"com.docker.compose.{name}");

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Containers that need others.")]
        public required IReadOnlyList<Dependency> Dependencies { get; init; }
    }

    internal sealed record Dependency(string Container, IReadOnlyList<string> Needs);
}
