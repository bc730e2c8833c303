using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Proxmox;

namespace Homelab.Activities.ProxmoxBackup;

[Activity(
    "proxmoxbackup.prune_datastore", "Prune backups", "Deletes backups of a datastore that no rule keeps; protected ones stay. Space is freed by the next garbage collection.",
    Effect = Effect.Destructive, DataRisk = RiskLevel.High, TimeoutSeconds = 3600, Idempotent = true, NoUndo = "A pruned backup is gone.")]
internal sealed class PruneDatastore(ProxmoxBackupClients clients) : IEffectActivity<PruneDatastore.Input, TaskDone>
{
    public async Task<TaskDone> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if ((input.KeepLast, input.KeepHourly, input.KeepDaily, input.KeepWeekly, input.KeepMonthly, input.KeepYearly) == default)
            throw new ActivityException("No rule says what to keep; give at least one of keepLast, keepDaily, ...", retryable: false);
        await TargetAsync(input, context, cancellationToken);
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            Task = await client.ChangeAsync(
                $"/api2/json/admin/datastore/{input.Datastore}/prune-datastore", cancellationToken,
                ("ns", input.Namespace), ("keep-last", input.KeepLast), ("keep-hourly", input.KeepHourly), ("keep-daily", input.KeepDaily),
                ("keep-weekly", input.KeepWeekly), ("keep-monthly", input.KeepMonthly), ("keep-yearly", input.KeepYearly)),
        };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await clients.OpenAsync(input.Connection, context, cancellationToken)).TargetAsync(input.Datastore, cancellationToken);

    // The same rules again delete nothing more.
    public Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(Input input, TaskDone output) => null;

    internal sealed record Input : DatastoreInput
    {
        [Description("Keep the last so many of each guest.")]
        [Range(1, 10_000)]
        [Example(7)]
        public int? KeepLast { get; init; }

        [Description("Keep one an hour for so many hours.")]
        [Range(1, 10_000)]
        public int? KeepHourly { get; init; }

        [Description("Keep one a day for so many days.")]
        [Range(1, 10_000)]
        public int? KeepDaily { get; init; }

        [Description("Keep one a week for so many weeks.")]
        [Range(1, 10_000)]
        public int? KeepWeekly { get; init; }

        [Description("Keep one a month for so many months.")]
        [Range(1, 10_000)]
        public int? KeepMonthly { get; init; }

        [Description("Keep one a year for so many years.")]
        [Range(1, 10_000)]
        public int? KeepYearly { get; init; }
    }
}
