using Homelab.Rules.Expressions.Library;
using Homelab.Rules.Expressions.Syntax;
using static Homelab.Rules.Expressions.Syntax.ExpressionNode;

namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Finds what evaluation would stumble over: unknown functions and names, wrong numbers of arguments.</summary>
internal sealed class ExpressionChecker
{
    private readonly string _text;
    private readonly ExpressionOptions _options;
    private readonly HashSet<string>? _names;
    private readonly Stack<string> _locals = [];
    private readonly List<ExpressionError> _errors = [];

    private ExpressionChecker(string text, ExpressionOptions options, IReadOnlyCollection<string>? names)
    {
        _text = text;
        _options = options;
        _names = names is null ? null : new HashSet<string>(names, options.IsRules && !options.CaseSensitive ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
    }

    public static IReadOnlyList<ExpressionError> Check(string text, ExpressionNode tree, ExpressionOptions options, IReadOnlyCollection<string>? names)
    {
        var checker = new ExpressionChecker(text, options, names);
        checker.Visit(tree);
        return checker._errors;
    }

    public static string UnknownFunction(string name, bool rules)
    {
        var near = Names.Near(name, FunctionLibrary.FunctionNames(rules));
        return near.Count == 0 ? $"Function not found. Name: {name}" : $"Function not found. Name: {name}. Near: {string.Join(", ", near)}.";
    }

    public static string WrongArity(FunctionEntry entry) => entry.Arity switch
    {
        null => $"{entry.Name}() takes {(entry.Min == entry.Max ? $"exactly {entry.Min}" : $"{entry.Min} to {entry.Max}")} arguments",
        var exactly when exactly.StartsWith("exactly", StringComparison.Ordinal) => $"{entry.Name}() takes {exactly}",
        var whole => whole,
    };

    private void Visit(ExpressionNode node)
    {
        switch (node)
        {
            case Name name when _names is not null && !_names.Contains(name.Id) && !_locals.Contains(name.Id) && !IsWord(name.Id):
                Report(name.Position, _options.IsRules ? $"Unknown identifier '{name.Id}'" : $"Parameter {name.Id} not defined.", "the name of an input", name.Id, Names.Near(name.Id, _names));
                break;
            case Member member:
                Visit(member.Target);
                break;
            case ExpressionNode.Index index:
                Visit(index.Target);
                VisitAll(index.Arguments);
                break;
            case Call call:
                VisitCall(call);
                break;
            case Unary unary:
                Visit(unary.Operand);
                break;
            case Binary binary:
                Visit(binary.Left);
                Visit(binary.Right);
                break;
            case Conditional conditional:
                VisitAll([conditional.Condition, conditional.Then, conditional.Else]);
                break;
            case ExpressionNode.List list:
                VisitAll(list.Items);
                break;
            case Lambda lambda:
                foreach (var parameter in lambda.Parameters)
                    _locals.Push(parameter);
                Visit(lambda.Body);
                for (var i = 0; i < lambda.Parameters.Count; i++)
                    _locals.Pop();
                break;
            case NewArray array:
                VisitAll(array.Items);
                break;
            case NewObject created:
                VisitAll([.. created.Fields.Select(declared => declared.Value)]);
                break;
        }
    }

    private void VisitAll(IReadOnlyList<ExpressionNode> nodes)
    {
        foreach (var node in nodes)
            Visit(node);
    }

    private void VisitCall(Call call)
    {
        if (call.Target is not null)
        {
            Visit(call.Target);

            // In rules the body of a lambda may stand alone and name members of the element; only evaluation knows them.
            if (_options.IsRules && FunctionLibrary.Method(Values.FactKind.List, call.Id) is { Lambda: true } && call.Arguments is [not Lambda])
                return;
            VisitAll(call.Arguments);
            return;
        }

        VisitAll(call.Arguments);
        var entry = FunctionLibrary.Function(call.Id, _options);
        var count = call.Arguments.Count;
        if (entry is null)
            Report(call.Position, UnknownFunction(call.Id, _options.IsRules), "a function", call.Id, Names.Near(call.Id, FunctionLibrary.FunctionNames(_options.IsRules)));
        else if ((count < entry.Min || count > entry.Max || (entry.Name == "ifs" && count % 2 == 0)) && !(_options.IsRules && entry.Name == "isNull" && count == 2))
            Report(call.Position, WrongArity(entry), entry.Signature, $"{count} arguments", []);
    }

    private bool IsWord(string id) => FunctionLibrary.IsOwner(id) || id.Equals("it", StringComparison.OrdinalIgnoreCase)
        || (id.Equals("null", StringComparison.OrdinalIgnoreCase) && (_options.AllowNullParameter || _options.IsRules));

    private void Report(int position, string message, string expected, string found, IReadOnlyList<string> near) =>
        _errors.Add(SourceText.Error(_text, position, message, expected, found, near));
}
