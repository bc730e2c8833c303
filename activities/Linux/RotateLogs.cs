using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity(
    "linux.rotate_logs", "Rotate logs", "Rotates logs now by a machine's own logrotate configuration, or one file of it.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 300,
    NoUndo = "Rotation deletes the oldest logs where the configuration says so.")]
internal sealed class RotateLogs(Hosts hosts) : IEffectActivity<RotateLogs.Input, RotateLogs.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        await TargetAsync(input, context, cancellationToken);
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var answer = await host.ChangeAsync(
            new("logrotate", "--force", "--verbose", "--", input.Configuration) { Timeout = TimeSpan.FromSeconds(280) }, cancellationToken);
        var report = (answer.Output + answer.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return new() { Rotated = [.. report.Where(line => line.StartsWith("rotating log ", StringComparison.Ordinal)).Select(line => line["rotating log ".Length..].Split(',')[0])] };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var there = await host.ReadAsync(new("test", "-f", Host.Absolute(input.Configuration)) { Also = [1] }, cancellationToken);
        return there.ExitCode == 0
            ? new("host", $"{host.Id}/host/{host.Name}", host.Name)
            : throw new ActivityException($"'{input.Configuration}' is not on {host.Name}.", retryable: false);
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    public UndoStep? Undo(Input input, Output output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Configuration of logrotate to follow.")]
        [RegularExpression("/[^\\x00]+")]
        public string Configuration { get; init; } = "/etc/logrotate.conf";
    }

    internal sealed record Output
    {
        [Description("Logs that were rotated.")]
        public required IReadOnlyList<string> Rotated { get; init; }
    }
}
