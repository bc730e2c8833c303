using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity(
    "linux.clean_disk", "Clean disk",
    "Deletes what a machine can do without, by age: journal, package cache, files in /tmp and /var/tmp, rotated logs. What is not asked for is left alone.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.None, TimeoutSeconds = 600, Idempotent = true,
    NoUndo = "What is deleted is gone.")]
internal sealed class CleanDisk(Hosts hosts) : IEffectActivity<CleanDisk.Input, CleanDisk.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var commands = Commands(input).ToList();
        if (commands.Count == 0)
            throw new ActivityException("Nothing to clean was asked for: set journalDays, temporaryDays, oldLogDays or packageCache.", retryable: false);
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        context.Plan.Intend(context, commands.Select(command => string.Join(' ', command.Words)));
        var before = await FreeAsync(host, cancellationToken);
        List<string> done = [];
        foreach (var command in commands)
        {
            await host.ChangeAsync(command with { Timeout = TimeSpan.FromSeconds(300) }, cancellationToken);
            done.Add(string.Join(' ', command.Words));
        }

        var after = await FreeAsync(host, cancellationToken);
        return new() { FreedBytes = Math.Max(0, after - before), FreeBytes = after, Done = done };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        return new("host", $"{host.Id}/host/{host.Name}", host.Name);
    }

    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, Output output) => null;

    private static IEnumerable<HostCommand> Commands(Input input)
    {
        if (input.JournalDays is { } journal)
            yield return new("journalctl", $"--vacuum-time={Text(journal)}d");
        if (input.PackageCache)
            yield return new("apt-get", "clean");
        // 1: something vanished or may not be deleted; the rest is.
        if (input.TemporaryDays is { } temporary)
            yield return new("find", "/tmp", "/var/tmp", "-xdev", "-type", "f", "-mtime", $"+{Text(temporary)}", "-delete") { Also = [1] };
        if (input.OldLogDays is { } logs)
            yield return new("find", "/var/log", "-xdev", "-type", "f", "-regex", ".*\\(\\.gz\\|\\.xz\\|\\.zst\\|\\.old\\|\\.[0-9]+\\)", "-mtime", $"+{Text(logs)}", "-delete") { Also = [1] };
    }

    private static async Task<long> FreeAsync(Host host, CancellationToken cancellationToken)
    {
        var answer = await host.ReadAsync(new("df", "--block-size=1", "--output=avail", "/"), cancellationToken);
        return long.Parse(answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim(), CultureInfo.InvariantCulture);
    }

    private static string Text(int days) => days.ToString(CultureInfo.InvariantCulture);

    internal sealed record Input : ConnectedInput
    {
        [Description("Delete journal entries older than this many days.")]
        [Range(1, 3650)]
        [Example(30)]
        public int? JournalDays { get; init; }

        [Description("Delete the cache of downloaded packages (apt).")]
        public bool PackageCache { get; init; }

        [Description("Delete files in /tmp and /var/tmp not changed for this many days.")]
        [Range(1, 3650)]
        public int? TemporaryDays { get; init; }

        [Description("Delete rotated logs in /var/log not changed for this many days.")]
        [Range(1, 3650)]
        public int? OldLogDays { get; init; }
    }

    internal sealed record Output
    {
        [Description("What the root file system gained; others may have written meanwhile.")]
        public required long FreedBytes { get; init; }

        [Description("Free on the root file system now.")]
        public required long FreeBytes { get; init; }

        [Description("What was run.")]
        public required IReadOnlyList<string> Done { get; init; }
    }
}
