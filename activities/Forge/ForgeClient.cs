using System.Text;
using System.Text.Json.Serialization;

namespace Homelab.Activities.Forge;

/// <summary>What GitHub and Gitea have in common; each says how it differs.</summary>
internal abstract class ForgeClient(string tool, string name, ToolHttpClient http)
{
    public string Tool => tool;

    public string Name => name;

    protected ToolHttpClient Http => http;

    /// <summary>The path of a repository, escaped.</summary>
    protected abstract ToolPath.Raw Repository(ForgeInput input);

    public Task<Issue> IssueAsync(ForgeInput input, int number, CancellationToken cancellationToken) =>
        http.GetAsync<Issue>($"{Repository(input)}/issues/{number}", cancellationToken);

    public Task<RepositoryInfo> RepositoryAsync(ForgeInput input, CancellationToken cancellationToken) =>
        http.GetAsync<RepositoryInfo>($"{Repository(input)}", cancellationToken);

    /// <summary>Newest first, open and closed, without pull requests where the forge can tell.</summary>
    public abstract Task<IReadOnlyList<Issue>> RecentAsync(ForgeInput input, CancellationToken cancellationToken);

    public abstract Task<IReadOnlyList<Issue>> SearchAsync(ForgeInput input, string words, bool open, int limit, CancellationToken cancellationToken);

    public Task<Issue> CreateIssueAsync(ForgeInput input, string title, string body, CancellationToken cancellationToken) =>
        http.ChangeAsync<Issue>(HttpMethod.Post, $"{Repository(input)}/issues", ToolHttpClient.Json(new { title, body }), cancellationToken);

    public Task<IReadOnlyList<Comment>> CommentsAsync(ForgeInput input, int number, CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<Comment>>($"{Repository(input)}/issues/{number}/comments", cancellationToken);

    public Task<Comment> CommentAsync(ForgeInput input, int number, string body, CancellationToken cancellationToken) =>
        http.ChangeAsync<Comment>(HttpMethod.Post, $"{Repository(input)}/issues/{number}/comments", ToolHttpClient.Json(new { body }), cancellationToken);

    public Task<Issue> SetStateAsync(ForgeInput input, int number, string state, CancellationToken cancellationToken) =>
        http.ChangeAsync<Issue>(HttpMethod.Patch, $"{Repository(input)}/issues/{number}", ToolHttpClient.Json(new { state }), cancellationToken);

    /// <summary>Null when there is no such branch.</summary>
    public async Task<Branch?> FindBranchAsync(ForgeInput input, string branch, CancellationToken cancellationToken) =>
        await FindAsync<Branch>($"{Repository(input)}/branches/{branch}", cancellationToken);

    public abstract Task CreateBranchAsync(ForgeInput input, string branch, Branch from, CancellationToken cancellationToken);

    /// <summary>Null when there is no such file.</summary>
    public async Task<FileContent?> FindFileAsync(ForgeInput input, string path, string branch, CancellationToken cancellationToken) =>
        await FindAsync<FileContent>($"{Repository(input)}/contents/{Segments(path)}?ref={branch}", cancellationToken);

    public Task PutFileAsync(ForgeInput input, string path, string branch, string message, string content, string? sha, CancellationToken cancellationToken)
    {
        var encoded = Convert.ToBase64String(Encoding.UTF8.GetBytes(content));
        return http.ChangeAsync(
            sha is null ? CreateFile : HttpMethod.Put, $"{Repository(input)}/contents/{Segments(path)}",
            sha is null ? ToolHttpClient.Json(new { message, content = encoded, branch }) : ToolHttpClient.Json(new { message, content = encoded, branch, sha }), cancellationToken);
    }

    public abstract Task<IReadOnlyList<PullRequest>> PullRequestsAsync(ForgeInput input, string head, string target, CancellationToken cancellationToken);

    public Task<PullRequest> CreatePullRequestAsync(ForgeInput input, string title, string body, string head, string target, CancellationToken cancellationToken) =>
        http.ChangeAsync<PullRequest>(
            HttpMethod.Post, $"{Repository(input)}/pulls", ToolHttpClient.Json(new Dictionary<string, string> { ["title"] = title, ["body"] = body, ["head"] = head, ["base"] = target }), cancellationToken);

    protected virtual HttpMethod CreateFile => HttpMethod.Put;

    protected static ToolPath.Raw Segments(string path) => new(string.Join('/', path.Split('/').Select(segment => ToolPath.Of($"{segment}"))));

    private async Task<T?> FindAsync<T>(FormattableString path, CancellationToken cancellationToken)
        where T : class
    {
        var answer = await http.AskAsync(HttpMethod.Get, path, null, reads: true, cancellationToken);
        return answer.Status == System.Net.HttpStatusCode.NotFound ? null : ToolHttpClient.Read<T>(ToolHttpClient.Expect(answer));
    }

    public sealed record RepositoryInfo([property: JsonPropertyName("full_name")] string FullName, [property: JsonPropertyName("default_branch")] string DefaultBranch);

    public sealed record Issue(
        int Number, string Title, string? Body, string State, [property: JsonPropertyName("html_url")] string? Url, [property: JsonPropertyName("created_at")] DateTimeOffset? CreatedAt);

    public sealed record Comment(long Id, string? Body, [property: JsonPropertyName("html_url")] string? Url);

    public sealed record Branch(string Name, BranchCommit Commit);

    /// <summary>GitHub says sha, Gitea says id.</summary>
    public sealed record BranchCommit(string? Sha, string? Id);

    public sealed record FileContent(string Sha, string? Content)
    {
        public string Text => Encoding.UTF8.GetString(Convert.FromBase64String((Content ?? "").Replace("\n", "", StringComparison.Ordinal)));
    }

    public sealed record PullRequest(int Number, string? State, [property: JsonPropertyName("html_url")] string? Url, Reference? Head, Reference? Base);

    public sealed record Reference(string? Ref);
}

/// <summary>Opens a forge by connection name.</summary>
internal interface IForgeClients
{
    Task<ForgeClient> OpenForgeAsync(string connection, ActivityContext context, CancellationToken cancellationToken);
}
