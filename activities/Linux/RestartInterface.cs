using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity(
    "linux.restart_interface", "Restart network interface",
    "Takes a network interface down and up again in one command on the machine, so that it comes up even if the connection runs through it.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.High, TimeoutSeconds = 90, Idempotent = true,
    NoUndo = "The interface is up again afterwards; routes and addresses set by hand are not kept by the kernel.")]
internal sealed class RestartInterface(Hosts hosts) : IEffectActivity<RestartInterface.Input, RestartInterface.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        await TargetAsync(input, context, cancellationToken);
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        // `trap` keeps the far side going when the connection breaks in between.
        await host.ChangeAsync(
            new("sh", "-c", "trap '' HUP PIPE; ip link set dev \"$1\" down; sleep 1; ip link set dev \"$1\" up", "sh", input.Interface)
            {
                Timeout = TimeSpan.FromSeconds(60),
            },
            cancellationToken);
        var flags = (await host.ReadAsync(new("cat", $"/sys/class/net/{input.Interface}/flags"), cancellationToken)).Output.Trim();
        var state = (await host.ReadAsync(new("cat", $"/sys/class/net/{input.Interface}/operstate"), cancellationToken)).Output.Trim();
        return new() { Up = (Convert.ToInt32(flags, 16) & 1) == 1, State = state };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (input.Interface == "lo")
            throw new ActivityException("The loopback interface 'lo' is never restarted: every service of the machine hangs on it.", retryable: false);
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var there = await host.ReadAsync(new("test", "-d", $"/sys/class/net/{input.Interface}") { Also = [1] }, cancellationToken);
        return there.ExitCode == 0
            ? new("interface", $"{host.Id}/interface/{input.Interface}", $"{input.Interface} of {host.Name}")
            : throw new ActivityException($"{host.Name} has no network interface '{input.Interface}'.", retryable: false);
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Name of the network interface.")]
        [RegularExpression("[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")]
        [Options("linux.interfaces")]
        [Example("eth0")]
        public required string Interface { get; init; }
    }

    internal sealed record Output
    {
        [Description("The interface is set up.")]
        public required bool Up { get; init; }

        [Description("What the kernel says of the line: up, down, unknown, ...")]
        public required string State { get; init; }
    }
}
