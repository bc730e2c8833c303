using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using Homelab.Rules.Expressions;
using Homelab.Rules.Expressions.Syntax;
using Homelab.Rules.Values;
using Xunit;
using static Homelab.Rules.Expressions.Syntax.ExpressionNode;

namespace Homelab.Tests.Rules.Expressions;

public sealed class ExpressionPropertyTests
{
    private static readonly Gen<string> Words = Gen.Elements("a", "b", "cpu", "list", "odd name", "x]y", "and", "new", "true1", "ünï", "it");

    private static readonly Gen<ExpressionNode> Literals = Gen.OneOf(
        ArbMap.Default.GeneratorFor<NonNegativeInt>().Select(value => (ExpressionNode)new Literal(value.Get)),
        ArbMap.Default.GeneratorFor<NormalFloat>().Select(value => (ExpressionNode)new Literal(Math.Abs(value.Get))),
        ArbMap.Default.GeneratorFor<NonNull<string>>().Select(value => (ExpressionNode)new Literal(value.Get)),
        ArbMap.Default.GeneratorFor<bool>().Select(value => (ExpressionNode)new Literal(value)),
        ArbMap.Default.GeneratorFor<uint>().Select(value => (ExpressionNode)new Literal(new DateTime(2000, 1, 1).AddSeconds(value / 4))),
        Gen.Constant((ExpressionNode)new Literal(TimeSpan.FromSeconds(4711))),
        Gen.Constant((ExpressionNode)new Literal(5_000_000_000L)));

    private static readonly Gen<ExpressionNode> Trees = Gen.Sized(size => Tree(Math.Min(size, 12)));

