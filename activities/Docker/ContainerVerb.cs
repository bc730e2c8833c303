using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Docker;

/// <summary>What start, stop, restart and kill have in common.</summary>
internal static class ContainerVerb
{
    public static async Task<ContainerChange> DoAsync(
        DockerClients clients, ContainerInput input, string verb, ToolPath.Raw? query, ActivityContext context, CancellationToken cancellationToken, int graceSeconds = 0)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var before = await client.GetAsync(input.Container, cancellationToken);
        await client.ActAsync(before, verb, query, cancellationToken, TimeSpan.FromSeconds(graceSeconds));
        var after = await client.GetAsync(input.Container, cancellationToken);
        return new() { Before = before.Status, After = after.Status, StartedAt = after.StartedAt };
    }

    public static async Task<ActivityTarget> TargetAsync(DockerClients clients, ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await clients.OpenAsync(input.Connection, context, cancellationToken)).TargetAsync(input.Container, cancellationToken);

    public static async Task<bool> IsRunningAsync(DockerClients clients, ContainerInput input, ActivityContext context, CancellationToken cancellationToken) =>
        (await (await clients.OpenAsync(input.Connection, context, cancellationToken)).GetAsync(input.Container, cancellationToken)).IsRunning;
}

internal sealed record StopInput : ContainerInput
{
    [Description("Seconds it has to end by itself before it is killed.")]
    [Range(0, 300)]
    public int GraceSeconds { get; init; } = 10;
}
