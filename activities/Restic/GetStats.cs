using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Homelab.Activities.Restic;

[Activity("restic.get_stats", "Repository's size", "Measures a repository: what it takes and what a restore of all snapshots would.", TimeoutSeconds = 600)]
internal sealed class GetStats(ResticRepositories repositories) : IActivity<GetStats.Input, GetStats.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        var stored = await StatsAsync(repository, "raw-data", cancellationToken);
        var restored = await StatsAsync(repository, "restore-size", cancellationToken);
        return new() { StoredBytes = stored.TotalSize, RestoredBytes = restored.TotalSize, Files = restored.TotalFileCount, Snapshots = restored.SnapshotsCount };
    }

    private static async Task<Stats> StatsAsync(ResticRepository repository, string mode, CancellationToken cancellationToken) =>
        ResticRepository.Json<Stats>((await repository.ReadAsync(["--no-lock", "stats", "--json", "--mode", mode], cancellationToken, TimeSpan.FromMinutes(10))).Output);

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("What the repository takes.")]
        public required long StoredBytes { get; init; }

        [Description("What all snapshots together would take restored.")]
        public required long RestoredBytes { get; init; }

        [Description("Files in all snapshots together.")]
        public required long Files { get; init; }

        [Description("Snapshots.")]
        public required long Snapshots { get; init; }
    }

    private sealed record Stats(
        [property: JsonPropertyName("total_size")] long TotalSize,
        [property: JsonPropertyName("total_file_count")] long TotalFileCount,
        [property: JsonPropertyName("snapshots_count")] long SnapshotsCount);
}
