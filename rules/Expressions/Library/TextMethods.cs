using System.Globalization;
using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Library;

internal static class TextMethods
{
    public static IReadOnlyList<MethodEntry> All { get; } =
    [
        Method("CompareTo", 1, 1, "(text)", "Below 0, 0 or above 0: which comes first.", FactType.Int32, (ref Frame frame, string text, Code[] args) =>
            CultureInfo.InvariantCulture.CompareInfo.Compare(text, TextOf(ref frame, args[0]))),
        Method("Contains", 1, 2, "(text, comparison)", "Whether the text has the other in it.", FactType.Flag, (ref Frame frame, string text, Code[] args) =>
            text.Contains(TextOf(ref frame, args[0]), Comparison(ref frame, args))),
        Method("EndsWith", 1, 2, "(text, comparison)", "Whether it ends so.", FactType.Flag, (ref Frame frame, string text, Code[] args) =>
            text.EndsWith(TextOf(ref frame, args[0]), Comparison(ref frame, args))),
        Method("Equals", 1, 2, "(text, comparison)", "Whether both are the same; StringComparison.OrdinalIgnoreCase for any letter case.", FactType.Flag, (ref Frame frame, string text, Code[] args) =>
            args[0].Value(ref frame) is { } other && text.Equals(other.ToString(), Comparison(ref frame, args))),
        Method("IndexOf", 1, 2, "(text, comparison)", "Where the other begins, from 0, or -1.", FactType.Int32, (ref Frame frame, string text, Code[] args) =>
            text.IndexOf(TextOf(ref frame, args[0]), Comparison(ref frame, args))),
        Method("Insert", 2, 2, "(index, text)", "With the other put in at an index.", FactType.Text, (ref Frame frame, string text, Code[] args) =>
            frame.Bounded(text.Insert(Index(ref frame, args[0]), TextOf(ref frame, args[1])))),
        Method("LastIndexOf", 1, 1, "(text)", "Where the other begins last, from 0, or -1.", FactType.Int32, (ref Frame frame, string text, Code[] args) =>
            text.LastIndexOf(TextOf(ref frame, args[0]), StringComparison.Ordinal)),
        Method("PadLeft", 1, 2, "(length, character)", "Filled up on the left.", FactType.Text, (ref Frame frame, string text, Code[] args) =>
            text.PadLeft(Length(ref frame, args[0]), args.Length == 2 ? Character(ref frame, args[1]) : ' ')),
        Method("PadRight", 1, 2, "(length, character)", "Filled up on the right.", FactType.Text, (ref Frame frame, string text, Code[] args) =>
            text.PadRight(Length(ref frame, args[0]), args.Length == 2 ? Character(ref frame, args[1]) : ' ')),
        Method("Remove", 1, 2, "(index, count)", "Without the characters from an index on.", FactType.Text, (ref Frame frame, string text, Code[] args) =>
            args.Length == 1 ? text.Remove(Index(ref frame, args[0])) : text.Remove(Index(ref frame, args[0]), Index(ref frame, args[1]))),
        Method("Replace", 2, 2, "(old, new)", "With every occurrence replaced.", FactType.Text, Replace),
        Method("Split", 1, 1, "(separator)", "The parts between separators, a list.", FactType.ListOf(FactType.Text), (ref Frame frame, string text, Code[] args) =>
        {
            var parts = text.Split(TextOf(ref frame, args[0]));
            frame.Spend(parts.Length);
            return parts.Cast<object?>().ToList();
        }),
        Method("StartsWith", 1, 2, "(text, comparison)", "Whether it begins so.", FactType.Flag, (ref Frame frame, string text, Code[] args) =>
            text.StartsWith(TextOf(ref frame, args[0]), Comparison(ref frame, args))),
        Method("Substring", 1, 2, "(index, count)", "A part of it.", FactType.Text, (ref Frame frame, string text, Code[] args) =>
            args.Length == 1 ? text.Substring(Index(ref frame, args[0])) : text.Substring(Index(ref frame, args[0]), Index(ref frame, args[1]))),
        Plain("ToLower", "In small letters.", text => text.ToLowerInvariant()),
        Plain("ToLowerInvariant", "In small letters.", text => text.ToLowerInvariant()),
        Plain("ToUpper", "In capital letters.", text => text.ToUpperInvariant()),
        Plain("ToUpperInvariant", "In capital letters.", text => text.ToUpperInvariant()),
        Plain("Trim", "Without white space around it.", text => text.Trim()),
        Plain("TrimEnd", "Without white space behind it.", text => text.TrimEnd()),
        Plain("TrimStart", "Without white space before it.", text => text.TrimStart()),
    ];

    private delegate object? TextBody(ref Frame frame, string text, Code[] args);

    /// <summary>Reads an argument that must be text; a single character will do.</summary>
    public static string TextOf(ref Frame frame, Code code) => code.Value(ref frame) switch
    {
        string text => text,
        char c => c.ToString(),
        null => throw Faults.NoValue("value"),
        var other => Convert.ToString(other, CultureInfo.InvariantCulture) ?? "",
    };

    public static StringComparison ComparisonOf(string name) => name.ToUpperInvariant() switch
    {
        "ORDINAL" => StringComparison.Ordinal,
        "ORDINALIGNORECASE" => StringComparison.OrdinalIgnoreCase,
        "INVARIANTCULTURE" or "CURRENTCULTURE" => StringComparison.InvariantCulture,
        "INVARIANTCULTUREIGNORECASE" or "CURRENTCULTUREIGNORECASE" => StringComparison.InvariantCultureIgnoreCase,
        _ => throw new ArgumentException($"'{name}' is not a StringComparison."),
    };

    private static MethodEntry Plain(string name, string summary, Func<string, string> function) =>
        Method(name, 0, 0, "()", summary, FactType.Text, (ref Frame frame, string text, Code[] args) => frame.Bounded(function(text)));

    private static MethodEntry Method(string name, int min, int max, string parameters, string summary, FactType type, TextBody body) =>
        new(FactKind.Text, name, min, max, name + parameters, summary, (_, _) => type, (ref Frame frame, object receiver, Code[] args) => body(ref frame, (string)receiver, args));

    private static StringComparison Comparison(ref Frame frame, Code[] args) =>
        args.Length == 2 ? ComparisonOf(TextOf(ref frame, args[1])) : StringComparison.Ordinal;

    private static int Index(ref Frame frame, Code code) => checked((int)code.Integer(ref frame));

    private static int Length(ref Frame frame, Code code)
    {
        var length = Index(ref frame, code);
        if (length > frame.Options.Limits.MaxTextLength)
            throw new ExpressionEvaluationException(ExpressionFailure.Limit, $"A text of {length} characters is longer than the {frame.Options.Limits.MaxTextLength} allowed.");
        return length;
    }

    private static char Character(ref Frame frame, Code code)
    {
        var text = TextOf(ref frame, code);
        return text.Length == 1 ? text[0] : throw new ArgumentException($"'{text}' is not one character.");
    }

    private static object? Replace(ref Frame frame, string text, Code[] args)
    {
        var old = TextOf(ref frame, args[0]);
        var replacement = TextOf(ref frame, args[1]);
        if (old.Length > 0 && (long)text.Length / old.Length * Math.Max(replacement.Length, 1) > frame.Options.Limits.MaxTextLength * 4L)
            throw new ExpressionEvaluationException(ExpressionFailure.Limit, $"Replacing could make a text longer than the {frame.Options.Limits.MaxTextLength} characters allowed.");
        return frame.Bounded(text.Replace(old, replacement, StringComparison.Ordinal));
    }
}
