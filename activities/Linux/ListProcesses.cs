using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity("linux.list_processes", "Processes", "Lists the processes of a machine that use the most memory or processor time. Arguments are left out: they can hold secrets.")]
internal sealed class ListProcesses(Hosts hosts) : IActivity<ListProcesses.Input, ListProcesses.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var order = input.OrderBy == Order.Memory ? "-rss" : "-pcpu";
        var answer = await host.ReadAsync(new("ps", "-e", $"--sort={order}", "-o", "pid=,ppid=,user:32=,pcpu=,rss=,etimes=,comm="), cancellationToken);
        return new() { Processes = [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(input.Count).Select(Read)] };
    }

    private static Entry Read(string line)
    {
        var words = line.Split(' ', 7, StringSplitOptions.RemoveEmptyEntries);
        return new(Number(words[0]), Number(words[1]), words[2], double.Parse(words[3], CultureInfo.InvariantCulture), Number(words[4]) * 1024, Number(words[5]), words[6]);
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    internal enum Order
    {
        Memory,
        Processor,
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("What counts for the order.")]
        public Order OrderBy { get; init; }

        [Description("At most this many.")]
        [Range(1, 1000)]
        public int Count { get; init; } = 20;
    }

    internal sealed record Output
    {
        [Description("Processes, the hungriest first.")]
        public required IReadOnlyList<Entry> Processes { get; init; }
    }

    internal sealed record Entry(long Pid, long ParentPid, string User, double ProcessorPercent, long MemoryBytes, long AgeSeconds, string Command);
}
