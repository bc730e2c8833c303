using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;

namespace Homelab.Activities.Proxmox;

[Activity(
    "proxmox.change_config", "Change guest's resources", "Changes cores, memory or swap of a guest; a virtual machine may need a reboot before it counts.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 60, Idempotent = true)]
internal sealed class ChangeConfig(ProxmoxClients clients) : GuestVerb<ChangeConfig.Input, ChangeConfig.Output>(clients)
{
    public override UndoStep? Undo(Input input, Output output) => Activities.Undo.By("proxmox.change_config", new Input
    {
        Connection = input.Connection,
        Vmid = input.Vmid,
        Cores = Before(output, "cores"),
        MemoryMegabytes = Before(output, "memory"),
        SwapMegabytes = Before(output, "swap"),
        Unset = [.. output.Changed.Where(name => !output.Before.ContainsKey(name))],
    });

    protected override async Task<Output> DoAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var wanted = Wanted(input);
        var config = await client.ConfigAsync(guest, cancellationToken);
        if (wanted.Count == 0 && input.Unset.Count == 0)
            throw new ActivityException("Nothing to change is given: cores, memoryMegabytes, swapMegabytes or unset.", retryable: false);
        if (!guest.IsContainer && (wanted.ContainsKey("swap") || input.Unset.Contains("swap")))
            throw new ActivityException($"Guest {guest.Vmid} is a virtual machine; its swap is its own, only a container has one here.", retryable: false);
        List<string> changed = [.. wanted.Keys, .. input.Unset];
        var before = changed.Where(config.ContainsKey).ToDictionary(name => name, name => Number(config[name]));
        IEnumerable<(string, object?)> fields = wanted.Select(field => (field.Key, (object?)field.Value));
        // The digest makes Proxmox refuse when somebody else has changed it meanwhile.
        await client.ChangeAsync(
            HttpMethod.Put, $"{guest.Path}/config", cancellationToken,
            [.. fields, ("delete", input.Unset.Count > 0 ? string.Join(',', input.Unset) : null), ("digest", Digest(config))]);
        return new() { Changed = changed, Before = before };
    }

    protected override async Task<Probe> ProbeAsync(
        ProxmoxClient client, ProxmoxClient.GuestEntry guest, Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var config = await client.ConfigAsync(guest, cancellationToken);
        return When(Wanted(input).All(field => config.TryGetValue(field.Key, out var value) && Number(value) == field.Value) && !input.Unset.Any(config.ContainsKey));
    }

    private static Dictionary<string, int> Wanted(Input input) =>
        new[] { ("cores", input.Cores), ("memory", input.MemoryMegabytes), ("swap", input.SwapMegabytes) }
            .Where(field => field.Item2 is not null).ToDictionary(field => field.Item1, field => field.Item2!.Value);

    private static int? Before(Output output, string name) => output.Before.TryGetValue(name, out var value) ? value : null;

    private static int Number(JsonElement value) =>
        int.TryParse(value.ToString().Split(',')[0].Replace("current=", "", StringComparison.Ordinal), CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string? Digest(Dictionary<string, JsonElement> config) => config.TryGetValue("digest", out var digest) ? digest.ToString() : null;

    internal sealed record Input : GuestInput
    {
        [Description("Processor cores.")]
        [Range(1, 512)]
        [Example(2)]
        public int? Cores { get; init; }

        [Description("Memory in MiB.")]
        [Range(16, 16_777_216)]
        public int? MemoryMegabytes { get; init; }

        [Description("Swap in MiB; containers only.")]
        [Range(0, 16_777_216)]
        public int? SwapMegabytes { get; init; }

        [Description("Settings to put back to what Proxmox takes by itself: cores, memory, swap.")]
        public IReadOnlyList<string> Unset { get; init; } = [];
    }

    internal sealed record Output
    {
        [Description("What was changed.")]
        public required IReadOnlyList<string> Changed { get; init; }

        [Description("The values before of what was set.")]
        public required IReadOnlyDictionary<string, int> Before { get; init; }
    }
}
