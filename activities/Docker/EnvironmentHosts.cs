using System.Text.RegularExpressions;

namespace Homelab.Activities.Docker;

/// <summary>Which of known names an environment uses as hosts. Only such names come out of it: the values can hold secrets.</summary>
public static partial class EnvironmentHosts
{
    /// <param name="variables">Name and value of each.</param>
    public static IEnumerable<string> Of(IEnumerable<(string Name, string Value)> variables, IReadOnlySet<string> known) => variables
        .SelectMany(variable => InText().Matches(variable.Value).Select(match => match.Value).Concat(IsHost().IsMatch(variable.Name) ? [variable.Value.Trim()] : []))
        .Where(known.Contains).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    /// <summary>"NAME=value" as the engine and compose files write it.</summary>
    public static (string Name, string Value) Read(string variable) => variable.Split('=', 2) is [var name, var value] ? (name, value) : (variable, "");

    // "http://web/", "user:secret@db", "cache:6379"; a word that stands alone is a host only where the variable says so.
    [GeneratedRegex(@"(?<=//|@)[A-Za-z][\w.-]*(?=[:/,]|$)|(?<=^|[,;\s])[A-Za-z][\w.-]*(?=:\d)")]
    private static partial Regex InText();

    [GeneratedRegex("HOST|SERVER|ADDR|UPSTREAM|ENDPOINT|BROKER", RegexOptions.IgnoreCase)]
    private static partial Regex IsHost();
}
