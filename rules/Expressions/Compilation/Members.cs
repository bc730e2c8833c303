using Homelab.Rules.Expressions.Library;
using Homelab.Rules.Values;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>A node, or why there is none.</summary>
internal readonly record struct Bound(Code? Code, string? Problem = null, IReadOnlyList<string>? Near = null);

/// <summary>Fields, properties, methods and elements of values. Only facts and the library are looked at, never a .NET type.</summary>
internal sealed class Members(ExpressionOptions options)
{
    private readonly StringComparison _comparison = options.CaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    public static IReadOnlyList<string>? Near(Code code) => (code as MissingFieldCode)?.Near;

    public MethodEntry? Method(FactType type, string name) => type.Kind switch
    {
        FactKind.Dynamic or FactKind.Unknown or FactKind.Null => null,
        FactKind.Object when type.Fields is null => null,
        _ => FunctionLibrary.Method(type.Kind, name),
    };

    public bool IsKnownMethod(string name) => FunctionLibrary.All.OfType<MethodEntry>().Any(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public Bound Read(Code target, string name, bool nullSafe, bool implicitly)
    {
        var type = target.Type;
        if (target is ErrorCode)
            return new Bound(target);
        switch (type.Kind)
        {
            case FactKind.Dynamic:
                return new Bound(new DynamicMemberCode(target, name, nullSafe));
            case FactKind.Unknown or FactKind.Null:
                return new Bound(new OpaqueMemberCode(target, name, nullSafe));
            case FactKind.Object when type.Fields is { } fields:
                return ReadField(target, fields, name, nullSafe, implicitly);
            case FactKind.Object:
                return new Bound(new DynamicMemberCode(target, name, nullSafe));
            case FactKind.List when type.Key is not null && name.Equals("Key", StringComparison.OrdinalIgnoreCase):
                return new Bound(new PropertyCode(type.Key, FunctionLibrary.Property(FactKind.List, "Key")!, target, nullSafe));
        }

        return FunctionLibrary.Property(type.Kind, name) is { } property
            ? new Bound(new PropertyCode(property.Type, property, target, nullSafe))
            : new Bound(null, $"No property or field '{name}' exists in type '{type.Name}'", Names.Near(name, FunctionLibrary.MembersOf(type.Kind)));
    }

    public Bound Element(Code target, Code index)
    {
        if (target is ErrorCode)
            return new Bound(target);
        return target.Type.Kind switch
        {
            FactKind.List => new Bound(new FunctionCode(target.Type.Element ?? FactType.Dynamic, [target, index], ElementAt)),
            FactKind.Text => new Bound(new FunctionCode(FactType.Char, [target, index], ElementAt)),
            FactKind.Object when index is ConstantCode { Constant: string name } && target.Type.Fields is { } fields => ReadField(target, fields, name, false, false),
            FactKind.Object or FactKind.Dynamic => new Bound(new FunctionCode(FactType.Dynamic, [target, index], ElementAt)),
            _ => new Bound(null, $"No applicable indexer exists in type '{target.Type.Name}'"),
        };
    }

    public static bool IsIn(ref Frame frame, Code[] sides)
    {
        var item = sides[0].Value(ref frame);
        var whole = sides[1].Value(ref frame);
        if (whole is string text)
            return item is not null && text.Contains(Convert.ToString(item, frame.Options.Culture) ?? "", StringComparison.Ordinal);
        foreach (var element in ListMethods.Items(whole))
        {
            frame.Spend();
            if (ValueOrder.AreEqual(item, element))
                return true;
        }

        return false;
    }

    private Bound ReadField(Code target, IReadOnlyDictionary<string, FactType> fields, string name, bool nullSafe, bool implicitly)
    {
        var known = fields.Keys.FirstOrDefault(declared => declared.Equals(name, StringComparison.Ordinal))
            ?? fields.Keys.FirstOrDefault(declared => declared.Equals(name, _comparison));
        if (known is not null)
            return new Bound(new FieldCode(fields[known], target, known, nullSafe));
        return new Bound(new MissingFieldCode(target, nullSafe, Names.Near(name, fields.Keys), implicitly));
    }

    private static object? ElementAt(ref Frame frame, Code[] args)
    {
        var target = args[0].Value(ref frame);
        var index = args[1].Value(ref frame);
        switch (target)
        {
            case null:
                throw Faults.Missing();
            case string text:
                return text[checked((int)Convert.ToInt64(index, frame.Options.Culture))];
            case IReadOnlyDictionary<string, object?> fields:
                return fields.TryGetValue(Convert.ToString(index, frame.Options.Culture) ?? "", out var value) ? FactJson.Adopt(value, frame.Options.IsRules) : null;
            default:
                var items = ListMethods.Items(target);
                var at = Convert.ToInt64(index, frame.Options.Culture);
                if (at < 0 || at >= items.Count)
                    throw Faults.Index();
                return FactJson.Adopt(items[(int)at], frame.Options.IsRules);
        }
    }
}

internal sealed class FieldCode(FactType type, Code target, string name, bool nullSafe) : Code(nullSafe ? type with { Nullable = true } : type)
{
    public override object? Value(ref Frame frame)
    {
        if (target.Value(ref frame) is IReadOnlyDictionary<string, object?> fields)
            return fields.TryGetValue(name, out var value) ? value : null;
        return nullSafe ? null : throw Faults.Missing();
    }
}

/// <summary>A field that no value of the type has: missing, and nothing but "is it missing" may be asked of it.</summary>
internal sealed class MissingFieldCode(Code target, bool nullSafe, IReadOnlyList<string> near, bool implicitly) : Code(FactType.Unknown)
{
    public IReadOnlyList<string> Near => near;

