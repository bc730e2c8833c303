using System.Text.RegularExpressions;

namespace Homelab.Engine.Logs;

/// <param name="Level">As syslog counts: 0 emergency, 3 error, 4 warning, 6 information.</param>
internal sealed record LogEntry(DateTimeOffset At, string Service, int Level, string Text);

/// <summary>How urgent a line is by its own words, where the source does not say.</summary>
internal static partial class LogLevels
{
    public static int Of(string text)
    {
        // A level is said at the beginning; an "error" far in the text is often a name.
        var head = text.AsSpan(0, Math.Min(text.Length, 200));
        if (Fatal().IsMatch(head))
            return 2;
        if (Error().IsMatch(head))
            return 3;
        return Warning().IsMatch(head) ? 4 : 6;
    }

    [GeneratedRegex(@"\b(fatal|panic|emerg(ency)?|crit(ical)?|oom-kill(er)?|segfault|kernel BUG)\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Fatal();

    [GeneratedRegex(@"\b(err(or)?|exception|fail(ed|ure)?|denied|refused|cannot|could not|unable to|no space left|unreachable|corrupt(ed|ion)?)\b(?![=: ]*(0|none|null|false)\b)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Error();

    [GeneratedRegex(@"\b(warn(ing)?|deprecated|retry(ing)?|timed? ?out|slow)\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex Warning();
}
