using FluentAssertions;
using Homelab.Rules.Expressions;
using Xunit;

namespace Homelab.Tests.Rules.Expressions;

public sealed class ExpressionSyntaxTests
{
    [Theory]
    [InlineData("1 +", 1, 4, "Expression expected", "the end")]
    [InlineData("1 + * 2", 1, 5, "Expression expected", "'*'")]
    [InlineData("a and\n  b >", 2, 6, "Expression expected", "the end")]
    [InlineData("(1 + 2", 1, 7, "')' or operator expected", "the end")]
    [InlineData("Abs(1", 1, 6, "')' or ',' expected", "the end")]
    [InlineData("a ? 1", 1, 6, "':' expected", "the end")]
    [InlineData("'abc", 1, 1, "Unterminated string literal", null)]
    [InlineData("42 a", 1, 4, "Syntax error", "'a'")]
    [InlineData("x.", 1, 3, "Identifier expected", "the end")]
    [InlineData("[x", 1, 1, "Brace not closed.", null)]
    [InlineData("#99/99/2026#", 1, 1, null, null)]
    [InlineData("", 1, 1, "Expression expected", "the end")]
    public void Parse_Broken_SaysWhereWhatAndExpected(string text, int line, int column, string? message, string? found)
    {
        var result = ExpressionCompiler.Parse(text);

        result.IsValid.Should().BeFalse();
        var error = result.Errors[0];
        (error.Line, error.Column).Should().Be((line, column));
        if (message is not null)
            error.Message.Should().Be(message);
        if (found is not null)
            error.Found.Should().Be(found);
        error.Expected.Should().NotBeNullOrEmpty();
    }

    [Fact]
    public void Parse_SeveralErrors_ReportsAll()
    {
        var errors = ExpressionCompiler.Parse("if(1 +, (2 *), 'x') + Abs(3 %)").Errors;

        errors.Select(error => error.Column).Should().Equal(7, 13, 30);
    }

    [Fact]
    public void Check_UnknownNamesAndFunctions_ReportsAllWithNearOnes()
    {
        var errors = ExpressionCompiler.Check("Rond(cpu, 2) + Abs(memm) + Max(1)", names: ["cpu", "mem"]);

        errors.Should().HaveCount(3);
        errors.Should().Contain(error => error.Found == "Rond" && error.Near.Contains("Round") && error.Column == 1);
        errors.Should().Contain(error => error.Found == "memm" && error.Near.Contains("mem") && error.Column == 20);
        errors.Should().Contain(error => error.Message == "Max() takes exactly 2 arguments");
    }

    [Fact]
    public void Check_LambdaParameter_IsKnownInItsBodyOnly()
    {
        ExpressionCompiler.Check("alerts.Any(a => a.severity == 'critical')", names: ["alerts"]).Should().BeEmpty();
        ExpressionCompiler.Check("alerts.Any(a => a.x) and a", names: ["alerts"]).Should().ContainSingle().Which.Found.Should().Be("a");
    }

    [Theory]
    [InlineData("1 + 2 * 3", "1 + (2 * 3)")]
    [InlineData("-1 ** 2", "-(1 ** 2)")]
    [InlineData("not a = b", "(not a) = b")]
    [InlineData("a or b and c", "a or (b and c)")]
    [InlineData("a = b & c", "(a = b) & c")]
    [InlineData("1 << 2 + 3", "1 << (2 + 3)")]
    [InlineData("a ?? b or c", "a ?? (b or c)")]
    [InlineData("2 ** 3 ** 2", "2 ** (3 ** 2)")]
    [InlineData("a in (1, 2) and b", "(a in (1, 2)) and b")]
    [InlineData("a.b[0].c > 1", "((a.b)[0]).c > 1")]
    [InlineData("5! > 3", "(5!) > 3")]
    [InlineData("a ? b : c ? d : e", "a ? b : (c ? d : e)")]
    public void Parse_NCalcPrecedence_EqualsBracketed(string text, string bracketed) =>
        ExpressionCompiler.Parse(text).Tree!.ToString().Should().Be(ExpressionCompiler.Parse(bracketed).Tree!.ToString());

    [Theory]
    [InlineData("a == b & c", "a == b & c")]
    [InlineData("a << 1 == 6", "(a << 1) == 6")]
    [InlineData("a & 1 == 1", "a & (1 == 1)")]
    [InlineData("!a.b && c", "(!(a.b)) && c")]
    [InlineData("a in (1) or b", "(a in (1)) or b")]
    public void Parse_RulesPrecedence_EqualsBracketed(string text, string bracketed) =>
        ExpressionCompiler.Parse(text, ExpressionOptions.Rules).Tree!.ToString()
            .Should().Be(ExpressionCompiler.Parse(bracketed, ExpressionOptions.Rules).Tree!.ToString());

    [Theory]
    [InlineData('(', ')')]
    [InlineData('-', ' ')]
    [InlineData('!', ' ')]
    public void Parse_DeepNesting_IsAnErrorNotACrash(char open, char close)
    {
        var text = new string(open, 30_000) + "1" + (close == ' ' ? "" : new string(close, 2_000));
        ExpressionCompiler.Parse(text).Errors[0].Message.Should().Contain("nested more than");
        ExpressionCompiler.Parse(text, ExpressionOptions.Rules).Errors[0].Message.Should().Contain("nested more than");
    }

    [Fact]
    public void Parse_LongChains_AreBounded()
    {
        ExpressionCompiler.Parse(string.Join(" + ", Enumerable.Repeat("1", 500))).IsValid.Should().BeTrue();
        ExpressionCompiler.Parse(string.Join("+", Enumerable.Repeat("1", 5_000))).Errors[0].Message.Should().Contain("chains more than");
        ExpressionCompiler.Parse("x" + string.Concat(Enumerable.Repeat(".y", 5_000))).Errors[0].Message.Should().Contain("chains more than");
        ExpressionCompiler.Parse("(" + string.Join(",", Enumerable.Repeat("1", 10_000)) + ")").Errors[0].Message.Should().Contain("parts");
    }

    [Fact]
    public void Parse_HugeText_IsRefusedUnread() =>
        ExpressionCompiler.Parse(new string('1', 100_000)).Errors[0].Message.Should().Be("The expression has 100000 characters; at most 32768 are allowed");
}
