using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;

namespace Homelab.Engine.Telegram;

/// <summary>A yes with changes as people write it: <c>at 02:00</c>, <c>in 2h</c>, <c>graceSeconds=30</c>; a line each, or behind one another.</summary>
internal sealed partial class AnswerText(ActivityCatalog catalog, LiveSettings settings, TimeProvider time)
{
    /// <summary>The answer without its giver, or what is wrong with the text.</summary>
    public (ApprovalAnswer? Answer, string? Problem) Read(string text, ApprovalRow approval)
    {
        var changes = new JsonObject();
        DateTimeOffset? notBefore = null;
        foreach (var part in Parts().Split(text.Trim()).Select(part => part.Trim()).Where(part => part.Length > 0))
        {
            if (part.StartsWith("at ", StringComparison.OrdinalIgnoreCase) || part.StartsWith("in ", StringComparison.OrdinalIgnoreCase))
            {
                notBefore = Moments.Read(part[0] is 'i' or 'I' ? part : part[3..], time.GetUtcNow(), settings.Preferences?.Zone ?? TimeZoneInfo.Utc);
                if (notBefore is null)
                    return (null, $"'{part}' is no time; write at 02:00, at 2026-01-31 02:00 or in 2h.");
            }
            else if (part.Split('=', 2) is [{ Length: > 0 } name, var value])
            {
                changes[name.Trim()] = Value(approval, name.Trim(), value.Trim());
            }
            else
            {
                return (null, $"'{part}' is neither a time (at 02:00, in 2h) nor a change (name=value).");
            }
        }

        return changes.Count == 0 && notBefore is null
            ? (null, "There is nothing in it that differs; press Approve for a plain yes.")
            : (new ApprovalAnswer(true, "", "by Telegram", changes.Count > 0 ? changes : null, notBefore), null);
    }

    private JsonNode? Value(ApprovalRow approval, string name, string text)
    {
        var type = catalog.TryFind(approval.Action, out var invoker) ? invoker.Descriptor.InputSchema["properties"]?[name]?["type"]?.ToJsonString() ?? "" : "";
        if (type.Contains("string", StringComparison.Ordinal))
            return text.Length > 1 && text[0] == '"' && text[^1] == '"' ? text[1..^1] : text;
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return text;
        }
    }

    [GeneratedRegex(@"\r?\n|\s+(?=(?:at|in)\s+\d|[A-Za-z]\w*=)", RegexOptions.IgnoreCase)]
    private static partial Regex Parts();
}
