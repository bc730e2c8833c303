using System.Text;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Expressions;

internal static partial class JavaScriptAccessors
{
    private static readonly HashSet<string> Fixed =
    [
        "getWorkflowDefinitionId", "getWorkflowDefinitionVersionId", "getWorkflowDefinitionVersion", "getWorkflowInstanceId", "getWorkflowInstanceName",
        "setWorkflowInstanceName", "getCorrelationId", "setCorrelationId", "getVariable", "setVariable", "getInput", "getOutputFrom", "getLastResult",
        "getGuid", "getGuidString", "getShortGuid", "getConfig", "setOutcome", "setOutcomes",
    ];

    public static IReadOnlyList<JavaScriptAccessor> Find(string text)
    {
        var found = new List<JavaScriptAccessor>();
        foreach (Match match in Accessor().Matches(text))
            if (!Fixed.Contains(match.Value) && found.TrueForAll(known => known.Name != match.Value))
                found.Add(new JavaScriptAccessor(match.Value, match.Groups[1].Value == "set", match.Groups[2].Value));
        return found;
    }

    /// <summary>"current value" is "CurrentValue".</summary>
    public static string Pascal(string name)
    {
        if (name.Length > 0 && char.IsUpper(name[0]) && name.AsSpan().IndexOfAny(' ', '_', '-') < 0)
            return name;
        var result = new StringBuilder(name.Length);
        var capitalise = true;
        foreach (var character in name)
        {
            if (character is ' ' or '_' or '-')
            {
                capitalise = true;
                continue;
            }

            result.Append(capitalise ? char.ToUpperInvariant(character) : character);
            capitalise = false;
        }

        return result.ToString();
    }

    [GeneratedRegex(@"(?<![\w$.])(get|set)([A-Z_$][\w$]*)")]
    private static partial Regex Accessor();
}
