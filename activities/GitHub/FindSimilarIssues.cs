using Homelab.Activities.Forge;

namespace Homelab.Activities.GitHub;

[Activity(
    "github.find_similar_issues", "Find similar issues", "Finds issues whose titles share words with a title, the most alike first.")]
internal sealed class FindSimilarIssues(GitHubClients clients) : FindSimilarIssuesOn(clients);
