using Homelab.Activities.Logs;
using Homelab.Activities.Model;
using Homelab.Engine.Findings;

namespace Homelab.Engine.Logs;

/// <summary>One look at the new lines of a source: mines them, compares with what is known, and says what people should know. What it answers is masked.</summary>
internal sealed class LogLook(LogRules rules, TextMask mask)
{
    private const int KeptLines = 5;

    /// <param name="known">Patterns of the source by id.</param>
    /// <param name="past">Their counts of the last day.</param>
    /// <param name="firstAt">When the source was first looked at.</param>
    public LookResult Run(
        string source, IReadOnlyList<LogEntry> entries, SourceMiners miners, IReadOnlyDictionary<string, PatternRow> known, IReadOnlyDictionary<string, WindowSum> past, DateTimeOffset firstAt, DateTimeOffset now)
    {
        Restore(miners, known.Values);
        var groups = Group(entries, miners);
        var slot = PatternWatch.Slot(now);
        var learning = slot - PatternWatch.Slot(firstAt) < PatternWatch.LearningWindows;
        LookResult result = new();
        Dictionary<(string Rule, string Service), Hit> hits = [];
        foreach (var ((service, template), lines) in groups)
        {
            var text = mask.Apply(template.Text);
            var id = PatternStore.IdOf(source, service, text);
            var before = known.GetValueOrDefault(id);
            var level = lines.Min(line => line.Level);
            var examples = lines.Take(KeptLines).Select(line => $"{line.At:yyyy-MM-dd HH:mm:ss} {service}: {mask.Apply(line.Text)}").ToArray();
            if (!result.Patterns.TryGetValue(id, out var row))
            {
                result.Patterns[id] = row = new PatternRow
                {
                    Id = id, Source = source, Service = service, Template = text, FirstAt = before?.FirstAt ?? now.ToUnixTimeMilliseconds(), Total = before?.Total ?? 0, Level = level,
                };
            }

            row.Widened = miners.Of(service).IsWidened(template) ? 1 : 0;
            row.Level = Math.Min(row.Level, level);
            row.Example = examples[0];
            row.LastAt = now.ToUnixTimeMilliseconds();
            row.Total += lines.Count;
            result.Counts[id] = result.Counts.GetValueOrDefault(id) + lines.Count;

            // A rule looks at the line as it came, so that what was masked can still be recognised for what it is.
            if (rules.Find(lines[0].Text, service) is { } rule)
            {
                var hit = hits.TryGetValue((rule.Name, service), out var other) ? other : hits[(rule.Name, service)] = new Hit(rule, service);
                hit.Count += lines.Count;
                hit.Level = Math.Min(hit.Level, level);
                hit.Lines.AddRange(examples);
            }

            var change = PatternWatch.Judge(PastOf(before, past.GetValueOrDefault(id), slot), lines.Count, learning);
            if (change == PatternChange.New && level <= 3 && rules.Find(lines[0].Text, service) is null)
                result.Unknown.Add(new NewFinding($"new/{id}", "logs", "failure", level <= 2 ? "critical" : "warning", level, $"New error in {service}: {Head(text)}", $"{service} never logged this before; it came {Times(lines.Count)} in the last look.", service, source) { Evidence = examples, Occurrences = lines.Count });
            else if (change == PatternChange.Exploding)
                result.Findings.Add(new NewFinding($"exploding/{id}", "logs", level <= 4 ? "failure" : "performance", "warning", Math.Min(4, level), $"Log flood of {service}: {Head(text)}", $"{service} logged this {Times(lines.Count)} in five minutes; in the day before it was at most {past.GetValueOrDefault(id)?.Peak ?? 0} times in as long.", service, source) { Evidence = examples, Occurrences = lines.Count });
            result.Back.Add($"vanished/{id}");
        }

        foreach (var hit in hits.Values.Where(hit => hit.Count >= hit.Rule.AtLeast))
        {
            var severity = hit.Rule.Severity;
            var level = severity switch { "critical" => Math.Min(hit.Level, 2), "warning" => Math.Min(hit.Level, 4), _ => Math.Max(hit.Level, 6) };
            result.Findings.Add(new NewFinding($"rule/{hit.Rule.Name}/{hit.Service}", "logs", hit.Rule.Class, severity, Math.Max(level, severity == "warning" ? 3 : level), $"{hit.Rule.Title} ({hit.Service})", $"{hit.Rule.Advice} It was logged {Times(hit.Count)} since the last look.", hit.Service, source) { Evidence = [.. hit.Lines.Take(KeptLines)], Occurrences = hit.Count });
        }

        // Only where the source itself still speaks: a source that is silent is another matter than one line that stopped.
        if (entries.Count > 0)
        {
            foreach (var row in known.Values.Where(row => !result.Counts.ContainsKey(row.Id)))
            {
                if (PatternWatch.Judge(PastOf(row, past.GetValueOrDefault(row.Id), slot), 0, learning) == PatternChange.Vanished)
                    result.Findings.Add(new NewFinding($"vanished/{row.Id}", "logs", "failure", "warning", 4, $"{row.Service} stopped logging: {Head(row.Template)}", $"This came nearly every five minutes until {DateTimeOffset.FromUnixTimeMilliseconds(row.LastAt):yyyy-MM-dd HH:mm} UTC and has not come since: what it tells of may have stopped.", row.Service, source) { Evidence = [row.Example] });
            }
        }

        return result;
    }

