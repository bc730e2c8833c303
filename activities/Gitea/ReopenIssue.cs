using Homelab.Activities.Forge;

namespace Homelab.Activities.Gitea;

[Activity(
    "gitea.reopen_issue", "Reopen issue", "Opens a closed issue again.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class ReopenIssue(GiteaClients clients) : SetIssueStateOn(clients, "open")
{
    public override UndoStep? Undo(IssueInput input, IssueState output) =>
        output.Before == "closed" ? Activities.Undo.By("gitea.close_issue", input) : null;
}
