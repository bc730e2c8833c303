namespace Homelab.Rules.Expressions;

/// <summary>One thing wrong with an expression's text. Line and column count from 1, <see cref="Position"/> from 0.</summary>
public sealed record ExpressionError
{
    public required string Message { get; init; }

    public required int Position { get; init; }

    public required int Line { get; init; }

    public required int Column { get; init; }

    /// <summary>What stands there.</summary>
    public string? Found { get; init; }

    /// <summary>What could stand there.</summary>
    public string? Expected { get; init; }

    /// <summary>Known names near an unknown one.</summary>
    public IReadOnlyList<string> Near { get; init; } = [];

    public override string ToString()
    {
        var text = $"line {Line}, column {Column}: {Message}";
        if (Expected is not null)
            text += $"; expected {Expected}";
        if (Found is not null)
            text += $", found {Found}";
        return Near.Count == 0 ? text : $"{text}; near: {string.Join(", ", Near)}";
    }
}
