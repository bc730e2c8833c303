using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

[Activity(
    "docker.update_limits", "Update container limits", "Changes memory and processor limits of a container while it runs. Podman's compatible API cannot.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class UpdateLimits(DockerClients clients) : IEffectActivity<UpdateLimits.Input, UpdateLimits.Output>
{
    private const double Nano = 1e9;

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (input.MemoryBytes is null && input.Processors is null)
            throw new ActivityException("Nothing to change was given: set memoryBytes or processors.", retryable: false);
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var container = await client.GetAsync(input.Container, cancellationToken);
        var machine = await client.InfoAsync(cancellationToken);
        var before = (Memory: Container.Number(container.HostConfig, "Memory"), Processors: Container.Number(container.HostConfig, "NanoCpus") / Nano);
        var limits = new JsonObject();
        if (input.MemoryBytes is { } memory)
        {
            limits["Memory"] = memory;
            // The engine refuses a memory limit above the one of memory and swap together; as much swap as memory is its own default.
            limits["MemorySwap"] = Container.Number(container.HostConfig, "MemorySwap") == -1 ? -1 : memory * 2;
        }

        if (input.Processors is { } processors)
            limits["NanoCpus"] = (long)(processors * Nano);
        await client.UpdateAsync(container, limits, cancellationToken);
        return new()
        {
            // The API takes no limit for "unchanged"; the whole machine is what comes nearest to none.
            MemoryBytesBefore = before.Memory > 0 ? before.Memory : Container.Number(machine, "MemTotal"),
            ProcessorsBefore = before.Processors > 0 ? before.Processors : Container.Number(machine, "NCPU"),
        };
    }

    public Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        ContainerVerb.TargetAsync(clients, input, context, cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var limits = (await client.GetAsync(input.Container, cancellationToken)).HostConfig;
        return (input.MemoryBytes is null || Container.Number(limits, "Memory") == input.MemoryBytes)
            && (input.Processors is null || Container.Number(limits, "NanoCpus") == (long)(input.Processors * Nano))
            ? Probe.Happened
            : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("docker.update_limits", input with
    {
        MemoryBytes = input.MemoryBytes is null ? null : output.MemoryBytesBefore,
        Processors = input.Processors is null ? null : output.ProcessorsBefore,
    });

    internal sealed record Input : ContainerInput
    {
        [Description("Memory limit in bytes.")]
        [Range(6_291_456, 1e15)]
        [Example(268_435_456)]
        public long? MemoryBytes { get; init; }

        [Description("Limit in processors, such as 1.5.")]
        [Range(0.01, 10_000.0)]
        public double? Processors { get; init; }
    }

    internal sealed record Output
    {
        [Description("Memory limit before; the machine's memory where there was none.")]
        public required long MemoryBytesBefore { get; init; }

        [Description("Limit in processors before; all of the machine's where there was none.")]
        public required double ProcessorsBefore { get; init; }
    }
}
