using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities;

public sealed class ActivityInvokerTests : IDisposable
{
    private readonly ActivityEnvironment _environment = new();

    public void Dispose() => _environment.Dispose();

    [Fact]
    public void Validate_SeveralProblems_ReportsAllWithPaths()
    {
        var problems = Validate("""{"expectedStatus":9999,"timeoutSeconds":"soon","headers":[1],"colour":"red"}""");
        problems.Select(problem => problem.Path).Should().BeEquivalentTo("$.url", "$.expectedStatus", "$.timeoutSeconds", "$.headers", "$.colour");
        problems.Single(problem => problem.Path == "$.colour").Message.Should().Contain("not known").And.Contain("expectedStatus");
        problems.Single(problem => problem.Path == "$.expectedStatus").Message.Should().Contain("9999").And.Contain("599");
    }

    [Theory]
    [InlineData("""{"url":"http://a","expectedStatus":"200"}""")]
    [InlineData("""{"url":"http://a","expectedStatus":""}""")]
    [InlineData("""{"url":"http://a","expectedStatus":null}""")]
    [InlineData("""{"url":"http://a","headers":"{\"A\":\"b\"}"}""")]
    public void Validate_TextWhereTheFormMeansAValue_IsConverted(string input) => Validate(input).Should().BeEmpty();

    [Theory]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("7")]
    public void Validate_NotAnObject_SaysSo(string input) => Validate(input).Should().ContainSingle().Which.Path.Should().Be("$");

    [Theory]
    [InlineData("""{"url":"http://a","expectedStatus":200.5}""")]
    [InlineData("""{"url":"http://a","expectedStatus":1e400}""")]
    [InlineData("""{"url":"http://a","expectedStatus":[200]}""")]
    [InlineData("""{"url":null}""")]
    [InlineData("""{"url":""}""")]
    public void Validate_WrongValue_IsOneProblem(string input) => Validate(input).Should().ContainSingle();

    [Fact]
    public async Task Execute_NotValid_ThrowsWithEveryPathAndIsNotRetryable()
    {
        var failure = (await FluentActions.Awaiting(() => _environment.RunAsync("http.check_endpoint", new { colour = "red" }))
            .Should().ThrowAsync<ActivityException>()).Which;
        failure.Retryable.Should().BeFalse();
        failure.Message.Should().Contain("http.check_endpoint").And.Contain("$.url").And.Contain("$.colour");
    }

    [Fact]
    public void Validate_SecretInput_IsNotInAMessage()
    {
        var problems = Validate("""{"url":"","authorization":"very-secret-token","method":"very-secret-token"}""", "http.send_request");
        problems.Should().NotBeEmpty();
        string.Concat(problems).Should().NotContain("very-secret-token");
    }

    [Fact]
    public void For_RecordsOfAnActivity_DescribeTheForm()
    {
        var schema = ActivityCatalog.All.Single(activity => activity.Id == "http.check_endpoint").InputSchema;
        schema["required"]!.AsArray().Select(name => name!.GetValue<string>()).Should().Equal("url");
        var seconds = schema["properties"]!["timeoutSeconds"]!;
        (seconds["default"]!.GetValue<int>(), seconds["minimum"]!.GetValue<int>(), seconds["maximum"]!.GetValue<int>()).Should().Be((10, 1, 300));
        schema["additionalProperties"]!.GetValue<bool>().Should().BeFalse();
        ActivityCatalog.All.Single(activity => activity.Id == "http.send_request").SecretInputs.Should().Equal("authorization");
    }

    private IReadOnlyList<InputProblem> Validate(string input, string id = "http.check_endpoint") =>
        _environment.Invoker(id).Validate(System.Text.Json.JsonDocument.Parse(input).RootElement);
}
