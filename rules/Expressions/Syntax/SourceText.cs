namespace Homelab.Rules.Expressions.Syntax;

internal static class SourceText
{
    public static ExpressionError Error(string text, int position, string message, string? expected = null, string? found = null, IReadOnlyList<string>? near = null)
    {
        var before = text.AsSpan(0, Math.Min(position, text.Length));
        var lastBreak = before.LastIndexOf('\n');
        return new ExpressionError
        {
            Message = message,
            Position = position,
            Line = before.Count('\n') + 1,
            Column = before.Length - lastBreak,
            Expected = expected,
            Found = found,
            Near = near ?? [],
        };
    }
}
