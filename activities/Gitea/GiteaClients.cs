using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Forge;

namespace Homelab.Activities.Gitea;

internal sealed class GiteaOptions : HttpConnectionOptions
{
    /// <summary>A token that may write what is asked of it and no more.</summary>
    [Secret]
    [Required]
    public string? Token { get; set; }
}

internal sealed class GiteaClients(Connections<GiteaOptions> connections, ToolHttp http) : IForgeClients
{
    public async Task<ForgeClient> OpenForgeAsync(string connection, ActivityContext context, CancellationToken cancellationToken) =>
        await OpenAsync(connection, context, cancellationToken);

    public async Task<GiteaClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options.Name, http.Open(options, context, request => request.Headers.TryAddWithoutValidation("Authorization", $"token {options.Token}")));
    }
}

internal sealed class GiteaClient(string name, ToolHttpClient http) : ForgeClient("gitea", name, http)
{
    protected override HttpMethod CreateFile => HttpMethod.Post;

    protected override ToolPath.Raw Repository(ForgeInput input) => new(ToolPath.Of($"/api/v1/repos/{input.Owner}/{input.Repository}"));

    public override Task<IReadOnlyList<Issue>> RecentAsync(ForgeInput input, CancellationToken cancellationToken) =>
        Http.GetAsync<IReadOnlyList<Issue>>($"{Repository(input)}/issues?state=all&type=issues&limit=50", cancellationToken);

    /// <summary>Its search wants all words, so each is asked for alone.</summary>
    public override async Task<IReadOnlyList<Issue>> SearchAsync(ForgeInput input, string words, bool open, int limit, CancellationToken cancellationToken)
    {
        List<Issue> found = [];
        foreach (var word in words.Split(' '))
            found.AddRange(await Http.GetAsync<IReadOnlyList<Issue>>(
                $"{Repository(input)}/issues{ToolPath.Query(("state", open ? "open" : "all"), ("type", "issues"), ("q", word), ("limit", limit))}", cancellationToken));
        return [.. found.DistinctBy(issue => issue.Number)];
    }

    public override Task CreateBranchAsync(ForgeInput input, string branch, Branch from, CancellationToken cancellationToken) => Http.ChangeAsync(
        HttpMethod.Post, $"{Repository(input)}/branches", ToolHttpClient.Json(new Dictionary<string, string> { ["new_branch_name"] = branch, ["old_ref_name"] = from.Name }), cancellationToken);

    public override async Task<IReadOnlyList<PullRequest>> PullRequestsAsync(ForgeInput input, string head, string target, CancellationToken cancellationToken) =>
        [.. (await Http.GetAsync<IReadOnlyList<PullRequest>>($"{Repository(input)}/pulls?state=open&limit=50", cancellationToken))
            .Where(request => request.Head?.Ref == head && request.Base?.Ref == target)];

    public async Task<string?> VersionAsync(CancellationToken cancellationToken) => (await Http.GetAsync<VersionInfo>($"/api/v1/version", cancellationToken)).Version;

    private sealed record VersionInfo(string Version);
}