    private static void Restore(SourceMiners miners, IEnumerable<PatternRow> known)
    {
        if (miners.Restored)
            return;
        foreach (var row in known)
            miners.Of(row.Service).Restore(row.Template, row.Widened != 0);
        miners.Restored = true;
    }

    private static Dictionary<(string Service, LogTemplate Template), List<LogEntry>> Group(IReadOnlyList<LogEntry> entries, SourceMiners miners)
    {
        // All lines first: a template may turn out to be part of a wider one by a later line.
        var mined = entries.Select(entry => (Entry: entry, Template: miners.Of(entry.Service).Add(FirstLine(entry.Text)))).ToArray();
        return mined.GroupBy(pair => (pair.Entry.Service, pair.Template.Current), pair => pair.Entry).ToDictionary(group => group.Key, group => group.ToList());
    }

    private static ReadOnlySpan<char> FirstLine(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return text.AsSpan(0, Math.Min(end < 0 ? text.Length : end, 1000));
    }

    private static PatternPast? PastOf(PatternRow? row, WindowSum? sum, long slot) => row is null
        ? null
        : new PatternPast(
            sum?.Windows ?? 0, Math.Min(288, slot - PatternWatch.Slot(DateTimeOffset.FromUnixTimeMilliseconds(row.FirstAt))), sum?.Sum ?? 0, sum?.Peak ?? 0,
            slot - PatternWatch.Slot(DateTimeOffset.FromUnixTimeMilliseconds(row.LastAt)) - 1);

    private static string Head(string text) => text.Length <= 100 ? text : text[..99] + "…";

    private static string Times(long count) => count == 1 ? "once" : $"{count} times";

    private sealed class Hit(LogRule rule, string service)
    {
        public LogRule Rule => rule;

        public string Service => service;

        public long Count { get; set; }

        public int Level { get; set; } = 7;

        public List<string> Lines { get; } = [];
    }
}

/// <summary>What a look saw.</summary>
internal sealed class LookResult
{
    /// <summary>Those that came, as they are to be stored.</summary>
    public Dictionary<string, PatternRow> Patterns { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, long> Counts { get; } = new(StringComparer.Ordinal);

    public List<NewFinding> Findings { get; } = [];

    /// <summary>New errors that no rule knows: a model may say what they are.</summary>
    public List<NewFinding> Unknown { get; } = [];

    /// <summary>Keys of findings that no longer hold: the pattern came again.</summary>
    public List<string> Back { get; } = [];
}
