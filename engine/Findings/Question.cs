using System.Globalization;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Findings;

/// <summary>Derives filters from plain words: "all database errors this week". Pure; what it understood is shown with the answer.</summary>
internal static partial class Question
{
    private static readonly HashSet<string> Empty =
    [
        "a", "about", "all", "an", "and", "any", "are", "at", "been", "by", "did", "do", "find", "finding", "findings", "for", "from", "give", "had", "happen", "happened", "has", "have", "i", "in", "is", "issue",
        "issues", "it", "list", "log", "logs", "me", "my", "occurred", "of", "on", "or", "please", "problem", "problems", "show", "since", "that", "the", "there", "to", "was", "we", "went", "were", "what", "which",
        "with", "wrong",
    ];

    private static readonly Dictionary<string, string> Classes = new(StringComparer.Ordinal)
    {
        ["security"] = "security", ["intrusion"] = "security", ["intrusions"] = "security", ["attack"] = "security", ["attacks"] = "security",
        ["performance"] = "performance", ["slow"] = "performance", ["latency"] = "performance",
        ["drift"] = "drift", ["drifts"] = "drift",
        ["failure"] = "failure", ["failures"] = "failure", ["crash"] = "failure", ["crashes"] = "failure",
        ["capacity"] = "capacity",
    };

    private static readonly Dictionary<string, string> Areas = new(StringComparer.Ordinal)
    {
        ["forecast"] = "forecasts", ["forecasts"] = "forecasts", ["prediction"] = "forecasts", ["predictions"] = "forecasts", ["documentation"] = "documentation",
    };

    /// <param name="topics">A word and what stands for it in logs: "database" is "postgres", "mysql" and so on.</param>
    /// <param name="now">In the time zone of who asks.</param>
    public static FindingFilter Read(string text, DateTimeOffset now, IReadOnlyDictionary<string, IReadOnlyList<string>> topics)
    {
        var rest = text.ToLowerInvariant();
        var (since, until) = Time(ref rest, now);
        var filter = new FindingFilter { Since = since, Until = until };
        List<IReadOnlyList<string>> words = [];
        foreach (Match match in Word().Matches(rest))
        {
            var word = match.Value.Trim('.', '-');
            if (word.Length == 0 || Empty.Contains(word))
                continue;
            var stem = word.Length > 3 && word[^1] == 's' && word[^2] != 's' ? word[..^1] : word;
            if (Classes.TryGetValue(word, out var @class))
                filter = filter with { Class = @class };
            else if (Areas.TryGetValue(word, out var area))
                filter = filter with { Area = area };
            else if (stem == "critical" || stem == "severe")
                filter = filter with { Severity = "critical" };
            else if (stem == "error")
                filter = filter with { Level = 3 };
            else if (stem == "warning")
                filter = filter with { Level = 4 };
            else if (word is "open" or "unresolved")
                filter = filter with { State = "open" };
            else if (word is "closed" or "resolved" or "fixed")
                filter = filter with { State = "closed" };
            else if (topics.TryGetValue(word, out var meant) || topics.TryGetValue(stem, out meant))
                words.Add(meant);
            else
                words.Add([stem]);
        }

        return filter with { Words = words };
    }

    private static (DateTimeOffset? Since, DateTimeOffset? Until) Time(ref string text, DateTimeOffset now)
    {
        var today = new DateTimeOffset(now.Date, now.Offset);
        var monday = today.AddDays(-(((int)today.DayOfWeek + 6) % 7));
        var month = today.AddDays(1 - today.Day);
        if (Taken(ref text, LastSome()) is { } some)
        {
            var number = some.Groups["n"].Success ? int.Parse(some.Groups["n"].ValueSpan, CultureInfo.InvariantCulture) : 1;
            switch (some.Groups["unit"].Value)
            {
                case "minute": return (now.AddMinutes(-number), null);
                case "hour": return (now.AddHours(-number), null);
                case "night": return (today.AddHours(-4), today.AddHours(8));
                case "day": return (now.AddDays(-number), null);
                case "week" when some.Groups["n"].Success: return (now.AddDays(-7 * number), null);
                case "week": return (monday.AddDays(-7), monday);
                case "month" when some.Groups["n"].Success: return (now.AddMonths(-number), null);
                default: return (month.AddMonths(-1), month);
            }
        }

        if (Taken(ref text, SinceDate()) is { } date && DateTime.TryParseExact(date.Groups["date"].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return (new DateTimeOffset(day, now.Offset), date.Groups["on"].Success ? new DateTimeOffset(day, now.Offset).AddDays(1) : null);
        if (Taken(ref text, Weekday()) is { } named)
        {
            var wanted = Enum.Parse<DayOfWeek>(named.Groups["day"].Value, ignoreCase: true);
            var at = today.AddDays(-(((int)today.DayOfWeek - (int)wanted + 7) % 7));
            return (at, named.Groups["since"].Success ? null : at.AddDays(1));
        }

        return Taken(ref text, Named())?.Value switch
        {
            "today" => (today, null),
            "yesterday" => (today.AddDays(-1), today),
            "this week" => (monday, null),
            "this month" => (month, null),
            "this year" => (new DateTimeOffset(now.Year, 1, 1, 0, 0, 0, now.Offset), null),
            _ => (null, null),
        };
    }

    private static Match? Taken(ref string text, Regex pattern)
    {
        if (pattern.Match(text) is not { Success: true } match)
            return null;
        text = text.Remove(match.Index, match.Length);
        return match;
    }

    [GeneratedRegex(@"[\p{L}\p{N}._-]+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(?:in the |over the |the |within the )?(?:last|past) (?:(?<n>\d{1,4}) )?(?<unit>minute|hour|night|day|week|month)s?\b")]
    private static partial Regex LastSome();

    [GeneratedRegex(@"\b(?:since|from|(?<on>on)) (?<date>\d{4}-\d{2}-\d{2})\b")]
    private static partial Regex SinceDate();

    [GeneratedRegex(@"\b(?:(?<since>since)|on) (?<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b")]
    private static partial Regex Weekday();

    [GeneratedRegex(@"\b(?:today|yesterday|this week|this month|this year)\b")]
    private static partial Regex Named();
}
