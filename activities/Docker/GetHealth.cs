using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity("docker.get_health", "Container health", "Reads the verdict of a container's health check and its last outputs; without a check, whether it runs steadily.")]
internal sealed class GetHealth(DockerClients clients) : IActivity<ContainerInput, GetHealth.Output>
{
    public async Task<Output> ExecuteAsync(ContainerInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        var check = container.State["Health"] as JsonObject ?? container.State["Healthcheck"] as JsonObject ?? [];
        return new()
        {
            Healthy = container.Health is { } health and not "none" ? health == "healthy" : container.IsRunning && container.Status == "running",
            Status = container.Health ?? "none",
            FailingStreak = (int)Container.Number(check, "FailingStreak"),
            Restarts = container.Restarts,
            LastOutputs = [.. (check["Log"] as JsonArray ?? []).Select(entry => entry?["Output"]?.ToString().Trim() ?? "")],
        };
    }

    internal sealed record Output
    {
        [Description("The check says healthy, or it runs and has no check.")]
        public required bool Healthy { get; init; }

        [Description("healthy, unhealthy, starting, or none without a check.")]
        public required string Status { get; init; }

        [Description("Failures in a row.")]
        public required int FailingStreak { get; init; }

        [Description("Automatic restarts: a growing number is a restart loop.")]
        public required long Restarts { get; init; }

        [Description("What the check printed lately.")]
        public required IReadOnlyList<string> LastOutputs { get; init; }
    }
}
