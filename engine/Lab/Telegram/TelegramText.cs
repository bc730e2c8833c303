using System.Net;
using System.Text;

namespace Homelab.Engine.Lab.Telegram;

/// <summary>Reads the HTML of a message as the Bot API does: a handful of tags, all closed, or the error it answers.</summary>
internal static class TelegramText
{
    private static readonly HashSet<string> Tags = ["b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "a", "tg-spoiler", "blockquote", "span"];

    public static (string Plain, string? Problem) Read(string text, string? mode)
    {
        if (mode is null)
            return (text, null);
        if (!mode.Equals("HTML", StringComparison.OrdinalIgnoreCase))
            return ("", "Bad Request: unsupported parse_mode");
        var plain = new StringBuilder();
        Stack<string> open = new();
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] != '<')
            {
                plain.Append(text[at]);
                continue;
            }

            var end = text.IndexOf('>', at);
            var tag = end < 0 ? "" : text[(at + 1)..end];
            var name = tag.TrimStart('/').Split(' ')[0].ToLowerInvariant();
            var offset = Encoding.UTF8.GetByteCount(text[..at]);
            if (end < 0)
                return ("", $"Bad Request: can't parse entities: Unclosed start tag at byte offset {offset}");
            if (!Tags.Contains(name))
                return ("", $"Bad Request: can't parse entities: Unsupported start tag \"{name}\" at byte offset {offset}");
            if (!tag.StartsWith('/'))
                open.Push(name);
            else if (open.Count == 0 || open.Pop() != name)
                return ("", $"Bad Request: can't parse entities: Unmatched end tag at byte offset {offset}, expected \"</{name}>\", found \"<{tag}>\"");
            at = end;
        }

        return open.Count > 0
            ? ("", $"Bad Request: can't parse entities: Can't find end tag corresponding to start tag \"{open.Peek()}\"")
            : (WebUtility.HtmlDecode(plain.ToString()), null);
    }
}
