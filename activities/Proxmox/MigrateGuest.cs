using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.migrate_guest", "Migrate guest", "Moves a guest to another node: a running virtual machine live, a running container by a restart.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 3600)]
internal sealed class MigrateGuest(ProxmoxClients clients) : GuestVerb<MigrateGuest.Input, MigrateGuest.Output>(clients)
{
    public override UndoStep? Undo(Input input, Output output) =>
        output.From == input.Node ? null : Activities.Undo.By("proxmox.migrate_guest", input with { Node = output.From });

    protected override async Task<Output> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (guest.Node == input.Node)
            return new() { From = input.Node };
        var task = await client.ChangeAsync(
            HttpMethod.Post, $"{guest.Path}/migrate", cancellationToken,
            ("target", input.Node), (guest.IsContainer ? "restart" : "online", guest.IsRunning ? 1 : null), ("with-local-disks", guest.IsContainer || !input.LocalDisks ? null : 1));
        return new() { From = guest.Node ?? "", Task = task };
    }

    protected override Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken) =>
        Task.FromResult(When(guest.Node == input.Node));

    internal sealed record Input : GuestInput
    {
        [Description("Node to move to.")]
        [RegularExpression(ListTasks.NodePattern)]
        [Options("proxmox.nodes")]
        [Example("node2")]
        public required string Node { get; init; }

        [Description("Take disks along that lie on storage of the node itself.")]
        public bool LocalDisks { get; init; }
    }

    internal sealed record Output
    {
        [Description("Node it was on.")]
        public required string From { get; init; }

        [Description("Id of the task; empty where it was there already.")]
        public string? Task { get; init; }
    }
}
