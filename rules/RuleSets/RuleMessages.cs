using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Rules.Values;

namespace Homelab.Rules.RuleSets;

/// <summary>Gives a failed rule its own message, with <c>$(name)</c> and <c>$(input.field)</c> replaced by values.</summary>
internal static partial class RuleMessages
{
    public static RuleResult Fill(RuleResult result, RuleSettings settings)
    {
        if (result.IsSuccess || !settings.EnableFormattedErrorMessage || !string.IsNullOrWhiteSpace(result.Message) || result.Rule.ErrorMessage is not { } template)
            return result;
        return result with { Message = Placeholder().Replace(template, match => Value(match.Groups[1].Value, result.Inputs) ?? match.Value) };
    }

    private static string? Value(string path, IReadOnlyDictionary<string, object?> inputs)
    {
        var parts = path.Split('.');
        if (!inputs.TryGetValue(parts[0], out var value) || value is null)
            return null;

        // What a message shows is JSON: text on its own in quotes, as a member without.
        var node = JsonNode.Parse(FactJson.Write(value)!.ToJsonString());
        if (parts.Length == 1)
            return JsonSerializer.Serialize(node);
        foreach (var part in parts.AsSpan(1))
            node = node is JsonObject fields && fields.TryGetPropertyValue(part, out var next) ? next : null;
        return node is JsonValue leaf && leaf.TryGetValue<string>(out var text) ? text : node?.ToString();
    }

    [GeneratedRegex(@"\$\((.*?)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
