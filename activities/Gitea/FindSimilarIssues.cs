using Homelab.Activities.Forge;

namespace Homelab.Activities.Gitea;

[Activity(
    "gitea.find_similar_issues", "Find similar issues", "Finds issues whose titles share words with a title, the most alike first.")]
internal sealed class FindSimilarIssues(GiteaClients clients) : FindSimilarIssuesOn(clients);
