using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity(
    "linux.reboot_host", "Reboot host", "Schedules a reboot of a machine some minutes ahead; until then it can be cancelled.",
    Effect = Effect.Disruptive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.High, TimeoutSeconds = 60, Idempotent = true)]
internal sealed class RebootHost(Hosts hosts) : IEffectActivity<RebootHost.Input, RebootHost.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var boot = (await host.ReadAsync(new("cat", "/proc/sys/kernel/random/boot_id"), cancellationToken)).Output.Trim();
        await host.ChangeAsync(new("shutdown", "-r", $"+{input.DelayMinutes}", input.Reason), cancellationToken);
        return new() { BootId = boot, DueAt = context.Time.GetUtcNow().AddMinutes(input.DelayMinutes) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        return new("host", $"{host.Id}/host/{host.Name}", host.Name);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        // Scheduled and waiting is certain; otherwise it may have happened already.
        return (await host.ReadAsync(new("test", "-e", "/run/systemd/shutdown/scheduled") { Also = [1] }, cancellationToken)).ExitCode == 0
            ? Probe.Happened
            : Probe.Unknown;
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("linux.cancel_reboot", new CancelReboot.Input { Connection = input.Connection });

    internal sealed record Input : ConnectedInput
    {
        [Description("Minutes until the reboot.")]
        [Range(1, 1440)]
        public int DelayMinutes { get; init; } = 1;

        [Description("Told to people who are signed in there.")]
        [StringLength(200)]
        public string Reason { get; init; } = "Reboot by the operations engine";
    }

    internal sealed record Output
    {
        [Description("Id of the boot before: another one afterwards shows that it happened.")]
        public required string BootId { get; init; }

        [Description("When the machine goes down.")]
        public required DateTimeOffset DueAt { get; init; }
    }
}
