using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Logs;

/// <summary>A message of RFC 5424 or RFC 3164, or whatever came: nothing is thrown away for its form.</summary>
/// <param name="Level">0 emergency to 7 debug.</param>
internal sealed partial record SyslogMessage(DateTimeOffset At, string Host, string Service, int Level, string Text)
{
    private const int MostName = 255;

    /// <param name="bytes">One message, without its framing.</param>
    /// <param name="from">Address it came from: the host where the message names none.</param>
    /// <param name="now">When it came, in the time zone that RFC 3164's times are in.</param>
    public static SyslogMessage Read(ReadOnlySpan<byte> bytes, string from, DateTimeOffset now)
    {
        var text = Encoding.UTF8.GetString(bytes).TrimEnd('\0', '\r', '\n');
        var level = 5;
        if (Priority().Match(text) is { Success: true } priority && int.Parse(priority.Groups[1].ValueSpan, CultureInfo.InvariantCulture) is <= 191 and var value)
        {
            level = value & 7;
            text = text[priority.Length..];
        }

        if (New().Match(text) is { Success: true } modern)
        {
            var body = text[modern.Length..];
            var structured = StructuredLength(body);
            return new(
                DateTimeOffset.TryParse(modern.Groups["at"].ValueSpan, CultureInfo.InvariantCulture, out var at) ? at : now, Name(modern.Groups["host"].Value, from), Name(modern.Groups["app"].Value, "-"), level,
                body[structured..].TrimStart(' ').TrimStart('\uFEFF'));
        }

        if (Old().Match(text) is { Success: true } old)
        {
            var rest = text[old.Length..];
            var tag = Tag().Match(rest);
            return new(OldTime(old.Groups["at"].Value, now), Name(old.Groups["host"].Value, from), tag.Success ? Name(tag.Groups["tag"].Value, "-") : "-", level, tag.Success ? rest[tag.Length..] : rest);
        }

        return new(now, from, Tag().Match(text) is { Success: true } only ? Name(only.Groups["tag"].Value, "-") : "-", level, Tag().Replace(text, "", 1));
    }

    /// <summary>Years are not said: the one that makes it the nearest to now.</summary>
    private static DateTimeOffset OldTime(string text, DateTimeOffset now)
    {
        var words = text.Replace("  ", " ", StringComparison.Ordinal);
        return DateTime.TryParseExact($"{now.Year} {words}", "yyyy MMM d HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            || DateTime.TryParseExact($"{now.Year - 1} {words}", "yyyy MMM d HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out at)
            ? Nearest(new DateTimeOffset(at, now.Offset), now)
            : now;
    }

    private static DateTimeOffset Nearest(DateTimeOffset at, DateTimeOffset now) => (at - now).TotalDays switch
    {
        > 183 => at.AddYears(-1),
        < -183 => at.AddYears(1),
        _ => at,
    };

    /// <summary>Of "-" or of elements in brackets, in whose quoted values a bracket may be escaped.</summary>
    private static int StructuredLength(string text)
    {
        if (text.StartsWith('-'))
            return 1;
        var (at, quoted) = (0, false);
        while (at < text.Length && text[at] == '[')
        {
            for (at++; at < text.Length && (quoted || text[at] != ']'); at++)
            {
                if (quoted && text[at] == '\\')
                    at++;
                else if (text[at] == '"')
                    quoted = !quoted;
            }

            at++;
        }

        return Math.Min(at, text.Length);
    }

    private static string Name(string text, string otherwise) => text is "" or "-" ? otherwise : text.Length <= MostName ? text : text[..MostName];

    [GeneratedRegex(@"\A<(\d{1,3})>")]
    private static partial Regex Priority();

    [GeneratedRegex(@"\A[1-9]\d{0,2} (?<at>\S+) (?<host>\S+) (?<app>\S+) \S+ \S+ ?")]
    private static partial Regex New();

    [GeneratedRegex(@"\A(?<at>(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d\d:\d\d:\d\d) (?:(?<host>[^\s:\[\]]+) )?")]
    private static partial Regex Old();

    [GeneratedRegex(@"\A(?<tag>[\w./()-]{1,64})(?:\[[^\]]{0,64}\])?:[ ]?")]
    private static partial Regex Tag();
}
