using Homelab.Activities.Forge;

namespace Homelab.Activities.Gitea;

[Activity(
    "gitea.comment_issue", "Comment issue", "Adds a comment to an issue or pull request.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, NoUndo = "Those who follow the issue have been told.")]
internal sealed class CommentIssue(GiteaClients clients) : CommentIssueOn(clients);