    public override object? Value(ref Frame frame) => implicitly || nullSafe || target.Value(ref frame) is not null ? null : throw Faults.Missing();
}

/// <summary>A member of something known only to be an object.</summary>
internal sealed class OpaqueMemberCode(Code target, string name, bool nullSafe) : Code(FactType.Unknown)
{
    public override object? Value(ref Frame frame)
    {
        if (target.Value(ref frame) is IReadOnlyDictionary<string, object?> fields)
            return fields.TryGetValue(name, out var value) ? value : null;
        return nullSafe ? null : throw new InvalidOperationException("Operation is not valid due to the current state of the object.");
    }
}

internal sealed class PropertyCode(FactType type, PropertyEntry property, Code target, bool nullSafe) : Code(nullSafe ? type with { Nullable = true } : type)
{
    public override object? Value(ref Frame frame) => target.Value(ref frame) is { } value ? property.Read(value)
        : nullSafe ? null : throw Faults.Missing();
}

internal sealed class DynamicMemberCode(Code target, string name, bool nullSafe) : Code(FactType.Dynamic)
{
    public override object? Value(ref Frame frame)
    {
        switch (target.Value(ref frame))
        {
            case null when nullSafe:
                return null;
            case null:
                throw new ExpressionEvaluationException(ExpressionFailure.MissingValue, $"'{name}' cannot be read of a missing value.");
            case IReadOnlyDictionary<string, object?> fields:
                if (fields.TryGetValue(name, out var value) || Similar(fields, out value))
                    return FactJson.Adopt(value, frame.Options.IsRules);
                throw Unknown("object", fields.Keys);
            case var other:
                var kind = Properties.KindOf(other);
                return FunctionLibrary.Property(kind, name) is { } property
                    ? property.Read(kind == FactKind.List ? ListMethods.Items(other) : other)
                    : throw Unknown(new FactType(kind).Name, FunctionLibrary.MembersOf(kind));
        }
    }

    private bool Similar(IReadOnlyDictionary<string, object?> fields, out object? value)
    {
        foreach (var (key, candidate) in fields)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                value = candidate;
                return true;
            }
        }

        value = null;
        return false;
    }

    private ExpressionEvaluationException Unknown(string type, IEnumerable<string> known)
    {
        var near = Names.Near(name, known);
        var hint = near.Count == 0 ? "" : $" Near: {string.Join(", ", near)}.";
        return new ExpressionEvaluationException(ExpressionFailure.UnknownMember, $"No property or field '{name}' exists in the {type}.{hint}");
    }
}

internal sealed class MethodCode(FactType type, MethodEntry entry, Code target, Code[] arguments, bool nullSafe) : Code(nullSafe ? type with { Nullable = true } : type)
{
    private readonly bool _zero = entry.Name.EndsWith("OrDefault", StringComparison.Ordinal);

    public override object? Value(ref Frame frame)
    {
        if (target.Value(ref frame) is not { } receiver)
            return nullSafe ? null : throw Faults.Missing();
        var result = entry.Body(ref frame, receiver, arguments);
        return result is null && _zero ? FactShape.Zero(Type) : result;
    }
}

/// <summary>A method of a value whose kind is only known now.</summary>
internal sealed class DynamicMethodCode(string name, Code target, Code[] arguments, bool nullSafe) : Code(FactType.Dynamic)
{
    public override object? Value(ref Frame frame)
    {
        if (target.Value(ref frame) is not { } receiver)
            return nullSafe ? null : throw new ExpressionEvaluationException(ExpressionFailure.MissingValue, $"'{name}' cannot be called on a missing value.");

        var kind = Properties.KindOf(receiver);
        var entry = FunctionLibrary.Method(kind, name);
        if (entry is null || arguments.Length < entry.Min || arguments.Length > entry.Max || (arguments is [LambdaCode, ..] && !entry.Lambda))
            throw Refused(entry, kind);
        return entry.Body(ref frame, receiver, arguments);
    }

    private ExpressionEvaluationException Refused(MethodEntry? entry, FactKind kind)
    {
        var type = new FactType(kind).Name;
        return new ExpressionEvaluationException(
            ExpressionFailure.UnknownMember, entry is null ? $"No applicable method '{name}' exists in the {type}." : $"{type}.{entry.Signature} does not take these arguments.");
    }
}
