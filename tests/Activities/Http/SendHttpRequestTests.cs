using FluentAssertions;
using Homelab.Activities;
using Microsoft.AspNetCore.Http;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Http;

public sealed class SendHttpRequestTests
{
    [Theory]
    [InlineData("Elsa.SendHttpRequest")]
    [InlineData("Elsa.FlowSendHttpRequest")]
    public async Task Execute_PostOfAnObject_SendsJsonAndParsesTheAnswer(string type)
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(201, """{"id":7}""");
        using var environment = new ActivityEnvironment();
        var output = await environment.RunAsync(type, new
        {
            url = server.Url + "/things?x=1",
            method = "post",
            content = new { name = "ä", n = 1 },
            contentType = "application/json",
            authorization = "Bearer token-of-test",
            requestHeaders = new JsonObject { ["X-One"] = "1", ["X-Many"] = new JsonArray("a", "b") },
            expectedStatusCodes = new[] { 201 },
        });
        output["statusCode"]!.GetValue<int>().Should().Be(201);
        output["parsedContent"]!["id"]!.GetValue<int>().Should().Be(7);
        output["responseHeaders"]!["Content-Type"]!.GetValue<string>().Should().StartWith("application/json");
        var request = server.Seen.Should().ContainSingle().Subject;
        (request.Method, request.Path, request.Query, request.Body).Should().Be(("POST", "/things", "x=1", """{"name":"ä","n":1}"""));
        request.Headers["Authorization"].Should().Be("Bearer token-of-test");
        request.Headers["X-Many"].Should().Contain("a").And.Contain("b");
    }

    [Fact]
    public async Task Execute_FormContentAsText_IsEncodedAsItsObjectIs()
    {
        await using var server = await FakeServer.StartAsync();
        using var environment = new ActivityEnvironment();
        await environment.RunAsync("http.send_request", new
        {
            url = server.Url, method = "POST", content = """{"a": "1&2"}""", contentType = "application/x-www-form-urlencoded",
        });
        server.Seen.Single().Body.Should().Be("a=1%262");
    }

    [Fact]
    public async Task Execute_FormContent_IsEncoded()
    {
        await using var server = await FakeServer.StartAsync();
        using var environment = new ActivityEnvironment();
        await environment.RunAsync("http.send_request", new
        {
            url = server.Url, method = "POST", content = new { a = "1&2", b = "=" }, contentType = "application/x-www-form-urlencoded",
        });
        server.Seen.Single().Body.Should().Be("a=1%262&b=%3D");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(503)]
    public async Task Execute_AnyStatus_IsAnAnswer(int status)
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(status, "gone", "text/plain");
        using var environment = new ActivityEnvironment();
        var output = await environment.RunAsync("http.send_request", new { url = server.Url });
        output["statusCode"]!.GetValue<int>().Should().Be(status);
        output["parsedContent"]!.GetValue<string>().Should().Be("gone");
    }

    [Fact]
    public async Task Execute_NothingListens_AnswersConnect()
    {
        var server = await FakeServer.StartAsync();
        var url = server.Url;
        await server.DisposeAsync();
        using var environment = new ActivityEnvironment();
        var output = await environment.RunAsync("http.send_request", new { url });
        output["failure"]!.GetValue<string>().Should().Be("connect");
        output.ContainsKey("statusCode").Should().BeFalse();
    }

    [Fact]
    public async Task Execute_NoAnswerInTime_AnswersTimeout()
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        using var environment = new ActivityEnvironment();
        var output = await environment.RunAsync("http.send_request", new { url = server.Url, timeoutSeconds = 1 });
        output["failure"]!.GetValue<string>().Should().Be("timeout");
    }

    [Fact]
    public async Task Execute_RedirectOnTheSameHost_IsFollowedForAGet()
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = context =>
        {
            if (context.Request.Path == "/old")
                context.Response.Redirect("/new");
            return Task.CompletedTask;
        };
        using var environment = new ActivityEnvironment();
        (await environment.RunAsync("http.send_request", new { url = server.Url + "/old" }))["statusCode"]!.GetValue<int>().Should().Be(200);
        (await environment.RunAsync("http.send_request", new { url = server.Url + "/old", method = "POST" }))["statusCode"]!.GetValue<int>().Should().Be(302);
        server.Seen.Select(request => request.Path).Should().Equal("/old", "/new", "/old");
    }

    [Fact]
    public async Task Execute_RedirectToAnotherServer_IsAnsweredNotFollowed()
    {
        await using var elsewhere = await FakeServer.StartAsync();
        await using var server = await FakeServer.StartAsync();
        server.Answer = context =>
        {
            context.Response.Redirect(elsewhere.Url);
            return Task.CompletedTask;
        };
        using var environment = new ActivityEnvironment();
        var output = await environment.RunAsync("http.send_request", new { url = server.Url, authorization = "Bearer token-of-test" });
        output["statusCode"]!.GetValue<int>().Should().Be(302);
        elsewhere.Seen.Should().BeEmpty();
    }

    [Fact]
    public async Task Execute_DryRunOfAPost_SendsNothingAndSaysWhat()
    {
        await using var server = await FakeServer.StartAsync();
        using var environment = new ActivityEnvironment();
        var output = await environment.RunAsync("http.send_request", new { url = server.Url + "/do?x=1", method = "POST" }, dryRun: true);
        output.ToJsonString().Should().Be("""{"dryRun":true,"planned":["POST /do?x=1"]}""");
        server.Seen.Should().BeEmpty();
    }

    [Theory]
    [InlineData("GET", Effect.None)]
    [InlineData("head", Effect.None)]
    [InlineData("POST", Effect.Disruptive)]
    [InlineData("DELETE", Effect.Destructive)]
    public void EffectOf_Method_Decides(string method, Effect effect)
    {
        using var environment = new ActivityEnvironment();
        environment.Invoker("http.send_request").EffectOf(ActivityEnvironment.Json(new { url = "http://a", method })).Should().Be(effect);
    }

    [Fact]
    public void EffectOf_UnreadableInput_IsTheWorst()
    {
        using var environment = new ActivityEnvironment();
        environment.Invoker("http.send_request").EffectOf(ActivityEnvironment.Json(new { method = "GET" })).Should().Be(Effect.Destructive);
    }

    [Fact]
    public async Task Execute_AnswerThatEchoesTheToken_IsScrubbed()
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = async context => await context.Response.WriteAsync(context.Request.Headers.Authorization.ToString());
        using var environment = new ActivityEnvironment();
        var output = await environment.RunAsync("http.send_request", new { url = server.Url, authorization = "Bearer echo-me-not" });
        output.ToJsonString().Should().NotContain("echo-me-not");
    }

    [Fact]
    public async Task Execute_HeaderWithALineBreak_IsRefused()
    {
        using var environment = new ActivityEnvironment();
        var send = () => environment.RunAsync("http.send_request", new
        {
            url = "http://127.0.0.1:9", requestHeaders = new JsonObject { ["X-A"] = "1\r\nX-Evil: 2" },
        });
        (await send.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("line break");
    }

    [Fact]
    public async Task Target_Address_HoldsNeitherUserNorQuery()
    {
        using var environment = new ActivityEnvironment();
        var target = await environment.TargetAsync("http.send_request", new { url = "https://u:p@host.lan:8443/a/b?token=x" });
        target!.Id.Should().Be("http:any/address/https://host.lan:8443/a/b");
    }

    [Fact]
    public async Task CheckEndpoint_EverythingAsserted_SaysWhatIsWrong()
    {
        await using var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(200, """{"status":"degraded"}""");
        using var environment = new ActivityEnvironment();
        var good = await environment.RunAsync("http.check_endpoint", new { url = server.Url, contains = "degraded" });
        good["up"]!.GetValue<bool>().Should().BeTrue();
        var bad = await environment.RunAsync("http.check_endpoint", new { url = server.Url, expectedStatus = 204, contains = "\"ok\"", notContains = "degraded" });
        bad["up"]!.GetValue<bool>().Should().BeFalse();
        bad["failed"]!.AsArray().Should().HaveCount(3);
    }

    [Fact]
    public async Task CheckEndpoint_CertificateOfAnotherAuthority_IsDown()
    {
        await using var server = await FakeServer.StartAsync(https: true);
        using var environment = new ActivityEnvironment();
        var output = await environment.RunAsync("http.check_endpoint", new { url = server.Url });
        output["up"]!.GetValue<bool>().Should().BeFalse();
        output["failed"]![0]!.GetValue<string>().Should().Contain("certificate");
        server.Seen.Should().BeEmpty();
    }
}
