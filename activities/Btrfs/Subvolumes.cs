using Homelab.Activities.Ssh;

namespace Homelab.Activities.Btrfs;

/// <summary>btrfs of a machine. Connections are those of SSH.</summary>
internal sealed class Subvolumes(Hosts hosts)
{
    /// <summary>Absolute, without a step upward, not the root.</summary>
    public const string PathPattern = "(/(?!\\.{1,2}(/|$))[^/\\x00\\r\\n]+)+";

    public Task<Host> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken) => hosts.OpenAsync(connection, context, cancellationToken);

    /// <summary>What btrfs says of a subvolume; null when there is none at that path.</summary>
    public static async Task<Subvolume?> FindAsync(Host host, string path, CancellationToken cancellationToken)
    {
        var answer = await host.ReadAsync(new("btrfs", "subvolume", "show", "--", path) { AnyExit = true }, cancellationToken);
        if (answer.ExitCode != 0)
            return null;
        var fields = answer.Output.Split('\n').Skip(1).Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(pair => pair.Length == 2).GroupBy(pair => pair[0]).ToDictionary(pair => pair.Key, pair => pair.First()[1]);
        var parent = fields.GetValueOrDefault("Parent UUID", "-");
        return new(path, fields.GetValueOrDefault("UUID", ""), parent == "-" ? null : parent, fields.GetValueOrDefault("Flags", "").Contains("readonly", StringComparison.Ordinal));
    }

    public static async Task<Subvolume> GetAsync(Host host, string path, CancellationToken cancellationToken) =>
        await FindAsync(host, path, cancellationToken)
        ?? throw new ActivityException($"'{path}' is not a btrfs subvolume on {host.Name}.", retryable: false);

    public static ActivityTarget Target(Host host, Subvolume subvolume) => new("subvolume", $"btrfs:{host.Name}/subvolume{subvolume.Path}", subvolume.Path);
}

/// <param name="ParentUuid">Of what it is a snapshot of; null for one that is none.</param>
internal sealed record Subvolume(string Path, string Uuid, string? ParentUuid, bool ReadOnly);
