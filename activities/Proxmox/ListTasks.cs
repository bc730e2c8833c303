using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity("proxmox.list_tasks", "List tasks", "Lists the last tasks of a node, running ones first, with how they ended.")]
internal sealed class ListTasks(ProxmoxClients clients) : IActivity<ListTasks.Input, ListTasks.Output>
{
    public const string NodePattern = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var tasks = await client.TasksAsync(input.Node, input.Vmid, input.FailedOnly, input.Count, cancellationToken);
        return new() { Tasks = [.. tasks.Select(Entry.Of).OrderByDescending(task => task.Running).ThenByDescending(task => task.StartedAt)] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("The node.")]
        [RegularExpression(NodePattern)]
        [Options("proxmox.nodes")]
        [Example("node1")]
        public required string Node { get; init; }

        [Description("Only of this guest.")]
        [Range(100, 999_999_999)]
        public int? Vmid { get; init; }

        [Description("Only those that failed.")]
        public bool FailedOnly { get; init; }

        [Description("At most so many.")]
        [Range(1, 500)]
        public int Count { get; init; } = 50;
    }

    internal sealed record Output
    {
        [Description("Tasks.")]
        public required IReadOnlyList<Entry> Tasks { get; init; }
    }

    /// <param name="Result">OK, WARNINGS: n, or why it failed; empty while it runs.</param>
    internal sealed record Entry(string Id, string Type, string On, string User, bool Running, string? Result, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt)
    {
        // A list says in `status` how a task ended, a task asked alone says it in `exitstatus`.
        public static Entry Of(ProxmoxClient.TaskEntry task) => new(
            task.Upid, task.Type ?? "", task.Id ?? "", task.User ?? "", task.Status is null or "running" && task.Endtime is null,
            task.Exitstatus ?? (task.Status is "running" or "stopped" ? null : task.Status), Time(task.Starttime), Time(task.Endtime));

        private static DateTimeOffset? Time(long? seconds) => seconds is { } given ? DateTimeOffset.FromUnixTimeSeconds(given) : null;
    }
}
