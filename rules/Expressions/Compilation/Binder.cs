using System.Diagnostics;
using Homelab.Rules.Expressions.Library;
using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;
using static Homelab.Rules.Expressions.Syntax.ExpressionNode;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>
/// Turns a tree into compiled nodes: finds what names mean, checks types where the dialect is typed, and picks for every
/// operator the node that needs the fewest boxes. Collects every error; a node with an error stands in as dynamic.
/// </summary>
internal sealed class Binder(string text, ExpressionOptions options, Scope scope, bool condition = false)
{
    private readonly List<ExpressionError> _errors = [];
    private readonly List<(string? Name, LocalCode Code)> _locals = [];
    private readonly Members _members = new(options);
    private bool _nullSafe;

    public IReadOnlyList<ExpressionError> Errors => _errors;

    /// <summary>How many lambda parameters an evaluation must have room for.</summary>
    public int Locals { get; private set; }

    public Code Bind(ExpressionNode node) => node switch
    {
        Literal literal => new ConstantCode(literal.Value),
        Name name => BindName(name),
        Member member => BindMember(member),
        ExpressionNode.Index index => BindIndex(index),
        Call call => BindCall(call),
        Unary unary => BindUnary(unary),
        Binary binary => BindBinary(binary),
        Conditional conditional => BindConditional(conditional.Condition, conditional.Then, conditional.Else, conditional.Position),
        ExpressionNode.List list => new FunctionCode(FactType.ListOf(FactType.Dynamic), BindAll(list.Items), MakeList),
        Lambda lambda => Fail(lambda.Position, "A lambda is only allowed as the argument of a list's method", "a value"),
        NewArray array => BindArray(array),
        NewObject created => BindObject(created),
        _ => throw new UnreachableException(),
    };

    /// <summary>Binds what must be true or false.</summary>
    public Code BindCondition(ExpressionNode node)
    {
        var code = Bind(node);
        if (_errors.Count == 0 && options.IsRules && code.Type.Kind is not (FactKind.Flag or FactKind.Dynamic))
            return Fail(node.Position, "Expression of type 'Boolean' expected", "a condition", code.Type.Name);
        return code;
    }

    public Code Fail(int position, string message, string? expected = null, string? found = null, IReadOnlyList<string>? near = null)
    {
        if (_errors.Count < 20)
            _errors.Add(SourceText.Error(text, position, message, expected, found, near));
        return new ErrorCode(ExpressionFailure.InvalidOperation, message);
    }

    private static object? MakeList(ref Frame frame, Code[] items)
    {
        frame.Spend(items.Length);
        var list = new List<object?>(items.Length);
        foreach (var item in items)
            list.Add(item.Value(ref frame));
        return list;
    }

    private Code[] BindAll(IReadOnlyList<ExpressionNode> nodes)
    {
        var codes = new Code[nodes.Count];
        for (var i = 0; i < codes.Length; i++)
            codes[i] = Bind(nodes[i]);
        return codes;
    }

    private Code BindName(Name name)
    {
        if (FindLocal(name.Id) is { } local)
            return local;
        if (scope.Resolve(name.Id) is { } code)
            return code;
        if (options.IsRules && Implicit() is { } it)
        {
            if (name.Id.Equals("it", StringComparison.OrdinalIgnoreCase))
                return it;
            return Use(_members.Read(it, name.Id, _nullSafe, implicitly: true), name.Position);
        }

        if (options.AllowNullParameter && name.Id.Equals("null", StringComparison.OrdinalIgnoreCase))
            return new ConstantCode(null);
        var message = options.IsRules ? $"Unknown identifier '{name.Id}'" : Names.NotDefined(name.Id, scope.KnownNames);
        return Fail(name.Position, message, "the name of an input", name.Id, Names.Near(name.Id, scope.KnownNames));
    }