    [Fact]
    public void Parse_OfPrintedTree_IsTheTree() =>
        Prop.ForAll(Trees.ToArbitrary(), tree =>
        {
            var text = tree.ToString();
            var parsed = ExpressionCompiler.Parse(text);
            return (parsed.Tree is not null && Shape(parsed.Tree) == Shape(tree)).Label($"{text} -> {parsed.Tree} {string.Join(" | ", parsed.Errors)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Evaluate_AnyTree_ThrowsOnlyDocumentedExceptions() =>
        Prop.ForAll(Trees.ToArbitrary(), tree => OnlyDocumented(tree.ToString())).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Evaluate_AnyText_ThrowsOnlyDocumentedExceptions() =>
        Prop.ForAll(ArbMap.Default.GeneratorFor<string>().Or(Soup()).ToArbitrary(), text => OnlyDocumented(text ?? "")).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    private static Gen<string> Soup() => Gen.Elements(
        "(", ")", "[", "]", "{", "}", "a", "cpu", "list", "1", "2.5", "'x'", "\"y\"", "#1/1/2026#", "+", "-", "*", "/", "**", "!", "not ", " and ", " or ", " in ", " like ",
        ",", ".", "?.", "?", ":", "=>", "==", "<", "<<", "??", "new ", "Any(", "x => x", "Abs(", "if(", "Select(", ".Count", "0x", "1e", "\\", "'", "\n", "~", "^", "&", "|", "list.Where(x => x > 1)")
        .ListOf().Select(parts => string.Concat(parts.Take(40)));

    private static bool OnlyDocumented(string text)
    {
        var parameters = new Dictionary<string, object?> { ["a"] = 1, ["b"] = "text", ["cpu"] = 91.5, ["list"] = new List<object?> { 1, 2.5, null, "x" }, ["odd name"] = null };
        var inputs = new FactsLayout([new FactField("a", FactType.Integer), new FactField("b", FactType.Text), new FactField("cpu", FactType.Number), new FactField("list", FactType.ListOf(FactType.Integer))]);
        var facts = inputs.NewFacts().Set("a", 1).Set("b", "text").Set("cpu", 91.5).Set("list", new[] { 1, 2, 3 }).Build();
        Try(() => ExpressionCompiler.Compile(text).Evaluate(parameters));
        Try(() => ExpressionCompiler.Compile(text, ExpressionOptions.Rules).Evaluate(parameters));
        Try(() => ExpressionCompiler.Compile<object?>(text, inputs)(facts));
        Try(() => ExpressionCompiler.Compile<bool>(text, inputs, ExpressionOptions.NCalc)(facts));
        Try(() => ExpressionCompiler.Check(text, names: ["a"]));
        return true;
    }

    private static void Try(Func<object?> evaluate)
    {
        try
        {
            evaluate();
        }
        catch (ExpressionException)
        {
            // The documented kind; anything else fails the property.
        }
    }

    private static Gen<ExpressionNode> Tree(int size)
    {
        if (size <= 1)
            return Gen.OneOf(Literals, Words.Select(word => (ExpressionNode)new Name(word)));

        var sub = Tree(size / 2);
        var some = sub.ListOf().Select(items => (IReadOnlyList<ExpressionNode>)[.. items.Take(3)]);
        var id = Gen.Elements("Any", "foo", "Count");
        return Gen.OneOf(
            Tree(1),
            Gen.Elements(Enum.GetValues<BinaryOperator>()).SelectMany(op => sub.SelectMany(left => sub.Select(right => (ExpressionNode)new Binary(op, left, right, "")))),
            Gen.Elements(Enum.GetValues<UnaryOperator>()).SelectMany(op => sub.Select(operand => (ExpressionNode)new Unary(op, operand, ""))),
            sub.SelectMany(condition => sub.SelectMany(then => sub.Select(otherwise => (ExpressionNode)new Conditional(condition, then, otherwise)))),
            sub.SelectMany(target => id.SelectMany(name => some.Select(arguments => (ExpressionNode)new Call(target, name, arguments, false)))),
            id.SelectMany(name => some.Select(arguments => (ExpressionNode)new Call(null, name, arguments, false))),
            sub.SelectMany(target => id.Select(name => (ExpressionNode)new Member(target, name, true))),
            sub.SelectMany(target => sub.Select(index => (ExpressionNode)new ExpressionNode.Index(target, [index]))),
            some.Where(items => items.Count != 1).Select(items => (ExpressionNode)new ExpressionNode.List(items)),
            some.Select(items => (ExpressionNode)new NewArray("int", items)),
            sub.Select(value => (ExpressionNode)new NewObject([new NewField("F", value)])),
            sub.SelectMany(target => sub.Select(body => (ExpressionNode)new Call(target, "Any", [new Lambda(["x"], body)], false))));
    }

    /// <summary>The tree without positions and source symbols.</summary>
    private static string Shape(ExpressionNode node) => node switch
    {
        Literal literal => $"{literal.Value?.GetType().Name}:{literal.Value}",
        Name name => $"name {name.Id}",
        Member member => $"({Shape(member.Target)} {member.NullSafe} .{member.Id})",
        ExpressionNode.Index index => $"({Shape(index.Target)} [{Shapes(index.Arguments)}])",
        Call call => $"({(call.Target is null ? "" : Shape(call.Target))} {call.Id}({Shapes(call.Arguments)}))",
        Unary unary => $"({unary.Operator} {Shape(unary.Operand)})",
        Binary binary => $"({Shape(binary.Left)} {binary.Operator} {Shape(binary.Right)})",
        Conditional conditional => $"({Shape(conditional.Condition)} ? {Shape(conditional.Then)} : {Shape(conditional.Else)})",
        ExpressionNode.List list => $"list({Shapes(list.Items)})",
        Lambda lambda => $"{string.Join(",", lambda.Parameters)} => {Shape(lambda.Body)}",
        NewArray array => $"new {array.ElementType}[{Shapes(array.Items)}]",
        NewObject created => $"new({string.Join(",", created.Fields.Select(declared => $"{declared.Name}={Shape(declared.Value)}"))})",
        _ => throw new InvalidOperationException(),
    };

    private static string Shapes(IReadOnlyList<ExpressionNode> nodes) => string.Join(", ", nodes.Select(Shape));
}
