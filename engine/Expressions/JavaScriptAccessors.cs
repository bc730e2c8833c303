using System.Text.RegularExpressions;

namespace Homelab.Engine.Expressions;

internal static partial class JavaScriptAccessors
{
    /// <summary>Never a variable's, whatever it is called. Elsa's other functions are: a variable "Guid" is what getGuid() gives.</summary>
    private static readonly HashSet<string> Fixed =
    [
        "getVariable", "setVariable", "getInput", "getOutputFrom", "setOutcome", "setOutcomes",
    ];

    public static IReadOnlyList<JavaScriptAccessor> Find(string text)
    {
        var found = new List<JavaScriptAccessor>();
        foreach (Match match in Accessor().Matches(text))
            if (!Fixed.Contains(match.Value) && found.TrueForAll(known => known.Name != match.Value))
                found.Add(new JavaScriptAccessor(match.Value, match.Groups[1].Value == "set", match.Groups[2].Value));
        return found;
    }

    /// <summary>"current value" is "CurrentValue", "disk_1" is "Disk_1": a separator goes only where a letter follows.</summary>
    public static string Pascal(string name)
    {
        if (name.Length > 0 && char.IsUpper(name[0]) && name.AsSpan().IndexOfAny(' ', '_', '-') < 0)
            return name;
        return Word().Replace(name, match => match.Groups[1].Value.ToUpperInvariant());
    }

    [GeneratedRegex("(?:[ _-]+|^)([a-zA-Z])")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?<![\w$.])(get|set)([\w$]+)")]
    private static partial Regex Accessor();
}
