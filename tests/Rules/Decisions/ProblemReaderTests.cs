using FluentAssertions;
using Homelab.Rules.Decisions;
using Xunit;

namespace Homelab.Tests.Rules.Decisions;

/// <summary>What people read when they slip: path, line and words of every kind of problem.</summary>
public sealed class ProblemReaderTests
{
    private const string Long = "\"0123456789012345678901234567890123456789012345678901234567890123456789\"";

    public static TheoryData<string, Action<ProblemReader>, string?> Readings => new()
    {
        { "5", reader => reader.Number(reader.Root, "$", "a", 1, 5).Should().Be(5), null },
        { "1", reader => reader.Number(reader.Root, "$", "a", 1, 5).Should().Be(1), null },
        { "5.5", reader => reader.Number(reader.Root, "$", "a", 1, 5).Should().Be(1), "'a' must be a number from 1 to 5, it is 5.5." },
        { "0.5", reader => reader.Number(reader.Root, "$", "a", 1, 5).Should().Be(1), "'a' must be a number from 1 to 5, it is 0.5." },
        { "\"x\"", reader => reader.Number(reader.Root, "$", "a", 1, 5, 3).Should().Be(1), "'a' must be a number from 1 to 5, it is \"x\"." },
        { "", reader => reader.Number(reader.Root, "$", "a", 1, 5).Should().Be(1), "'a' must be a number from 1 to 5, it is missing." },
        { "", reader => reader.Number(reader.Root, "$", "a", 1, 5, 3).Should().Be(3), null },
        { "5", reader => reader.Integer(reader.Root, "$", "a", 1, 5).Should().Be(5), null },
        { "1", reader => reader.Integer(reader.Root, "$", "a", 1, 5).Should().Be(1), null },
        { "6", reader => reader.Integer(reader.Root, "$", "a", 1, 5).Should().Be(1), "'a' must be a whole number from 1 to 5, it is 6." },
        { "0", reader => reader.Integer(reader.Root, "$", "a", 1, 5).Should().Be(1), "'a' must be a whole number from 1 to 5, it is 0." },
        { "1.5", reader => reader.Integer(reader.Root, "$", "a", 1, 5).Should().Be(1), "'a' must be a whole number from 1 to 5, it is 1.5." },
        { "{}", reader => reader.Integer(reader.Root, "$", "a", 1, 5).Should().Be(1), "'a' must be a whole number from 1 to 5, it is an object." },
        { "", reader => reader.Integer(reader.Root, "$", "a", 1, 5, 4).Should().Be(4), null },
        { "true", reader => reader.Flag(reader.Root, "$", "a", false).Should().BeTrue(), null },
        { "false", reader => reader.Flag(reader.Root, "$", "a", true).Should().BeFalse(), null },
        { "", reader => reader.Flag(reader.Root, "$", "a", true).Should().BeTrue(), null },
        { "[]", reader => reader.Flag(reader.Root, "$", "a", true).Should().BeTrue(), "'a' must be true or false, it is a list." },
        { "\"t\"", reader => reader.Text(reader.Root, "$", "a").Should().Be("t"), null },
        { "\"\"", reader => reader.Text(reader.Root, "$", "a").Should().Be(""), null },
        { "\"\"", reader => reader.Text(reader.Root, "$", "a", required: true).Should().BeNull(), "'a' must be text, it is \"\"." },
        { "null", reader => reader.Text(reader.Root, "$", "a").Should().BeNull(), null },
        { "", reader => reader.Text(reader.Root, "$", "a").Should().BeNull(), null },
        { "null", reader => reader.Text(reader.Root, "$", "a", required: true).Should().BeNull(), "'a' must be text, it is null." },
        { "7", reader => reader.Text(reader.Root, "$", "a").Should().BeNull(), "'a' must be text, it is 7." },
        { "\"MEDIUM\"", reader => reader.Choice<Risk>(reader.Root, "$", "a").Should().Be(Risk.Medium), null },
        { "\"1\"", reader => reader.Choice<Risk>(reader.Root, "$", "a").Should().Be(Risk.Low), "This must be one of low, medium, high; it is \"1\"." },
        { "", reader => reader.Choice<Risk>(reader.Root, "$", "a").Should().Be(Risk.Low), "This must be one of low, medium, high; it is missing." },
        { "", reader => reader.Choice<Risk>(reader.Root, "$", "a", Risk.High).Should().Be(Risk.High), null },
        { "2", reader => reader.Choice<Risk>(reader.Root, "$", "a", Risk.High).Should().Be(Risk.Low), "This must be one of low, medium, high; it is 2." },
        { "[1, 2]", reader => reader.List(reader.Root, "$", "a").Select(item => item.Path).Should().Equal("$.a[0]", "$.a[1]"), null },
        { "", reader => reader.List(reader.Root, "$", "a").Should().BeEmpty(), "'a' must be a list, it is missing." },
        { "", reader => reader.List(reader.Root, "$", "a", required: false).Should().BeEmpty(), null },
        { "3", reader => reader.List(reader.Root, "$", "a", required: false).Should().BeEmpty(), "'a' must be a list, it is 3." },
        { "{ \"b\": 1 }", reader => ProblemReader.Get(reader.Object(reader.Root, "$", "a", "b"), "b").GetInt32().Should().Be(1), null },
        { "{ \"$schema\": 1, \"$comment\": 2 }", reader => reader.Object(reader.Root, "$", "a", "b"), null },
        { "{ \"c\": 1 }", reader => reader.Object(reader.Root, "$", "a"), null },
        { "3", reader => reader.Object(reader.Root, "$", "a", "b"), "This must be an object." },
        { "", reader => reader.Object(reader.Root, "$", "a", "b"), "'a' is missing; it must be an object." },
        { Long, reader => reader.Flag(reader.Root, "$", "a", false), $"'a' must be true or false, it is {Long[..57]}...." },
    };

