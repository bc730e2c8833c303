using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace Homelab.Activities.Systemd;

[Activity("systemd.read_logs", "Unit logs", "Reads the last lines of the journal, of one unit or of all.")]
internal sealed class ReadLogs(Units units) : IActivity<ReadLogs.Input, ReadLogs.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var host = await units.OpenAsync(input.Connection, context, cancellationToken);
        List<string> words =
        [
            "journalctl", "--no-pager", "--quiet", "--output=json", "--output-fields=MESSAGE,PRIORITY,_SYSTEMD_UNIT",
            $"--lines={input.Lines}", $"--since=-{input.SinceMinutes}min", $"--priority={input.Priority}",
        ];
        if (input.Unit is { Length: > 0 } unit)
            words.Add($"--unit={unit}");
        var answer = await host.ReadAsync(new(words), cancellationToken);
        return new() { Entries = [.. answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read)] };
    }

    private static Entry Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        var fields = json.RootElement;
        var time = DateTimeOffset.UnixEpoch.AddMicroseconds(long.Parse(fields.GetProperty("__REALTIME_TIMESTAMP").GetString()!, System.Globalization.CultureInfo.InvariantCulture));
        return new(time, Text(fields, "_SYSTEMD_UNIT"), int.TryParse(Text(fields, "PRIORITY"), out var priority) ? priority : 6, Text(fields, "MESSAGE"));
    }

    /// <summary>The journal writes what is not printable as a list of bytes.</summary>
    private static string Text(JsonElement fields, string name) => !fields.TryGetProperty(name, out var value) ? "" : value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => System.Text.Encoding.UTF8.GetString([.. value.EnumerateArray().Select(item => item.TryGetByte(out var single) ? single : (byte)'?')]),
        _ => "",
    };

    internal sealed record Input : ConnectedInput
    {
        [Description("Whole name of the unit; every unit when empty.")]
        [RegularExpression($"({Units.NamePattern})?")]
        [Options("systemd.units")]
        public string? Unit { get; init; }

        [Description("At most this many lines, the newest.")]
        [Range(1, 10_000)]
        public int Lines { get; init; } = 100;

        [Description("Not older than this many minutes.")]
        [Range(1, 525_600)]
        public int SinceMinutes { get; init; } = 60;

        [Description("This priority and more urgent ones: 0 emergency, 3 error, 4 warning, 6 information, 7 debug.")]
        [Range(0, 7)]
        public int Priority { get; init; } = 7;
    }

    internal sealed record Output
    {
        [Description("Lines of the journal, oldest first.")]
        public required IReadOnlyList<Entry> Entries { get; init; }
    }

    internal sealed record Entry(DateTimeOffset Time, string Unit, int Priority, string Message);
}
