using System.Text.RegularExpressions;

namespace Homelab.Activities.Logs;

/// <summary>
/// Turns a log message into its template: what changes from line to line (numbers, addresses, paths, hosts, times, sizes) becomes <c>&lt;*&gt;</c>.
/// One fixed set for every source; nothing is tuned per system.
/// </summary>
public static partial class TemplateMasks
{
    public const string Variable = "<*>";

    public static string Apply(string message)
    {
        var text = message;
        if (text.Contains('-', StringComparison.Ordinal))
            text = Guids().Replace(text, Variable);
        if (text.Contains("://", StringComparison.Ordinal))
            text = Urls().Replace(text, Variable);
        if (text.Contains(':', StringComparison.Ordinal))
            text = MacAddresses().Replace(text, Variable);
        text = Months().Replace(Weekdays().Replace(text, ""), "");
        if (text.Contains('\\', StringComparison.Ordinal))
            text = WindowsPaths().Replace(text, Variable);
        if (text.Contains('.', StringComparison.Ordinal))
            text = Hosts().Replace(HostsWithPort().Replace(text, Variable), Variable);
        if (text.Contains('/', StringComparison.Ordinal))
            text = Paths().Replace(text, Variable);
        text = EmptyParentheses().Replace(text, "(<*>)");
        text = Users().Replace(text, "$1 <*>");
        text = Numbers().Replace(text, Variable);
        text = Blanks().Replace(text, " ").Trim();
        text = RestatedSizes().Replace(text, "<*> $1");
        text = Durations().Replace(text, Variable);
        return Runs().Replace(text, Variable);
    }

    [GeneratedRegex(@"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b")]
    private static partial Regex Guids();

    [GeneratedRegex("""\b[a-zA-Z][a-zA-Z0-9+.\-]*://[^\s"'<>\]),]+""")]
    private static partial Regex Urls();

    [GeneratedRegex(@"(?<![\w.])(?:[0-9a-fA-F]{1,2}:){5,}[0-9a-fA-F]{1,2}\b")]
    private static partial Regex MacAddresses();

    [GeneratedRegex(@"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? +(?=[A-Z0-9])")]
    private static partial Regex Weekdays();

    [GeneratedRegex(@"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* +(?=\d)")]
    private static partial Regex Months();

    [GeneratedRegex("""\b[A-Za-z]:\\[^\s"',;]+""")]
    private static partial Regex WindowsPaths();

    [GeneratedRegex(@"(?<![\w/.])(?:[\w\-]+\.)+[\w\-]+:\d+\b")]
    private static partial Regex HostsWithPort();

    [GeneratedRegex(@"(?<![\w/.])(?:[\w\-]+\.){2,}[a-z]{2,}(?![\w(.])")]
    private static partial Regex Hosts();

    [GeneratedRegex(@"(?<![\w.*])/(?:[\w.\-@$%+~*:?&=]+/?)+")]
    private static partial Regex Paths();

    [GeneratedRegex(@"\(\s*\)")]
    private static partial Regex EmptyParentheses();

    [GeneratedRegex(@"\b(user|username) (?!unknown)[\w.\-$]+")]
    private static partial Regex Users();

    [GeneratedRegex(@"[A-Za-z_\-]*\d[\w.\-]*")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    /// <summary>"1266 bytes (1.23 KB)" says the same thing twice, and only when it is large.</summary>
    [GeneratedRegex(@"<\*> (bytes|B) ?\(<\*> ?[KMGT]i?B\)")]
    private static partial Regex RestatedSizes();

    [GeneratedRegex(@"<?<\*> ?(?:secs?|seconds|ms)\b")]
    private static partial Regex Durations();

    /// <summary>Variables that only punctuation parts are one.</summary>
    [GeneratedRegex(@"<\*>(?:[:,.\-/%#_ +&@]*<\*>)+")]
    private static partial Regex Runs();
}