    [Theory]
    [MemberData(nameof(Readings))]
    public void Read_Value_IsTakenOrTold(string value, Action<ProblemReader> read, string? problem)
    {
        List<FileProblem> problems = [];
        read(ProblemReader.Open("f.json", value.Length == 0 ? "{\n}" : $"{{\n\n  \"a\": {value} }}", problems)!);
        problems.Should().Equal(problem is null ? [] : [new FileProblem("f.json", "$.a", value.Length == 0 ? 1 : 3, problem)]);
    }

    [Fact]
    public void Object_UnknownField_IsToldWithWhatIsKnown()
    {
        List<FileProblem> problems = [];
        var reader = ProblemReader.Open("f.json", "{ \"a\": { \"b\": 1,\n \"c\": 1 } }", problems)!;
        reader.Object(reader.Root, "$", "a", "b", "d");
        problems.Should().Equal(new FileProblem("f.json", "$.a.c", 2, "'c' is not known here; known are b, d."));
        problems[0].ToString().Should().Be("f.json:2 $.a.c: 'c' is not known here; known are b, d.");
    }

    [Fact]
    public void Open_CommentsAndTrailingCommas_AreRead()
    {
        List<FileProblem> problems = [];
        var reader = ProblemReader.Open("f.json", "// why\n{ \"a\": [ 1, ], }", problems)!;
        reader.Number(reader.Root, "$", "a", 0, 1);
        problems.Should().ContainSingle().Which.Line.Should().Be(2);
    }

    [Fact]
    public void Open_NoJson_IsToldOnce()
    {
        List<FileProblem> problems = [];
        ProblemReader.Open("f.json", "{ \"a\" 1 }", problems).Should().BeNull();
        problems.Should().ContainSingle().Which.Message.Should().StartWith("This is not JSON: ");
    }

    [Theory]
    [InlineData("$.a.b[1].c", 3)]
    [InlineData("$.a.b[0]", 3)]
    [InlineData("$.a.x", 2)]
    [InlineData("$.z", 1)]
    [InlineData("elsewhere", 1)]
    public void Nearest_PathThatIsNotThere_IsWhatIsAroundIt(string path, int line) =>
        JsonLines.Nearest(JsonLines.Of("{\n \"a\": {\n \"b\": [ 1,\n 2 ] } }".Replace("2 ]", "]", StringComparison.Ordinal)), path).Should().Be(line);

    [Fact]
    public void Words_Choices_AreInCamelCase()
    {
        (Words.Of(Verdict.TellFirst), Words.Read<Verdict>("TELLFIRST"), Words.Read<Verdict>("3"), Words.Read<Verdict>(null)).Should().Be(("tellFirst", Verdict.TellFirst, null, null));
        Words.All<Risk>().Should().Be("low, medium, high");
    }
}
