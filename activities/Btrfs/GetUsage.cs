using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;

namespace Homelab.Activities.Btrfs;

[Activity("btrfs.get_usage", "File system use", "Reads what a btrfs file system really has left; df does not know.")]
internal sealed class GetUsage(Subvolumes subvolumes) : IActivity<GetUsage.Input, GetUsage.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await subvolumes.OpenAsync(input.Connection, context, cancellationToken);
        var answer = await host.ReadAsync(new("btrfs", "filesystem", "usage", "-b", "--", input.Path), cancellationToken);
        var fields = answer.Output.Split('\n').Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries)).Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0]).ToDictionary(pair => pair.Key, pair => pair.First()[1]);
        return new()
        {
            SizeBytes = Number(fields, "Device size"),
            UsedBytes = Number(fields, "Used"),
            UnallocatedBytes = Number(fields, "Device unallocated"),
            FreeBytes = Number(fields, "Free (estimated)"),
        };
    }

    private static long Number(Dictionary<string, string> fields, string name) =>
        long.TryParse(fields.GetValueOrDefault(name, "").Split(['\t', ' ', '('])[0], CultureInfo.InvariantCulture, out var number) ? number : 0;

    internal sealed record Input : ConnectedInput
    {
        [Description("Any path on the file system.")]
        [RegularExpression(Subvolumes.PathPattern)]
        [Example("/srv/data")]
        public required string Path { get; init; }
    }

    internal sealed record Output
    {
        [Description("Size of the devices.")]
        public required long SizeBytes { get; init; }

        [Description("Used by data and metadata.")]
        public required long UsedBytes { get; init; }

        [Description("In no block group yet: at zero, metadata can run out while data is free.")]
        public required long UnallocatedBytes { get; init; }

        [Description("What can still be written, estimated by btrfs.")]
        public required long FreeBytes { get; init; }
    }
}
