using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Docker;

[Activity("docker.read_logs", "Container logs", "Reads the last lines a container wrote, both outputs, with their times.")]
internal sealed class ReadLogs(DockerClients clients) : IActivity<ReadLogs.Input, ReadLogs.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        var since = input.SinceMinutes is { } minutes ? context.Time.GetUtcNow().AddMinutes(-minutes).ToUnixTimeSeconds() : 0;
        var text = await client.LogsAsync(container, input.Lines, since, cancellationToken);
        return new() { Lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries) };
    }

    internal sealed record Input : ContainerInput
    {
        [Description("At most this many lines, the newest.")]
        [Range(1, 10_000)]
        public int Lines { get; init; } = 100;

        [Description("Not older than this many minutes.")]
        [Range(1, 525_600)]
        public int? SinceMinutes { get; init; }
    }

    internal sealed record Output
    {
        [Description("Lines, oldest first, each beginning with its time.")]
        public required IReadOnlyList<string> Lines { get; init; }
    }
}
