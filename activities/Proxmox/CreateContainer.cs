using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.create_container", "Create container", "Makes a new unprivileged LXC container from a template.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 1800, NoUndo = "Deleting a guest is left to a person.")]
internal sealed class CreateContainer(ProxmoxClients clients) : IEffectActivity<CreateContainer.Input, TaskDone>
{
    public const string NamePattern = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";

    public async Task<TaskDone> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        if (await client.FindGuestAsync(input.Vmid, cancellationToken) is { } there)
            throw new ActivityException($"Guest {input.Vmid} exists already ({there.Name}); choose another number.", retryable: false);
        return new()
        {
            Task = await client.ChangeAsync(
                HttpMethod.Post, $"/api2/json/nodes/{input.Node}/lxc", cancellationToken,
                ("vmid", input.Vmid), ("hostname", input.Hostname), ("ostemplate", input.Template), ("unprivileged", 1),
                ("rootfs", string.Create(CultureInfo.InvariantCulture, $"{input.Storage}:{input.DiskGigabytes}")),
                ("cores", input.Cores), ("memory", input.MemoryMegabytes), ("swap", input.SwapMegabytes),
                ("net0", $"name=eth0,bridge={input.Bridge},ip={input.Address}{(input.Gateway is { } gateway ? $",gw={gateway}" : "")}"),
                ("ssh-public-keys", input.SshPublicKeys), ("password", input.Password), ("onboot", input.StartOnBoot ? 1 : 0), ("start", input.Start ? 1 : 0)),
        };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return (await client.NodesAsync(cancellationToken)).Any(node => node.Node == input.Node)
            ? new("node", $"proxmox:{client.Name}/node/{input.Node}", input.Node)
            : throw new ActivityException($"Proxmox connection '{client.Name}' has no node '{input.Node}'.", retryable: false);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await clients.OpenAsync(input.Connection, context, cancellationToken)).FindGuestAsync(input.Vmid, cancellationToken) switch
        {
            null => Probe.DidNotHappen,
            var there when there.Name == input.Hostname => Probe.Happened,
            _ => Probe.Unknown,
        };

    public UndoStep? Undo(Input input, TaskDone output) => null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Node to make it on.")]
        [RegularExpression(ListTasks.NodePattern)]
        [Options("proxmox.nodes")]
        [Example("node1")]
        public required string Node { get; init; }

        [Description("Number of the new container; must be free.")]
        [Range(100, 999_999_999)]
        [Example(201)]
        public required int Vmid { get; init; }

        [Description("Host name.")]
        [RegularExpression(NamePattern)]
        [Example("web2")]
        public required string Hostname { get; init; }

        [Description("Template on a storage, such as local:vztmpl/debian-12-standard_12.0-1_amd64.tar.zst.")]
        [RegularExpression("[A-Za-z][A-Za-z0-9_.-]*:vztmpl/[A-Za-z0-9_.+-]+")]
        [Example("local:vztmpl/debian-12-standard_12.0-1_amd64.tar.zst")]
        public required string Template { get; init; }

        [Description("Storage of its disk.")]
        [RegularExpression(ListContent.StoragePattern)]
        [Example("local-lvm")]
        public required string Storage { get; init; }

        [Description("Size of its disk in GiB.")]
        [Range(1, 131_072)]
        public int DiskGigabytes { get; init; } = 8;

        [Description("Processor cores.")]
        [Range(1, 512)]
        public int Cores { get; init; } = 1;

        [Description("Memory in MiB.")]
        [Range(16, 16_777_216)]
        public int MemoryMegabytes { get; init; } = 512;

        [Description("Swap in MiB.")]
        [Range(0, 16_777_216)]
        public int SwapMegabytes { get; init; } = 512;

        [Description("Bridge of its network.")]
        [RegularExpression("[A-Za-z][A-Za-z0-9_.-]*")]
        public string Bridge { get; init; } = "vmbr0";

        [Description("dhcp, or address and prefix such as 192.0.2.5/24.")]
        [RegularExpression("(dhcp|manual|[0-9]{1,3}(\\.[0-9]{1,3}){3}/[0-9]{1,2})")]
        public string Address { get; init; } = "dhcp";

        [Description("Gateway, with an address.")]
        [RegularExpression("[0-9]{1,3}(\\.[0-9]{1,3}){3}")]
        public string? Gateway { get; init; }

        [Description("Public keys for root, one a line.")]
        [Editor("multi-line")]
        [StringLength(20_000)]
        public string? SshPublicKeys { get; init; }

        [Description("Password of root; none when empty.")]
        [Secret]
        [StringLength(64, MinimumLength = 5)]
        public string? Password { get; init; }

        [Description("Start it with its node.")]
        public bool StartOnBoot { get; init; }

        [Description("Start it when it is made.")]
        public bool Start { get; init; }
    }
}
