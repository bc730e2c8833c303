using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;

namespace Homelab.Engine.Runs;

/// <summary>The hash by which a stimulus finds what waits for it: upper-case hex of SHA-256 over the name, the payload's JSON and, where the wait is that one instance's, its id.</summary>
public static class BookmarkHash
{
    public static string Of(string name, JsonNode? payload, string? activityInstanceId = null)
    {
        var text = new StringBuilder(name);
        if (payload is not null)
            text.Append('|').Append(payload.ToJsonString(ValueConverter.Compact));
        if (activityInstanceId is not null)
            text.Append('|').Append(activityInstanceId);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>What an Elsa.Event waits with; publishing computes the same.</summary>
    public static string OfEvent(string eventName) => Of("Elsa.Event", new JsonObject { ["EventName"] = eventName });
}
