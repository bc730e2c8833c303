using System.ComponentModel;

namespace Homelab.Activities.Traefik;

[Activity("traefik.get_overview", "Traefik's overview", "Counts routers, services and middlewares with those that have errors.")]
internal sealed class GetOverview(TraefikClients clients) : IActivity<GetOverview.Input, GetOverview.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var overview = await client.OverviewAsync(cancellationToken);
        List<Part> parts = [.. new[] { ("http", overview.Http), ("tcp", overview.Tcp), ("udp", overview.Udp) }.SelectMany(section => new[]
        {
            (Kind: "routers", Count: section.Item2?.Routers), (Kind: "services", Count: section.Item2?.Services), (Kind: "middlewares", Count: section.Item2?.Middlewares),
        }.Where(part => part.Count is not null).Select(part => new Part(section.Item1, part.Kind, part.Count!.Total, part.Count.Warnings, part.Count.Errors)))];
        return new() { Parts = parts, Errors = parts.Sum(part => part.Errors), Providers = overview.Providers ?? [] };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("How many have errors.")]
        public required int Errors { get; init; }

        [Description("Counts by protocol and kind.")]
        public required IReadOnlyList<Part> Parts { get; init; }

        [Description("Where its configuration comes from.")]
        public required IReadOnlyList<string> Providers { get; init; }
    }

    internal sealed record Part(string Protocol, string Kind, int Total, int Warnings, int Errors);
}