    private LocalCode? FindLocal(string id)
    {
        for (var i = _locals.Count - 1; i >= 0; i--)
        {
            if (_locals[i].Name is { } name && name.Equals(id, options.IsRules && !options.CaseSensitive ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
                return _locals[i].Code;
        }

        return null;
    }

    /// <summary>The element that a lambda without a parameter works on, or else the only input.</summary>
    private Code? Implicit() => _locals.Count > 0 && _locals[^1].Name is null ? _locals[^1].Code : _locals.Count == 0 ? scope.Only : null;

    private Code Use(Bound bound, int position) =>
        bound.Code ?? Fail(position, bound.Problem!, null, null, bound.Near);

    private Code BindMember(Member member)
    {
        if (Path(member) is { } path && scope.Resolve(path) is { } slot && scope is LayoutScope)
            return slot;
        if (Owner(member.Target) is { } owner)
        {
            if (FunctionLibrary.Static(owner, member.Id) is { IsProperty: true } entry)
                return new FunctionCode(entry.Type([]), [], entry.Body);
            return Fail(member.Position, $"No property or field '{member.Id}' exists in type '{owner}'", null, member.Id, Names.Near(member.Id, FunctionLibrary.MembersOf(owner)));
        }

        if (Path(member.Target) is { } prefix && scope is LayoutScope && scope.IsPrefix(prefix))
            return Fail(member.Position, $"Unknown identifier '{prefix}.{member.Id}'", "the name of an input", member.Id, Names.Near($"{prefix}.{member.Id}", scope.KnownNames));
        return Use(_members.Read(Bind(member.Target), member.Id, _nullSafe || member.NullSafe, implicitly: false), member.Position);
    }

    private string? Path(ExpressionNode node) => node switch
    {
        Name name when scope is LayoutScope && FindLocal(name.Id) is null => name.Id,
        Member member when Path(member.Target) is { } outer => $"{outer}.{member.Id}",
        _ => null,
    };

    /// <summary>A word that stands for a .NET type, unless an input or a lambda parameter has that name.</summary>
    private string? Owner(ExpressionNode node)
    {
        if (node is not Name name || !FunctionLibrary.IsOwner(name.Id) || FindLocal(name.Id) is not null)
            return null;
        return scope is ParameterScope || scope.Resolve(name.Id) is null ? name.Id : null;
    }

    private Code BindIndex(ExpressionNode.Index index)
    {
        var target = Bind(index.Target);
        var arguments = BindAll(index.Arguments);
        if (arguments.Length != 1)
            return Fail(index.Position, "Incorrect number of indexes", "one index or key", $"{arguments.Length}");
        return Use(_members.Element(target, arguments[0]), index.Position);
    }

    private Code BindCall(Call call)
    {
        if (call.Target is null)
            return BindFunction(call);
        if (Owner(call.Target) is { } owner)
            return BindStatic(call, owner);

        var target = Bind(call.Target);
        var entry = _members.Method(target.Type, call.Id);
        if (entry is null)
        {
            var name = target.Type.Name;
            return target is ErrorCode ? target : target.Type.Kind == FactKind.Dynamic
                ? BindDynamicCall(call, target)
                : Fail(call.Position, $"No applicable method '{call.Id}' exists in type '{name}'", "one of its methods", call.Id, Names.Near(call.Id, FunctionLibrary.MembersOf(target.Type.Kind)));
        }

        if (Wrong(call, entry.Min, entry.Max))
            return Fail(call.Position, $"No applicable method '{call.Id}' exists in type '{target.Type.Name}'", entry.Signature, $"{call.Arguments.Count} arguments");
        var arguments = BindArguments(call.Arguments, entry.Lambda, target.Type.Element ?? FactType.Dynamic);
        if (options.IsRules && entry.Condition && arguments is [{ Type.Kind: not (FactKind.Flag or FactKind.Dynamic) } value])
            return Fail(call.Arguments[0].Position, $"No applicable aggregate method '{entry.Name}({value.Type.Name})' exists", "a condition", value.Type.Name);
        return MethodOf(entry, target, arguments, call.NullSafe);
    }

    private MethodCode MethodOf(MethodEntry entry, Code target, Code[] arguments, bool nullSafe)
    {
        var type = entry.Type(target.Type, arguments);
        return new MethodCode(type, entry, target, arguments, _nullSafe || nullSafe || entry.Name == "Equals" && !options.IsRules);
    }

    private static bool Wrong(Call call, int min, int max) => call.Arguments.Count < min || call.Arguments.Count > max;

    /// <summary>The receiver's kind is only known at evaluation; whether lambdas are meant is seen from the arguments.</summary>
    private Code BindDynamicCall(Call call, Code target)
    {
        if (!_members.IsKnownMethod(call.Id))
        {
            return Fail(call.Position, $"No applicable method '{call.Id}' exists in type '{target.Type.Name}'", "a method of the language", call.Id,
                Names.Near(call.Id, FunctionLibrary.All.OfType<MethodEntry>().Select(entry => entry.Name)));
        }

        var list = FunctionLibrary.Method(FactKind.List, call.Id);
        var lambda = list is { Lambda: true } && call.Arguments.Count > 0;
        return new DynamicMethodCode(call.Id, target, BindArguments(call.Arguments, lambda, FactType.Dynamic), _nullSafe || call.NullSafe);
    }

    private Code[] BindArguments(IReadOnlyList<ExpressionNode> arguments, bool lambda, FactType element)
    {
        if (!lambda || arguments.Count == 0)
            return BindAll(arguments);
        if (arguments[0] is Lambda { Parameters.Count: 1 } written)
            return [BindLambda(written.Parameters[0], written.Body, element)];
        if (arguments[0] is Lambda other)
            return [Fail(other.Position, "A lambda of a list has one parameter", "x => ...", $"{other.Parameters.Count} parameters")];
        return [BindLambda(options.IsRules ? null : "it", arguments[0], element)];
    }

    private LambdaCode BindLambda(string? parameter, ExpressionNode body, FactType element)
    {
        var slot = Locals++;
        var safe = _nullSafe;
        _nullSafe = false;
        _locals.Add((parameter, new LocalCode(slot, element)));
        var code = new LambdaCode(slot, Bind(body));
        _locals.RemoveAt(_locals.Count - 1);
        _nullSafe = safe;
        return code;
    }

    private Code BindStatic(Call call, string owner)
    {
        var arguments = BindAll(call.Arguments);
        var entry = FunctionLibrary.Static(owner, call.Id);
        if (entry is null || entry.IsProperty)
            return Fail(call.Position, $"No applicable method '{call.Id}' exists in type '{owner}'", $"what is listed under {owner}", call.Id, Names.Near(call.Id, FunctionLibrary.MembersOf(owner)));
        return Wrong(call, entry.Min, entry.Max)
            ? Fail(call.Position, $"No applicable method '{call.Id}' exists in type '{owner}'", $"{owner}.{entry.Signature}", $"{arguments.Length} arguments")
            : new FunctionCode(entry.Type(arguments), arguments, entry.Body);
    }

    private Code BindFunction(Call call)
    {
        var entry = FunctionLibrary.Function(call.Id, options);
        if (options.IsRules && entry is not null && (call.Id.Equals("iif", StringComparison.OrdinalIgnoreCase) || entry.Name == "if") && call.Arguments.Count == 3)
            return BindConditional(call.Arguments[0], call.Arguments[1], call.Arguments[2], call.Position);
        if (options.IsRules && entry is { Name: "isNull" } && call.Arguments.Count == 2)
            return RulesOperators.Bind(BinaryOperator.Coalesce, "isnull", Bind(call.Arguments[0]), Bind(call.Arguments[1]), false, out _)!;
        if (entry is { Name: "np" })
            return BindNullPropagation(call, entry);
        if (entry is null)
            return UnknownFunction(call);

        var arguments = BindAll(call.Arguments);
        if (Wrong(call, entry.Min, entry.Max) || (entry.Name == "ifs" && arguments.Length % 2 == 0))
            return WrongArity(call, entry);
        if (entry.Fast is { } fast && arguments[0].Type is { IsNumeric: true, Nullable: false, Kind: not FactKind.Decimal } && options.FloatingPointNumberType == FloatingPointNumberType.Double)
            return new NumberFunction1(fast, arguments[0]);
        if (entry.Name is "Max" or "Min" && arguments.All(argument => argument.Type is { Kind: FactKind.Number, Nullable: false }))
            return new NumberFunction2(entry.Name == "Max" ? Math.Max : Math.Min, arguments[0], arguments[1]);
        return new FunctionCode(entry.Type(arguments), arguments, entry.Body);
    }

    /// <summary>NCalc finds a missing function only when it gets there; so do we, while checking finds it beforehand.</summary>
    private Code UnknownFunction(Call call)
    {
        if (options.IsRules)
        {
            var owner = Implicit()?.Type.Name;
            var message = owner is null ? $"Unknown identifier '{call.Id}'" : $"No applicable method '{call.Id}' exists in type '{owner}'";
            return Fail(call.Position, message, "a function", call.Id, Names.Near(call.Id, FunctionLibrary.FunctionNames(rules: true)));
        }

        BindAll(call.Arguments);
        return new ErrorCode(ExpressionFailure.UnknownFunction, ExpressionChecker.UnknownFunction(call.Id, rules: false));
    }

    private Code WrongArity(Call call, FunctionEntry entry)
    {
        var message = ExpressionChecker.WrongArity(entry);
        return options.IsRules ? Fail(call.Position, message, entry.Signature, $"{call.Arguments.Count} arguments") : new ErrorCode(ExpressionFailure.InvalidArgument, message);
    }

    private Code BindNullPropagation(Call call, FunctionEntry entry)
    {
        if (Wrong(call, entry.Min, entry.Max))
            return WrongArity(call, entry);
        _nullSafe = true;
        var path = Bind(call.Arguments[0]);
        _nullSafe = false;
        Code[] arguments = call.Arguments.Count == 1 ? [path] : [path, Bind(call.Arguments[1])];
        return new FunctionCode(entry.Type(arguments), arguments, entry.Body);
    }

    private Code BindConditional(ExpressionNode conditionNode, ExpressionNode thenNode, ExpressionNode elseNode, int position)
    {
        var condition = Bind(conditionNode);
        var then = Bind(thenNode);
        var otherwise = Bind(elseNode);
        if (!options.IsRules)
            return new ConditionalCode(then.Type.Equals(otherwise.Type) ? then.Type : FactType.Dynamic, condition, then, otherwise);
        if (condition.Type.Kind is not (FactKind.Flag or FactKind.Dynamic))
            return Fail(position, "The first expression must be of type 'Boolean'", "a condition", condition.Type.Name);

        var type = Unify(then.Type, otherwise.Type);
        return type is null
            ? Fail(position, $"Neither of the types '{then.Type.Name}' and '{otherwise.Type.Name}' converts to the other", "two values of one type")
            : new ConditionalCode(type, condition, then, otherwise);
    }

    private static FactType? Unify(FactType left, FactType right)
    {
        if (left.Equals(right))
            return left;
        if (left.Kind == FactKind.Dynamic || right.Kind == FactKind.Dynamic)
            return FactType.Dynamic;
        if (left.Kind == FactKind.Null)
            return right with { Nullable = true };
        if (right.Kind == FactKind.Null)
            return left with { Nullable = true };
        if (left.IsNumeric && right.IsNumeric)
            return RulesOperators.Promote(left, right) is { } type ? type with { Nullable = left.Nullable || right.Nullable } : null;
        if (left.Kind == right.Kind)
            return left.Kind is FactKind.List or FactKind.Object ? FactType.Dynamic : left with { Nullable = true };
        return left.IsReference && right.IsReference ? FactType.Unknown : null;
    }

    private Code BindUnary(Unary unary)
    {
        var operand = Bind(unary.Operand);
        var bound = options.IsRules ? RulesUnary(unary.Operator, operand) : NCalcBinder.Unary(unary.Operator, operand);
        return bound ?? Fail(unary.Position, $"Operator '{unary.Symbol}' incompatible with operand type '{operand.Type.Name}'");
    }

    private static Code? RulesUnary(UnaryOperator op, Code operand) => op switch
    {
        UnaryOperator.Not => operand.Type.Kind is FactKind.Flag or FactKind.Dynamic ? new NotCode(operand) : null,
        UnaryOperator.Negate => RulesArithmetic.Negate(operand),
        UnaryOperator.BitwiseNot when operand.Type.Kind is FactKind.Int32 or FactKind.Integer =>
            new IntegerArithmetic(operand.Type, BinaryOperator.BitwiseXor, operand, new ConstantCode(-1)),
        _ => null,
    };

    private Code BindBinary(Binary binary)
    {
        var left = Bind(binary.Left);
        if (options.IsRules && binary.Operator is BinaryOperator.In or BinaryOperator.NotIn)
            return BindIn(binary, left);

        var right = Bind(binary.Right);
        if (!options.IsRules)
            return NCalcBinder.Binary(binary.Operator, left, right, options);
        if (left is ErrorCode || right is ErrorCode)
            return left is ErrorCode ? left : right;
        return RulesOperators.Bind(binary.Operator, binary.Symbol, left, right, parseText: true, out var problem)
            ?? Fail(binary.Position, problem!, null, null, Members.Near(left) ?? Members.Near(right));
    }

    private Code BindIn(Binary binary, Code left)
    {
        Code result;
        if (binary.Right is ExpressionNode.List list)
        {
            Code? any = null;
            foreach (var item in list.Items)
            {
                var equal = RulesOperators.Bind(BinaryOperator.Equal, "==", left, Bind(item), parseText: true, out var problem)
                    ?? Fail(item.Position, problem!);
                any = any is null ? equal : new OrCode(any, equal);
            }

            result = any ?? new ConstantCode(false);
        }
        else
        {
            var right = Bind(binary.Right);
            if (right.Type.Kind is not (FactKind.List or FactKind.Dynamic or FactKind.Text))
                return Fail(binary.Right.Position, $"No applicable method 'Contains' exists in type '{right.Type.Name}'", "a list in brackets or a value that is a list", right.Type.Name);
            result = new FunctionFlag([left, right], Members.IsIn);
        }

        return binary.Operator == BinaryOperator.In ? result : new NotCode(result);
    }

    private Code BindArray(NewArray array)
    {
        var items = BindAll(array.Items);
        var element = array.ElementType is null ? items.Select(item => item.Type).Aggregate((FactType?)null, (all, type) => all is null ? type : Functions.Join(all, type)) : TypeNames.Find(array.ElementType);
        if (array.ElementType is not null && element is null)
            return Fail(array.Position, $"Type '{array.ElementType}' not found", "string, int, long, double, decimal, bool, ...", array.ElementType);
        return new FunctionCode(FactType.ListOf(element ?? FactType.Dynamic), items, MakeList);
    }

    private Code BindObject(NewObject created)
    {
        // RulesEngine makes the object of the type the whole expression must have; only params and outputs have none.
        if (condition && created.Fields.Count > 0)
            return Fail(created.Position, $"No property or field '{created.Fields[0].Name}' exists in type 'Boolean'", "a new object only in params and outputs, not in a condition");
        var names = created.Fields.Select(declared => declared.Name).ToArray();
        var values = BindAll([.. created.Fields.Select(declared => declared.Value)]);
        var types = new Dictionary<string, FactType>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < names.Length; i++)
        {
            if (!types.TryAdd(names[i], values[i].Type))
                Fail(created.Fields[i].Value.Position, $"The identifier '{names[i]}' was defined more than once");
        }

        return new FunctionCode(new FactType(FactKind.Object) { Fields = types }, values, (ref Frame frame, Code[] parts) =>
        {
            var fields = new KeyValuePair<string, object?>[names.Length];
            for (var i = 0; i < names.Length; i++)
                fields[i] = KeyValuePair.Create(names[i], parts[i].Value(ref frame));
            return new FactObject(fields);
        });
    }
}
