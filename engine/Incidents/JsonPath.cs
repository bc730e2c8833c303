using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Incidents;

/// <summary>Dotted paths into JSON (<c>monitor.tags.0.name</c>), and texts with such paths in braces.</summary>
internal static partial class JsonPath
{
    public static JsonElement Find(JsonElement from, string path)
    {
        var at = from;
        foreach (var part in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            at = at.ValueKind switch
            {
                JsonValueKind.Object when at.TryGetProperty(part, out var field) => field,
                JsonValueKind.Array when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < at.GetArrayLength() => at[index],
                _ => default,
            };
        }

        return at;
    }

    /// <summary>Null where a path in it leads nowhere. A text without braces is itself.</summary>
    public static string? Fill(JsonElement from, string template)
    {
        var missing = false;
        var filled = Braces().Replace(template, match =>
        {
            var value = Find(from, match.Groups[1].Value);
            missing |= value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
            return value.ValueKind switch
            {
                JsonValueKind.Undefined or JsonValueKind.Null => "",
                JsonValueKind.String => value.GetString()!.Replace("\0", "", StringComparison.Ordinal),
                _ => value.GetRawText(),
            };
        });
        return missing ? null : filled.Trim();
    }

    /// <summary>ISO 8601, or seconds or milliseconds since 1970; null for anything else.</summary>
    public static DateTimeOffset? Time(string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            return number is > 0 and < 1e14 ? DateTimeOffset.FromUnixTimeMilliseconds((long)(number < 1e11 ? number * 1000 : number)) : null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time.ToUniversalTime() : null;
    }

    [GeneratedRegex(@"\{([\w.\-]+)\}")]
    private static partial Regex Braces();
}
