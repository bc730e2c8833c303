using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.GitHub;

public sealed class GitHubTests
{
    private const string Spec = "github/api.github.prism.json";

    private const string Issue = """{"number":7,"title":"Disk of nas is full","state":"open","html_url":"https://forge/7","body":"x"}""";

    [VendorFact(Spec)]
    public async Task Issues_CreateCommentCloseReopen_AsTheForgeDescribes()
    {
        await using var server = await StartAsync();
        var (state, list, comments) = ("open", "[]", "[]");
        server.On("GET /repos/lab/infra/issues/7", _ => Issue.Replace("open", state)).On("PATCH /repos/lab/infra/issues/7", request => { state = request.Body.Contains("closed") ? "closed" : "open"; return Issue; })
            .On("GET /repos/lab/infra/issues", request => request.Query.Contains("q=") ? $"[{Issue}]" : list).On("POST /repos/lab/infra/issues", request => { list = $"[{Issue.Replace("\"x\"", request.Body[request.Body.IndexOf("\"body\":", StringComparison.Ordinal)..^1]["\"body\":".Length..])}]"; return Issue; })
            .On("GET /repos/lab/infra/issues/7/comments", _ => comments).On("POST /repos/lab/infra/issues/7/comments", request => { comments = $$"""[{"id":3,{{request.Body[1..^1]}}}]"""; return """{"id":3}"""; }).On("GET /search/issues", $$"""{"total_count":1,"items":[{{Issue}}]}""");
        using var environment = Environment(server);
        var input = new { owner = "lab", repository = "infra", title = "Disk of nas is full", body = "97 %" };
        (await environment.ProbeAsync("github.create_issue", input)).Should().Be(Probe.DidNotHappen);
        var output = await environment.RunAsync("github.create_issue", input);
        (await environment.RunAsync("github.create_issue", input))["number"]!.GetValue<int>().Should().Be(7);
        server.Seen.Count(request => request.Method == "POST").Should().Be(1, "a retry finds its own");
        (await environment.ProbeAsync("github.create_issue", input)).Should().Be(Probe.Happened);
        var similar = (await environment.RunAsync("github.find_similar_issues", new { owner = "lab", repository = "infra", title = "nas disk full" }))["issues"]!.AsArray();
        similar.Should().ContainSingle().Which!["number"]!.GetValue<int>().Should().Be(7);
        var comment = new { owner = "lab", repository = "infra", number = 7, body = "again" };
        await environment.RunAsync("github.comment_issue", comment);
        (await environment.ProbeAsync("github.comment_issue", comment)).Should().Be(Probe.Happened);
        await environment.UndoAsync("github.create_issue", input, output);
        state.Should().Be("closed");
        await environment.RunAsync("github.reopen_issue", new { owner = "lab", repository = "infra", number = 7 });
        state.Should().Be("open");
        (await environment.TargetAsync("github.close_issue", new { owner = "lab", repository = "infra", number = 7 }))!.Id.Should().Be("github:default/issue/lab/infra/7");
    }

    [VendorFact(Spec)]
    public async Task ChangeFile_OnANewBranch_ThenAPullRequest()
    {
        await using var server = await StartAsync();
        var made = false;
        server.On("GET /repos/lab/infra/branches/main", """{"name":"main","commit":{"sha":"aa218f56b14c9653891f9e74264a383fa43fefbd","id":"aa218f56b14c9653891f9e74264a383fa43fefbd"}}""")
            .On("POST /repos/lab/infra/git/refs", _ => { made = true; return "{}"; }).On("GET /repos/lab/infra/contents/hosts/web.yaml", """{"sha":"95b966ae1c166bd92f8ae7d1c313e738c731dfc3","content":"bWVt\nb3J5\n"}""")
            .On("PUT /repos/lab/infra/contents/hosts/web.yaml", "{}").On("PUT /repos/lab/infra/contents/new.yaml", "{}").On("GET /repos/lab/infra/pulls", "[]").On("POST /repos/lab/infra/pulls", """{"number":8}""");
        using var environment = Environment(server);
        var input = new { owner = "lab", repository = "infra", path = "hosts/web.yaml", content = "ünï", branch = "raise", message = "Raise" };
        (await environment.RunAsync("github.change_file", input, dryRun: true))["planned"]!.AsArray().Should().HaveCountGreaterThan(1);
        made.Should().BeFalse();
        var output = await environment.RunAsync("github.change_file", input);
        made.Should().BeTrue();
        output["before"]!.GetValue<string>().Should().Be("memory");
        server.Last("PUT").Body.Should().Contain("95b966ae1c166bd92f8ae7d1c313e738c731dfc3").And.Contain(Convert.ToBase64String("ünï"u8).Replace("+", "\\u002B"));
        environment.Invoker("github.change_file").Undo(ActivityEnvironment.Json(input), output)!.Input.GetProperty("content").GetString().Should().Be("memory");
        await environment.RunAsync("github.change_file", new { owner = "lab", repository = "infra", path = "new.yaml", content = "x", branch = "raise", message = "New" });
        var request = new { owner = "lab", repository = "infra", branch = "raise", title = "Raise" };
        var opened = await environment.RunAsync("github.create_pull_request", request);
        environment.Invoker("github.create_pull_request").Undo(ActivityEnvironment.Json(request), opened)!.Input.GetProperty("number").GetInt32().Should().Be(8);
    }

    private static async Task<VendorServer> StartAsync() =>
        (await VendorServer.StartAsync(Spec)).On("GET /repos/lab/infra", """{"full_name":"lab/infra","default_branch":"main"}""");

    private static ActivityEnvironment Environment(VendorServer server) =>
        new(("Activities:GitHub:default:Url", server.Url), ("Activities:GitHub:default:Token", "token-secret-value"));
}
