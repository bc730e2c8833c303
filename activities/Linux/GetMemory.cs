using System.ComponentModel;
using System.Globalization;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity("linux.get_memory", "Memory and load", "Reads memory, swap, load and time since boot of a machine.")]
internal sealed class GetMemory(Hosts hosts) : IActivity<GetMemory.Input, GetMemory.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var answer = await host.ReadAsync(new("cat", "/proc/meminfo", "/proc/loadavg", "/proc/uptime"), cancellationToken);
        var lines = answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var kilobytes = lines.Where(line => line.Contains(':', StringComparison.Ordinal)).Select(line => line.Split(':', 2))
            .ToDictionary(pair => pair[0], pair => long.Parse(pair[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture));
        var load = lines[^2].Split(' ');
        return new()
        {
            TotalBytes = kilobytes["MemTotal"] * 1024,
            AvailableBytes = kilobytes["MemAvailable"] * 1024,
            UsedPercent = Math.Round(100 * (1 - ((double)kilobytes["MemAvailable"] / kilobytes["MemTotal"])), 1),
            SwapTotalBytes = kilobytes["SwapTotal"] * 1024,
            SwapFreeBytes = kilobytes["SwapFree"] * 1024,
            Load = [.. load.Take(3).Select(number => double.Parse(number, CultureInfo.InvariantCulture))],
            UptimeSeconds = double.Parse(lines[^1].Split(' ')[0], CultureInfo.InvariantCulture),
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Memory of the machine.")]
        public required long TotalBytes { get; init; }

        [Description("Memory that programs can have without swapping.")]
        public required long AvailableBytes { get; init; }

        [Description("Part of the memory that is not available.")]
        public required double UsedPercent { get; init; }

        [Description("Swap space.")]
        public required long SwapTotalBytes { get; init; }

        [Description("Swap space that is free.")]
        public required long SwapFreeBytes { get; init; }

        [Description("Load of the last 1, 5 and 15 minutes.")]
        public required IReadOnlyList<double> Load { get; init; }

        [Description("Seconds since the machine was started.")]
        public required double UptimeSeconds { get; init; }
    }
}
