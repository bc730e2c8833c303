using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Tests.Engine.Api.Elsa;

/// <summary>Whether an answer has every field of a recorded one, of the same kind. Values may differ.</summary>
internal static class JsonShape
{
    /// <summary>What hangs on Elsa's inside: its own bookkeeping, workflows written in code, and what .NET adds to an error.</summary>
    private static readonly HashSet<string> Inside = ["properties", "stackTrace", "innerException", "providerName"];

    public static IEnumerable<string> Missing(JsonNode? expected, JsonNode? actual, string path = "$")
    {
        if (expected is null)
            return [];
        if (actual is null)
            return [$"{path}: missing"];
        return (expected, actual) switch
        {
            (JsonObject wanted, JsonObject given) => wanted.Where(field => !Inside.Contains(field.Key)).SelectMany(field => Missing(field.Value, given[field.Key], $"{path}.{field.Key}")),
            (JsonArray wanted, JsonArray given) => Elements(wanted, given, path),
            _ when Kind(expected) == Kind(actual) => [],
            _ => [$"{path}: {Kind(actual)} instead of {Kind(expected)}"],
        };
    }

    /// <summary>Each recorded element must be like one of ours; the recording cuts long lists with a text such as "… +3 more".</summary>
    private static IEnumerable<string> Elements(JsonArray wanted, JsonArray given, string path)
    {
        var recorded = wanted.Where(item => item is not JsonValue value || value.GetValueKind() != JsonValueKind.String || !value.GetValue<string>().StartsWith('…')).ToArray();
        if (recorded.Length > 0 && given.Count == 0)
            yield return $"{path}: empty";
        foreach (var item in given.Count == 0 ? [] : recorded)
        {
            var best = given.Select(candidate => Missing(item, candidate, $"{path}[]").ToArray()).MinBy(missing => missing.Length) ?? [];
            foreach (var missing in best)
                yield return missing;
        }
    }

    private static string Kind(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        var kind => kind.ToString().ToLowerInvariant(),
    };
}
