using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Homelab.Activities.Borg;

[Activity("borg.get_stats", "Repository's size", "Measures a repository: what it takes and what all archives would restored.", TimeoutSeconds = 120)]
internal sealed class GetStats(BorgRepositories repositories) : IActivity<GetStats.Input, GetStats.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var repository = await repositories.OpenAsync(input.Connection, context, cancellationToken);
        var info = BorgRepository.Json<Info>((await repository.ReadAsync(["info", "--json", "--", repository.Path], cancellationToken)).Output);
        return info is { Cache.Stats: { } stats, Repository: { } about }
            ? new() { StoredBytes = stats.UniqueCompressed, RestoredBytes = stats.Total, LastModified = new(DateTime.SpecifyKind(about.LastModified, DateTimeKind.Utc)), Encryption = info.Encryption?.Mode ?? "" }
            : throw new ActivityException("borg info answered without its numbers.", retryable: false);
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("What the repository takes.")]
        public required long StoredBytes { get; init; }

        [Description("What all archives together would take restored.")]
        public required long RestoredBytes { get; init; }

        [Description("When it was last written.")]
        public required DateTimeOffset LastModified { get; init; }

        [Description("none, repokey, keyfile, ...")]
        public required string Encryption { get; init; }
    }

    private sealed record Info(CacheInfo? Cache, RepositoryInfo? Repository, EncryptionInfo? Encryption);

    private sealed record CacheInfo(Stats? Stats);

    private sealed record Stats([property: JsonPropertyName("unique_csize")] long UniqueCompressed, [property: JsonPropertyName("total_size")] long Total);

    private sealed record RepositoryInfo([property: JsonPropertyName("last_modified")] DateTime LastModified);

    private sealed record EncryptionInfo(string? Mode);
}
