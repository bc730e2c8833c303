using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.ProxmoxBackup;

[Activity("proxmoxbackup.list_tasks", "List backup tasks", "Lists the last tasks of a backup server with how they ended.")]
internal sealed class ListTasks(ProxmoxBackupClients clients) : IActivity<ListTasks.Input, ListTasks.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            Tasks = [.. (await client.TasksAsync(input.Datastore, input.FailedOnly, input.Count, cancellationToken)).Select(task => new Entry(
                task.Upid, task.Type ?? "", task.Id ?? "", task.User ?? "", task.Endtime is null, task.Status, Time(task.Starttime), Time(task.Endtime)))],
        };
    }

    private static DateTimeOffset? Time(long? seconds) => seconds is { } given ? DateTimeOffset.FromUnixTimeSeconds(given) : null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Only of this datastore.")]
        [RegularExpression(ProxmoxBackupClient.StorePattern)]
        [Options("proxmoxbackup.datastores")]
        public string? Datastore { get; init; }

        [Description("Only those that failed.")]
        public bool FailedOnly { get; init; }

        [Description("At most so many.")]
        [Range(1, 500)]
        public int Count { get; init; } = 50;
    }

    internal sealed record Output
    {
        [Description("Tasks; the result is OK, WARNINGS: n, or why it failed.")]
        public required IReadOnlyList<Entry> Tasks { get; init; }
    }

    internal sealed record Entry(string Id, string Type, string On, string User, bool Running, string? Result, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt);
}
