using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Activities.Btrfs;

[Activity(
    "btrfs.roll_back", "Roll back to snapshot",
    "Puts a writable copy of a snapshot in the place of a subvolume; what was there is kept beside it. Stop what uses it first.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Medium, AvailabilityRisk = RiskLevel.Medium, TimeoutSeconds = 120)]
internal sealed class RollBack(Subvolumes subvolumes) : IEffectActivity<RollBack.Input, RollBack.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        await TargetAsync(input, context, cancellationToken);
        await Subvolumes.GetAsync(host, input.Snapshot, cancellationToken);
        var kept = Kept(input, context);
        // One command, so that a break of the connection cannot leave the place empty; a failed copy puts the old one back.
        await host.ChangeAsync(
            new("sh", "-c", "set -e; trap '' HUP PIPE; mv -T -- \"$1\" \"$3\"; btrfs subvolume snapshot -- \"$2\" \"$1\" || { mv -T -- \"$3\" \"$1\"; exit 1; }",
                "sh", input.Path, input.Snapshot, kept),
            cancellationToken);
        return new() { Kept = kept, Uuid = (await Subvolumes.GetAsync(host, input.Path, cancellationToken)).Uuid };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        return Subvolumes.Target(host, await Subvolumes.GetAsync(host, input.Path, cancellationToken));
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        var (kept, now) = (await Subvolumes.FindAsync(host, Kept(input, context), cancellationToken), await Subvolumes.FindAsync(host, input.Path, cancellationToken));
        return (kept, now) switch
        {
            (null, not null) => Probe.DidNotHappen,
            (not null, not null) => Probe.Happened,
            _ => Probe.Unknown,
        };
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("btrfs.roll_back", input with { Snapshot = output.Kept });

    /// <summary>Named for the step, so that the probe finds it.</summary>
    private static string Kept(Input input, ActivityContext context) =>
        $"{input.Path}.homelab-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{context.IdempotencyKey} {input.Snapshot}")))[..12]}";

    internal sealed record Input : ConnectedInput
    {
        [Description("Path of the subvolume.")]
        [RegularExpression(Subvolumes.PathPattern)]
        [Example("/srv/data")]
        public required string Path { get; init; }

        [Description("Path of the snapshot to go back to.")]
        [RegularExpression(Subvolumes.PathPattern)]
        [Example("/srv/data-before")]
        public required string Snapshot { get; init; }
    }

    internal sealed record Output
    {
        [Description("Where the subvolume as it was before is kept.")]
        public required string Kept { get; init; }

        [Description("UUID of the subvolume now in place.")]
        public required string Uuid { get; init; }
    }
}
