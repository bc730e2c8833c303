using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity("proxmox.get_task", "Task's state", "Reads how far a task is or how it ended, and the last lines of its log.")]
internal sealed class GetTask(ProxmoxClients clients) : IActivity<GetTask.Input, GetTask.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var task = await client.TaskAsync(input.Task, cancellationToken);
        var log = await client.TaskLogAsync(input.Task, 0, 5000, cancellationToken);
        return new() { Task = ListTasks.Entry.Of(task), Log = [.. log.TakeLast(input.Lines).Select(line => line.T ?? "")] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Id of the task.")]
        [RegularExpression("UPID:[A-Za-z0-9-]+:[0-9A-Fa-f]+:[0-9A-Fa-f]+:[0-9A-Fa-f]+:[^:/\\s]+:[^:/\\s]*:[^:/\\s]+:")]
        [Example("UPID:node1:00000002:00000002:00000002:vzstart:101:root@pam:")]
        public required string Task { get; init; }

        [Description("Lines of the log, from its end.")]
        [Range(1, 1000)]
        public int Lines { get; init; } = 50;
    }

    internal sealed record Output
    {
        [Description("The task.")]
        public required ListTasks.Entry Task { get; init; }

        [Description("Last lines of its log.")]
        public required IReadOnlyList<string> Log { get; init; }
    }
}
