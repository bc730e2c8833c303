using Homelab.Activities.Forge;

namespace Homelab.Activities.GitHub;

[Activity(
    "github.comment_issue", "Comment issue", "Adds a comment to an issue or pull request.",
    Effect = Effect.Disruptive, AvailabilityRisk = RiskLevel.Low, NoUndo = "Those who follow the issue have been told.")]
internal sealed class CommentIssue(GitHubClients clients) : CommentIssueOn(clients);
