using System.ComponentModel;
using System.Globalization;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity("linux.get_disk_usage", "Disk use", "Lists the file systems of a machine with size, use and inodes; those without a disk are left out.")]
internal sealed class GetDiskUsage(Hosts hosts) : IActivity<GetDiskUsage.Input, GetDiskUsage.Output>
{
    private static readonly string[] WithoutDisk = ["tmpfs", "devtmpfs", "squashfs", "efivarfs", "proc", "sysfs", "ramfs"];

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        // 1: some file system could not be asked (a dead network mount); the others are worth having.
        var answer = await host.ReadAsync(
            new("df", "--block-size=1", "--output=source,fstype,size,used,avail,itotal,iused,target") { Also = [1] }, cancellationToken);
        return new()
        {
            FileSystems = [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(Read).OfType<FileSystem>()
                .Where(system => !WithoutDisk.Contains(system.Type) && system.SizeBytes > 0)],
        };
    }

    private static FileSystem? Read(string line)
    {
        var words = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length < 8)
            return null;
        var (size, used, free, inodes, inodesUsed) = (Number(words[2]), Number(words[3]), Number(words[4]), Number(words[5]), Number(words[6]));
        return new(
            words[7], words[0], words[1], size, used, free, Percent(used, used + free), inodes > 0 ? Percent(inodesUsed, inodes) : null);
    }

    private static long Number(string text) => long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static double Percent(long part, long whole) => whole == 0 ? 0 : Math.Round(100.0 * part / whole, 1);

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("File systems on disks.")]
        public required IReadOnlyList<FileSystem> FileSystems { get; init; }
    }

    internal sealed record FileSystem(
        string MountedOn, string Source, string Type, long SizeBytes, long UsedBytes, long FreeBytes, double UsedPercent, double? InodesUsedPercent);
}
