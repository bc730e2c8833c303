using System.ComponentModel;

namespace Homelab.Activities.AdGuard;

[Activity("adguard.get_status", "AdGuard Home's status", "Reads whether it runs and protects, and what it answered.")]
internal sealed class GetStatus(AdGuardClients clients) : IActivity<GetStatus.Input, GetStatus.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        var status = await client.StatusAsync(cancellationToken);
        var statistics = await client.StatisticsAsync(cancellationToken);
        return new() { Version = status.Version ?? "", Running = status.Running, Protecting = status.ProtectionEnabled, Queries = statistics.Queries, Blocked = statistics.Blocked, AverageMilliseconds = statistics.AverageSeconds * 1000 };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Version.")]
        public required string Version { get; init; }

        [Description("It answers DNS.")]
        public required bool Running { get; init; }

        [Description("It filters.")]
        public required bool Protecting { get; init; }

        [Description("Queries in the time its statistics hold.")]
        public required long Queries { get; init; }

        [Description("Blocked ones of them.")]
        public required long Blocked { get; init; }

        [Description("Average time of an answer.")]
        public required double AverageMilliseconds { get; init; }
    }
}
