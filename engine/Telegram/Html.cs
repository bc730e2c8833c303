using System.Net;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Telegram;

/// <summary>Text in the HTML that the Bot API takes: three characters are escaped, a handful of tags is known.</summary>
internal static partial class Html
{
    /// <summary>What a message may have at most, once its tags are read.</summary>
    public const int Longest = 4096;

    public static string Text(string? text) => (text ?? "").Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    public static string Bold(string? text) => $"<b>{Text(text)}</b>";

    public static string Italic(string? text) => $"<i>{Text(text)}</i>";

    public static string Code(string? text) => $"<code>{Text(text)}</code>";

    public static string Block(string? text) => $"<pre>{Text(text)}</pre>";

    /// <summary>As it is read.</summary>
    public static string Plain(string html) => WebUtility.HtmlDecode(Tags().Replace(html, ""));

    /// <summary>The whole where it fits; otherwise its beginning, line by line so that every tag stays closed.</summary>
    public static (string Shown, bool Cut) Fit(IReadOnlyList<string> lines)
    {
        var whole = string.Join('\n', lines);
        if (Plain(whole).Length <= Longest)
            return (whole, false);
        const string More = "<i>… the whole of it is in the document below.</i>";
        var room = Longest - Plain(More).Length - 1;
        List<string> kept = [];
        foreach (var line in lines)
        {
            var length = Plain(line).Length + 1;
            if (length > room)
            {
                // A line that alone is too long loses its tags and its end.
                if (kept.Count == 0)
                    kept.Add(Text(Plain(line)[..(room - 1)]));
                break;
            }

            kept.Add(line);
            room -= length;
        }

        return (string.Join('\n', kept.Append(More)), true);
    }

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tags();
}
