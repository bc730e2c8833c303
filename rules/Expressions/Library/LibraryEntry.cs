using Homelab.Rules.Expressions.Compilation;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Library;

/// <summary>One documented thing an expression may call or read. <see cref="Signature"/> and <see cref="Summary"/> are what the README shows.</summary>
internal abstract record LibraryEntry(string Name, string Signature, string Summary)
{
    /// <summary>The heading the README lists it under.</summary>
    public abstract string Section { get; }
}

/// <summary>A function. <see cref="Rules"/> ones belong to rules only; the others to both dialects.</summary>
internal sealed record FunctionEntry(string Name, int Min, int Max, string Signature, string Summary, TypeRule Type, FunctionBody Body)
    : LibraryEntry(Name, Signature, Summary)
{
    public bool Rules { get; init; }

    /// <summary>NCalc's own wording for a wrong number of arguments.</summary>
    public string? Arity { get; init; }

    public Func<double, double>? Fast { get; init; }

    public override string Section => Rules ? "Functions of rules" : "Functions";
}

/// <summary>A method of a kind of value.</summary>
internal sealed record MethodEntry(FactKind Receiver, string Name, int Min, int Max, string Signature, string Summary, MethodTypeRule Type, MethodBody Body)
    : LibraryEntry(Name, Signature, Summary)
{
    /// <summary>The first argument is a lambda over the elements.</summary>
    public bool Lambda { get; init; }

    /// <summary>The lambda says yes or no, rather than giving a value.</summary>
    public bool Condition { get; init; }

    public override string Section => $"Methods of {Receiver}";
}

/// <summary>A property of a kind of value.</summary>
internal sealed record PropertyEntry(FactKind Receiver, string Name, string Summary, FactType Type, Func<object, object?> Read)
    : LibraryEntry(Name, Name, Summary)
{
    public override string Section => $"Properties of {Receiver}";
}

/// <summary>Something under a name that stands for a .NET type, such as <c>Math.Max</c>; only what is listed can be reached.</summary>
internal sealed record StaticEntry(string Owner, string Name, int Min, int Max, string Signature, string Summary, TypeRule Type, FunctionBody Body)
    : LibraryEntry(Name, Signature, Summary)
{
    public bool IsProperty => Max < 0;

    public override string Section => $"Under {Owner}";
}

internal delegate FactType TypeRule(Code[] arguments);

internal delegate FactType MethodTypeRule(FactType receiver, Code[] arguments);

internal delegate object? MethodBody(ref Frame frame, object receiver, Code[] arguments);
