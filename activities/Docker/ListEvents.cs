using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity("docker.list_events", "Engine events", "Lists what happened on an engine in the last minutes: starts, deaths, kills, out of memory, health.")]
internal sealed class ListEvents(DockerClients clients) : IActivity<ListEvents.Input, ListEvents.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var now = context.Time.GetUtcNow();
        var events = await client.EventsAsync(now.AddMinutes(-input.Minutes).ToUnixTimeSeconds(), now.ToUnixTimeSeconds(), cancellationToken);
        return new() { Events = [.. events.Select(Read).Where(happened => input.Container is not { Length: > 0 } name || happened.Name == name)] };
    }

    private static Entry Read(JsonObject line)
    {
        var attributes = line["Actor"]?["Attributes"] as JsonObject ?? [];
        return new(
            DateTimeOffset.FromUnixTimeSeconds(Container.Number(line, "time")), line["Type"]?.ToString() ?? "", line["Action"]?.ToString() ?? line["status"]?.ToString() ?? "",
            attributes["name"]?.ToString() ?? "", attributes["image"]?.ToString(), attributes["exitCode"]?.ToString());
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Length of the time looked at.")]
        [Range(1, 10_080)]
        public int Minutes { get; init; } = 60;

        [Description("Only of this container.")]
        [Options("docker.containers")]
        public string? Container { get; init; }
    }

    internal sealed record Output
    {
        [Description("Events, oldest first.")]
        public required IReadOnlyList<Entry> Events { get; init; }
    }

    internal sealed record Entry(DateTimeOffset Time, string Type, string Action, string Name, string? Image, string? ExitCode);
}
