using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.UptimeKuma;

[Activity("uptimekuma.push_heartbeat", "Push heartbeat", "Tells a push monitor that something is up or down.", Sends = true)]
internal sealed class PushHeartbeat(UptimeKumaClients clients) : IActivity<PushHeartbeat.Input, PushHeartbeat.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        await client.PushAsync(context, input.Up ? "up" : "down", input.Message, input.PingMilliseconds, cancellationToken);
        return new() { Pushed = true };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Up or down.")]
        public bool Up { get; init; } = true;

        [Description("What to say.")]
        [StringLength(250)]
        public string Message { get; init; } = "OK";

        [Description("Time to show.")]
        [Range(0, 3_600_000)]
        public int? PingMilliseconds { get; init; }
    }

    internal sealed record Output
    {
        [Description("It was taken.")]
        public required bool Pushed { get; init; }
    }
}
