using System.Text.Json;

namespace Homelab.Engine.Findings;

/// <summary>Something found that a person may want to know, as reported; secrets and personal data are masked before it gets here.</summary>
/// <param name="Key">What it is about: the same key is the same finding.</param>
/// <param name="Area">"logs", "forecasts", "documentation".</param>
/// <param name="Class">security, performance, drift, failure or capacity.</param>
/// <param name="Level">As syslog counts: 2 critical, 3 error, 4 warning, 6 information.</param>
internal sealed record NewFinding(string Key, string Area, string Class, string Severity, int Level, string Title, string Text, string Service, string Source)
{
    public IReadOnlyList<string> Evidence { get; init; } = [];

    public long Occurrences { get; init; } = 1;
}

/// <summary>A row of findings.</summary>
internal sealed class FindingRow
{
    public string Id { get; set; } = "";

    public string Fingerprint { get; set; } = "";

    public string Area { get; set; } = "";

    public string Class { get; set; } = "";

    public string Severity { get; set; } = "";

    public long Level { get; set; }

    public string Title { get; set; } = "";

    public string Text { get; set; } = "";

    public string Service { get; set; } = "";

    public string Source { get; set; } = "";

    public string Evidence { get; set; } = "[]";

    public long Occurrences { get; set; }

    public string State { get; set; } = "";

    public long FirstAt { get; set; }

    public long LastAt { get; set; }

    public string? Issue { get; set; }

    public string? IssueUrl { get; set; }

    public long? ToldAt { get; set; }
}

/// <summary>As the API and workflows see it.</summary>
internal sealed record Finding(
    string Id, string Area, string Class, string Severity, string Title, string Text, string Service, string Source, IReadOnlyList<string> Evidence, long Occurrences, string State,
    DateTimeOffset FirstAt, DateTimeOffset LastAt, string? Issue, string? IssueUrl)
{
    public static Finding Of(FindingRow row) => new(
        row.Id, row.Area, row.Class, row.Severity, row.Title, row.Text, row.Service, row.Source, JsonSerializer.Deserialize<string[]>(row.Evidence) ?? [], row.Occurrences, row.State,
        DateTimeOffset.FromUnixTimeMilliseconds(row.FirstAt), DateTimeOffset.FromUnixTimeMilliseconds(row.LastAt), row.Issue, row.IssueUrl);

    /// <summary>The text of an issue, in Markdown.</summary>
    public string Report() => $"""
        {Text}

        | | |
        |---|---|
        | Class | {Class} |
        | Severity | {Severity} |
        | Service | {Service} |
        | Source | {Source} |
        | Seen | {Occurrences} times, first {FirstAt:yyyy-MM-dd HH:mm} UTC, last {LastAt:yyyy-MM-dd HH:mm} UTC |

        {(Evidence.Count == 0 ? "" : $"```\n{string.Join('\n', Evidence).Replace("```", "'''", StringComparison.Ordinal)}\n```\n")}
        Finding `{Id}`
        """;
}
