using System.Collections.Frozen;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Library;

/// <summary>Everything an expression can call or read by name: the one table behind the compiler, the checker and the README.</summary>
internal static class FunctionLibrary
{
    private static readonly FrozenDictionary<string, FunctionEntry> FunctionsByName =
        Functions.All.ToFrozenDictionary(entry => entry.Name, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<(FactKind, string), MethodEntry> MethodsByName =
        TextMethods.All.Concat(ListMethods.All).Concat(TimeMethods.All).Concat(ValueMethods.All)
            .ToFrozenDictionary(entry => (entry.Receiver, entry.Name.ToUpperInvariant()));

    private static readonly FrozenDictionary<(FactKind, string), PropertyEntry> PropertiesByName =
        Properties.All.ToFrozenDictionary(entry => (entry.Receiver, entry.Name.ToUpperInvariant()));

    private static readonly FrozenDictionary<string, StaticEntry> StaticsByName =
        Statics.All.Concat(MathStatics.All).ToFrozenDictionary(entry => $"{entry.Owner}.{entry.Name}", StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<LibraryEntry> All => FunctionsByName.Values.Cast<LibraryEntry>()
        .Concat(MethodsByName.Values).Concat(PropertiesByName.Values).Concat(StaticsByName.Values);

    public static IEnumerable<string> FunctionNames(bool rules) => FunctionsByName.Values.Where(entry => rules || !entry.Rules).Select(entry => entry.Name);

    /// <summary>NCalc's names are exact unless the options say otherwise; rules do not care for letter case.</summary>
    public static FunctionEntry? Function(string name, ExpressionOptions options)
    {
        if (!FunctionsByName.TryGetValue(name, out var entry) || (entry.Rules && !options.IsRules))
            return null;
        var exact = !options.IsRules && !options.IgnoreCaseAtBuiltInFunctions;
        return exact && !entry.Name.Equals(name, StringComparison.Ordinal) ? null : entry;
    }

    public static MethodEntry? Method(FactKind receiver, string name)
    {
        var key = name.ToUpperInvariant();
        return MethodsByName.TryGetValue((receiver, key), out var entry) || MethodsByName.TryGetValue((FactKind.Dynamic, key), out entry) ? entry : null;
    }

    public static PropertyEntry? Property(FactKind receiver, string name) => PropertiesByName.GetValueOrDefault((receiver, name.ToUpperInvariant()));

    public static StaticEntry? Static(string owner, string name) => StaticsByName.GetValueOrDefault($"{Alias(owner)}.{name}");

    public static bool IsOwner(string name) => StaticsByName.Values.Any(entry => entry.Owner.Equals(Alias(name), StringComparison.OrdinalIgnoreCase));

    public static IEnumerable<string> MembersOf(string owner) =>
        StaticsByName.Values.Where(entry => entry.Owner.Equals(Alias(owner), StringComparison.OrdinalIgnoreCase)).Select(entry => entry.Name);

    public static IEnumerable<string> MembersOf(FactKind kind) => MethodsByName.Values.Where(entry => entry.Receiver == kind).Select(entry => entry.Name)
        .Concat(PropertiesByName.Values.Where(entry => entry.Receiver == kind).Select(entry => entry.Name));

    private static string Alias(string owner) => owner.ToUpperInvariant() switch
    {
        "INT32" => "int",
        "INT64" => "long",
        "DOUBLE" => "double",
        "DECIMAL" => "decimal",
        "BOOLEAN" => "bool",
        "STRING" => "string",
        "CHAR" => "char",
        _ => owner,
    };
}
