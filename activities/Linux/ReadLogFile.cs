using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Linux;

[Activity("linux.read_log_file", "Read log file", "Reads the whole lines that were added to a file since it was last read; a rotated file is read from its beginning.")]
internal sealed class ReadLogFile(Hosts hosts) : IActivity<ReadLogFile.Input, ReadLogFile.Output>
{
    // Inode and offset first, then the bytes in base64, so that what is no UTF-8 counts right; the offset counts from where the same file was left.
    private const string Script =
        "set -e; s=$(stat -L -c '%i %s' -- \"$1\"); o=$3; [ \"${s% *}\" = \"$2\" ] || o=0; [ \"$o\" -le \"${s#* }\" ] || o=0; "
        + "[ \"$2\" != 0 ] || [ \"$4\" = 0 ] || { o=$(( ${s#* } - $4 )); [ \"$o\" -ge 0 ] || o=0; }; printf '%s %s\\n' \"${s% *}\" \"$o\"; tail -c \"+$((o + 1))\" -- \"$1\" | head -c \"$5\" | base64 -w 0";

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await hosts.OpenAsync(input.Connection, context, cancellationToken);
        var answer = await host.ReadAsync(
            new("sh", "-c", Script, "sh", Host.Absolute(input.Path), Text(input.Inode ?? 0), Text(input.Offset ?? 0), Text(input.Inode is null ? input.FirstBytes : 0), Text(input.LargestBytes)),
            cancellationToken);
        var end = answer.Output.IndexOf('\n', StringComparison.Ordinal);
        if (end < 0 || answer.Output[..end].Split(' ') is not [var inodeText, var offsetText] || !long.TryParse(inodeText, out var inode) || !long.TryParse(offsetText, out var offset))
            throw new ActivityException($"Reading {input.Path} on {host.Name} answered something else than lines.", retryable: false);

        // The last line may still be written; it is read whole the next time.
        var bytes = Convert.FromBase64String(answer.Output[(end + 1)..].Trim());
        var whole = bytes.AsSpan(0, bytes.AsSpan().LastIndexOf((byte)'\n') + 1);
        return new()
        {
            Lines = [.. System.Text.Encoding.UTF8.GetString(whole).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.TrimEnd('\r'))],
            Inode = inode,
            Offset = offset + whole.Length,
        };
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the file.")]
        [StringLength(4096, MinimumLength = 1)]
        [RegularExpression("/[^\\x00\\r\\n]*")]
        [Example("/var/log/syslog")]
        public required string Path { get; init; }

        [Description("Which file it was when it was last read; empty the first time.")]
        [Range(1, long.MaxValue)]
        public long? Inode { get; init; }

        [Description("Where reading goes on, in bytes.")]
        [Range(0, long.MaxValue)]
        public long? Offset { get; init; }

        [Description("The first time: so many bytes from the end.")]
        [Range(1, 100_000_000)]
        public long FirstBytes { get; init; } = 1_000_000;

        [Description("At most so many bytes at once.")]
        [Range(1000, 100_000_000)]
        public long LargestBytes { get; init; } = 8_000_000;
    }

    internal sealed record Output
    {
        [Description("Lines, oldest first.")]
        public required IReadOnlyList<string> Lines { get; init; }

        [Description("For the next time.")]
        public required long Inode { get; init; }

        [Description("For the next time.")]
        public required long Offset { get; init; }
    }
}
