using Homelab.Activities.Forge;

namespace Homelab.Activities.GitHub;

[Activity(
    "github.close_issue", "Close issue", "Closes an issue or pull request.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class CloseIssue(GitHubClients clients) : SetIssueStateOn(clients, "closed")
{
    public override UndoStep? Undo(IssueInput input, IssueState output) =>
        output.Before == "open" ? Activities.Undo.By("github.reopen_issue", input) : null;
}
