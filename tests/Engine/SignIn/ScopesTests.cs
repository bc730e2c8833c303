using System.Security.Claims;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Homelab.Tests.Engine.SignIn;

public sealed class ScopesTests
{
    [Theory]
    [InlineData("", "GET", "/api/users", true)]
    [InlineData("runs", "POST", "/api/runs/1/cancel", true)]
    [InlineData("runs", "GET", "/API/Runs", true)]
    [InlineData("runs", "GET", "/api/workflows", false)]
    [InlineData("runs", "GET", "/api/runsaway", false)]
    [InlineData("runs:read", "GET", "/api/runs/1", true)]
    [InlineData("runs:read", "HEAD", "/api/runs/1", true)]
    [InlineData("runs:read", "POST", "/api/runs/1/cancel", false)]
    [InlineData("elsa", "POST", "/elsa/api/workflow-definitions", true)]
    [InlineData("elsa", "GET", "/api/elsa-lookalike", false)]
    [InlineData("jobs runs:read", "POST", "/api/jobs/1/run", true)]
    [InlineData("jobs runs:read", "POST", "/api/runs/1/retry", false)]
    [InlineData("runs", "GET", "/", false)]
    public void Allow_ByAreaAndMethod(string scopes, string method, string path, bool allowed)
    {
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Path = path;
        var principal = Caller.Key(new ApiKey
        {
            Id = "1",
            Name = "key",
            Hint = "hlk_",
            Role = Role.Admin,
            Scopes = scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            CreatedBy = "test",
            CreatedAt = DateTimeOffset.UnixEpoch,
        });
        Scopes.Allow(principal, context.Request).Should().Be(allowed);
    }

    [Theory]
    [InlineData("runs", true)]
    [InlineData("api-keys:read", true)]
    [InlineData("runs:write", false)]
    [InlineData("Runs", false)]
    [InlineData(":read", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    public void IsWellFormed_ByItsLetters(string scope, bool wellFormed) => Scopes.IsWellFormed(scope).Should().Be(wellFormed);

    [Fact]
    public void Of_Nobody_Throws() => FluentActions.Invoking(() => Caller.Of(new ClaimsPrincipal())).Should().Throw<InvalidOperationException>();
}
