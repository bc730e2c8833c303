using System.Text.Json.Nodes;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Engine.Logs;

/// <summary>The issues of one repository, as Gitea and GitHub keep them.</summary>
internal sealed class LabForge
{
    private readonly List<string> _issues = [];

    /// <param name="repository">Path of the repository's API.</param>
    public LabForge(VendorServer forge, string repository) => forge
        .On($"GET {repository}", """{"full_name":"lab/infra","default_branch":"main"}""")
        .On($"GET {repository}/issues", _ => $"[{string.Join(",", _issues)}]")
        .On("GET /search/issues", _ => $$"""{"total_count":{{_issues.Count}},"items":[{{string.Join(",", _issues)}}]}""")
        .On($"POST {repository}/issues", request =>
        {
            var (body, number) = (JsonNode.Parse(request.Body)!, _issues.Count + 1);
            _issues.Add(new JsonObject { ["number"] = number, ["title"] = (string)body["title"]!, ["body"] = (string)body["body"]!, ["state"] = "open", ["html_url"] = $"https://forge/{number}" }.ToJsonString());
            return _issues[^1];
        });

    /// <summary>Each as JSON, oldest first.</summary>
    public IReadOnlyList<string> Filed => _issues;
}
