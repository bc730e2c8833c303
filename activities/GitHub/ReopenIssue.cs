using Homelab.Activities.Forge;

namespace Homelab.Activities.GitHub;

[Activity(
    "github.reopen_issue", "Reopen issue", "Opens a closed issue again.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class ReopenIssue(GitHubClients clients) : SetIssueStateOn(clients, "open")
{
    public override UndoStep? Undo(IssueInput input, IssueState output) =>
        output.Before == "closed" ? Activities.Undo.By("github.close_issue", input) : null;
}
