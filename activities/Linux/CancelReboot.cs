using System.ComponentModel;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity(
    "linux.cancel_reboot", "Cancel reboot", "Cancels a reboot or shutdown that is scheduled and has not begun.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, Idempotent = true, NoUndo = "Schedule the reboot again if it is wanted after all.")]
internal sealed class CancelReboot(Hosts hosts) : IEffectActivity<CancelReboot.Input, CancelReboot.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var was = await IsScheduledAsync(host, cancellationToken);
        await host.ChangeAsync(new("shutdown", "-c"), cancellationToken);
        return new() { WasScheduled = was };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        return new("host", $"{host.Id}/host/{host.Name}", host.Name);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await IsScheduledAsync(await hosts.OpenAsync(input.Connection, context, cancellationToken), cancellationToken) ? Probe.DidNotHappen : Probe.Happened;

    public UndoStep? Undo(Input input, Output output) => null;

    private static async Task<bool> IsScheduledAsync(Host host, CancellationToken cancellationToken) =>
        (await host.ReadAsync(new("test", "-e", "/run/systemd/shutdown/scheduled") { Also = [1] }, cancellationToken)).ExitCode == 0;

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("There was something to cancel.")]
        public required bool WasScheduled { get; init; }
    }
}
