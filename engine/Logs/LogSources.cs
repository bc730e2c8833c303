using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Logs;

/// <summary>Reads what is new of a source, by the activities that read it, from where the last look ended.</summary>
internal sealed class LogSources(Lazy<Reading> reading, SyslogStore syslog)
{
    private const int Most = 10_000;
    private static readonly TimeSpan FirstLook = TimeSpan.FromMinutes(15);

    /// <param name="position">As the last look left it; empty the first time.</param>
    /// <exception cref="ActivityException">It could not be read; the position stays.</exception>
    public Task<(IReadOnlyList<LogEntry> Entries, string Position)> ReadAsync(LogSourceSettings source, string position, ActivityContext context, CancellationToken cancellationToken) => source.Kind switch
    {
        "docker" => DockerAsync(source, position, context, cancellationToken),
        "journal" => JournalAsync(source, position, context, cancellationToken),
        "loki" => LokiAsync(source, position, context, cancellationToken),
        "file" => FileAsync(source, position, context, cancellationToken),
        "syslog" => syslog.TakeAsync(position, Most, cancellationToken),
        _ => throw new ActivityException($"A log source is of kind docker, journal, loki, file or syslog, not '{source.Kind}' (LogAnalysis:Sources).", retryable: false),
    };

    private async Task<(IReadOnlyList<LogEntry>, string)> DockerAsync(LogSourceSettings source, string position, ActivityContext context, CancellationToken cancellationToken)
    {
        var after = After(position, context);
        IReadOnlyList<string> names = source.Select.Length > 0
            ? [source.Select]
            : [.. (await AskAsync("docker.list_containers", new() { ["connection"] = source.Connection, ["runningOnly"] = true }, context, cancellationToken))["containers"]!.AsArray().Select(container => (string)container!["name"]!)];
        List<LogEntry> entries = [];
        foreach (var name in names)
        {
            var answer = await AskAsync("docker.read_logs", new() { ["connection"] = source.Connection, ["container"] = name, ["lines"] = Most, ["sinceMinutes"] = Minutes(after, context) }, context, cancellationToken);
            foreach (var line in answer["lines"]!.AsArray().Select(line => (string)line!))
            {
                var space = line.IndexOf(' ', StringComparison.Ordinal);
                if (space > 0 && DateTimeOffset.TryParse(line.AsSpan(0, space), CultureInfo.InvariantCulture, out var at) && at > after)
                    entries.Add(Entry(at, name, null, line[(space + 1)..]));
            }
        }

        return Ordered(entries, after);
    }

    private async Task<(IReadOnlyList<LogEntry>, string)> JournalAsync(LogSourceSettings source, string position, ActivityContext context, CancellationToken cancellationToken)
    {
        var after = After(position, context);
        var input = new JsonObject { ["connection"] = source.Connection, ["lines"] = Most, ["sinceMinutes"] = Minutes(after, context) };
        if (source.Select.Length > 0)
            input["unit"] = source.Select;
        var answer = await AskAsync("systemd.read_logs", input, context, cancellationToken);
        return Ordered(
            answer["entries"]!.AsArray().Select(line => Entry((DateTimeOffset)line!["time"]!, (string)line["unit"]! is { Length: > 0 } unit ? unit : "kernel", (int)line["priority"]!, (string)line["message"]!))
                .Where(entry => entry.At > after),
            after);
    }

    private async Task<(IReadOnlyList<LogEntry>, string)> LokiAsync(LogSourceSettings source, string position, ActivityContext context, CancellationToken cancellationToken)
    {
        var after = After(position, context);
        var answer = await AskAsync(
            "loki.query_range",
            new() { ["connection"] = source.Connection, ["query"] = source.Select.Length > 0 ? source.Select : "{job=~\".+\"}", ["minutes"] = Minutes(after, context), ["limit"] = 5000 },
            context, cancellationToken);
        return Ordered(
            answer["lines"]!.AsArray().Select(line => Entry(
                    (DateTimeOffset)line!["time"]!,
                    (string?)(line["labels"]?["service_name"] ?? line["labels"]?["container"] ?? line["labels"]?["unit"] ?? line["labels"]?["job"] ?? line["labels"]?["app"]) ?? "loki",
                    null, (string)line["line"]!))
                .Where(entry => entry.At > after),
            after);
    }

    private async Task<(IReadOnlyList<LogEntry>, string)> FileAsync(LogSourceSettings source, string position, ActivityContext context, CancellationToken cancellationToken)
    {
        var input = new JsonObject { ["connection"] = source.Connection, ["path"] = source.Select };
        if (position.Split(' ') is [var inode, var offset])
            (input["inode"], input["offset"]) = (long.Parse(inode, CultureInfo.InvariantCulture), long.Parse(offset, CultureInfo.InvariantCulture));
        var answer = await AskAsync("linux.read_log_file", input, context, cancellationToken);
        var now = context.Time.GetUtcNow();
        return (
            [.. answer["lines"]!.AsArray().Select(line => Entry(now, Path.GetFileName(source.Select), null, (string)line!))],
            string.Create(CultureInfo.InvariantCulture, $"{(long)answer["inode"]!} {(long)answer["offset"]!}"));
    }

    private async Task<JsonObject> AskAsync(string activity, JsonObject input, ActivityContext context, CancellationToken cancellationToken) =>
        (await reading.Value.PerformAsync(activity, input, context, cancellationToken)) as JsonObject ?? throw new ActivityException($"{activity} answered nothing.", retryable: true);

    private static LogEntry Entry(DateTimeOffset at, string service, int? level, string text) => new(at, service, level is { } said and < 6 ? said : LogLevels.Of(text), text);

    private static DateTimeOffset After(string position, ActivityContext context) =>
        DateTimeOffset.TryParse(position, CultureInfo.InvariantCulture, out var at) ? at : context.Time.GetUtcNow() - FirstLook;

    private static int Minutes(DateTimeOffset after, ActivityContext context) => (int)Math.Clamp(Math.Ceiling((context.Time.GetUtcNow() - after).TotalMinutes) + 1, 1, 1440);

    private static (IReadOnlyList<LogEntry>, string) Ordered(IEnumerable<LogEntry> entries, DateTimeOffset after)
    {
        LogEntry[] ordered = [.. entries.OrderBy(entry => entry.At)];
        return (ordered, (ordered.Length > 0 ? ordered[^1].At : after).ToString("O", CultureInfo.InvariantCulture));
    }
}
