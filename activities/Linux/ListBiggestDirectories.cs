using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity("linux.list_biggest_directories", "Biggest directories", "Measures what lies below a directory, on its own file system only.", TimeoutSeconds = 300)]
internal sealed class ListBiggestDirectories(Hosts hosts) : IActivity<ListBiggestDirectories.Input, ListBiggestDirectories.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        // 1: a directory vanished or may not be read meanwhile.
        var answer = await host.ReadAsync(
            new("du", "--one-file-system", "--block-size=1", "--null", $"--max-depth={input.Depth}", "--", Host.Absolute(input.Path))
            {
                Also = [1], Timeout = TimeSpan.FromSeconds(280),
            },
            cancellationToken);
        var sizes = answer.Output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(entry => entry.Split('\t', 2))
            .Where(pair => pair.Length == 2)
            .Select(pair => new Entry(pair[1], long.Parse(pair[0], CultureInfo.InvariantCulture))).ToList();
        return sizes.Count == 0
            ? throw new ActivityException($"Nothing could be measured at '{input.Path}' on {host.Name}: {answer.Error.Trim()}", retryable: false)
            : new() { Directories = [.. sizes.OrderByDescending(entry => entry.Bytes).Take(input.Count)] };
    }

    internal sealed record Input : ConnectedInput
    {
        [Description("Directory to look below.")]
        [RegularExpression("/[^\\x00]*")]
        public string Path { get; init; } = "/";

        [Description("Levels below it to list.")]
        [Range(0, 10)]
        public int Depth { get; init; } = 3;

        [Description("At most this many, the biggest first.")]
        [Range(1, 1000)]
        public int Count { get; init; } = 20;
    }

    internal sealed record Output
    {
        [Description("Directories with everything below them, biggest first.")]
        public required IReadOnlyList<Entry> Directories { get; init; }
    }

    internal sealed record Entry(string Path, long Bytes);
}
