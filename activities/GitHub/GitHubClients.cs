using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Forge;

namespace Homelab.Activities.GitHub;

internal sealed class GitHubOptions : HttpConnectionOptions
{
    public GitHubOptions() => Url = new("https://api.github.com");

    /// <summary>A token that may write what is asked of it and no more.</summary>
    [Secret]
    [Required]
    public string? Token { get; set; }
}

internal sealed class GitHubClients(Connections<GitHubOptions> connections, ToolHttp http) : IForgeClients
{
    public async Task<ForgeClient> OpenForgeAsync(string connection, ActivityContext context, CancellationToken cancellationToken) =>
        await OpenAsync(connection, context, cancellationToken);

    public async Task<GitHubClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(connection, cancellationToken);
        return new(options.Name, http.Open(options, context, request => {
            request.Headers.Authorization = new("Bearer", options.Token);
            request.Headers.TryAddWithoutValidation("Accept", "application/vnd.github+json");
            // A request without a name is refused.
            request.Headers.TryAddWithoutValidation("User-Agent", "homelab");
        }));
    }
}

internal sealed class GitHubClient(string name, ToolHttpClient http) : ForgeClient("github", name, http)
{
    protected override ToolPath.Raw Repository(ForgeInput input) => new(ToolPath.Of($"/repos/{input.Owner}/{input.Repository}"));

    public override Task<IReadOnlyList<Issue>> RecentAsync(ForgeInput input, CancellationToken cancellationToken) =>
        Http.GetAsync<IReadOnlyList<Issue>>($"{Repository(input)}/issues?state=all&sort=created&direction=desc&per_page=50", cancellationToken);

    public override async Task<IReadOnlyList<Issue>> SearchAsync(ForgeInput input, string words, bool open, int limit, CancellationToken cancellationToken) =>
        (await Http.GetAsync<Found>(
            $"/search/issues{ToolPath.Query(("q", $"{words.Replace(" ", " OR ", StringComparison.Ordinal)} repo:{input.Owner}/{input.Repository} in:title is:issue{(open ? " is:open" : "")}"), ("per_page", limit))}",
            cancellationToken)).Items;

    public override Task CreateBranchAsync(ForgeInput input, string branch, Branch from, CancellationToken cancellationToken) => Http.ChangeAsync(
        HttpMethod.Post, $"{Repository(input)}/git/refs", ToolHttpClient.Json(new Dictionary<string, string?> { ["ref"] = $"refs/heads/{branch}", ["sha"] = from.Commit.Sha }), cancellationToken);

    public override Task<IReadOnlyList<PullRequest>> PullRequestsAsync(ForgeInput input, string head, string target, CancellationToken cancellationToken) =>
        Http.GetAsync<IReadOnlyList<PullRequest>>(
            $"{Repository(input)}/pulls{ToolPath.Query(("state", "open"), ("head", $"{input.Owner}:{head}"), ("base", target))}", cancellationToken);

    public async Task<string?> VersionAsync(CancellationToken cancellationToken)
    {
        await Http.GetTextAsync($"/rate_limit", cancellationToken);
        return null;
    }

    private sealed record Found(IReadOnlyList<Issue> Items);
}
