using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Where the names of an expression come from.</summary>
internal abstract class Scope
{
    /// <summary>The node that reads a name, or <see langword="null"/> where the scope does not have it.</summary>
    public abstract Code? Resolve(string name);

    /// <summary>True when <c>name.</c> begins the name of a field.</summary>
    public virtual bool IsPrefix(string path) => false;

    public virtual IEnumerable<string> KnownNames => [];

    /// <summary>The only input, whose members may then be written without it.</summary>
    public virtual Code? Only => null;
}

/// <summary>Names looked up in a dictionary at evaluation.</summary>
internal sealed class ParameterScope : Scope
{
    public override Code? Resolve(string name) => new ParameterCode(name);

    private sealed class ParameterCode(string name) : Code(FactType.Dynamic)
    {
        public override object? Value(ref Frame frame)
        {
            if (frame.Parameters!.TryGetValue(name, out var value))
                return FactJson.Adopt(value, frame.Options.IsRules);
            if (frame.Options.AllowNullParameter && name.Equals("null", StringComparison.OrdinalIgnoreCase))
                return null;
            throw new ExpressionEvaluationException(ExpressionFailure.UnknownName, Names.NotDefined(name, frame.Parameters.Keys));
        }
    }
}

/// <summary>Typed values by position: a rule's inputs, globals and locals.</summary>
internal sealed class ArgumentScope(IReadOnlyList<KeyValuePair<string, FactType>> arguments, bool caseSensitive) : Scope
{
    private readonly StringComparison _comparison = caseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    public override IEnumerable<string> KnownNames => arguments.Select(argument => argument.Key);

    public override Code? Only => arguments.Count == 1 ? new ArgumentCode(0, arguments[0].Value) : null;

    public override Code? Resolve(string name)
    {
        for (var i = arguments.Count - 1; i >= 0; i--)
        {
            if (arguments[i].Key.Equals(name, _comparison))
                return new ArgumentCode(i, arguments[i].Value);
        }

        return null;
    }

    private sealed class ArgumentCode(int index, FactType type) : Code(type)
    {
        public override object? Value(ref Frame frame) => frame.Arguments![index];
    }
}

/// <summary>The slots of a layout.</summary>
internal sealed class LayoutScope(FactsLayout layout) : Scope
{
    public override IEnumerable<string> KnownNames => layout.Fields.Select(declared => declared.Name);

    public override bool IsPrefix(string path) => layout.HasPrefix(path);

    public override Code? Resolve(string name)
    {
        var slot = layout.SlotOf(name);
        if (slot < 0)
            return null;

        var declared = layout.Fields[slot];
        var type = declared.Optional ? declared.Type with { Nullable = true } : declared.Type;
        return declared.Type.Kind switch
        {
            FactKind.Number => new NumberSlot(slot, type),
            FactKind.Integer or FactKind.Int32 => new IntegerSlot(slot, type),
            FactKind.Flag => new FlagSlot(slot, type),
            FactKind.Time or FactKind.Duration => new TicksSlot(slot, type),
            _ => new ReferenceSlot(slot, type),
        };
    }

    private abstract class Slot(int slot, FactType type) : Code(type)
    {
        protected int Index => slot;

        // A missing required field is an error even where only its box is read; only a comparison with null may look.
        public override object? Value(ref Frame frame) => frame.Facts![slot] ?? (Type.Nullable ? null : frame.Facts.Reference(slot));
    }

    private sealed class NumberSlot(int slot, FactType type) : Slot(slot, type)
    {
        public override double Number(ref Frame frame) => frame.Facts!.Number(Index);
    }

    private sealed class IntegerSlot(int slot, FactType type) : Slot(slot, type)
    {
        public override long Integer(ref Frame frame) => frame.Facts!.Word(Index);

        public override double Number(ref Frame frame) => frame.Facts!.Word(Index);
    }

    private sealed class FlagSlot(int slot, FactType type) : Slot(slot, type)
    {
        public override bool Flag(ref Frame frame) => frame.Facts!.Word(Index) != 0;
    }

    private sealed class TicksSlot(int slot, FactType type) : Slot(slot, type)
    {
        public override long Ticks(ref Frame frame) => frame.Facts!.Word(Index);
    }

    private sealed class ReferenceSlot(int slot, FactType type) : Slot(slot, type)
    {
        public override string? Text(ref Frame frame) => (string?)frame.Facts!.Reference(Index);

        public override object? Value(ref Frame frame) =>
            Type.Nullable && !frame.Facts!.Has(Index) ? null : frame.Facts!.Reference(Index);
    }
}
