using Homelab.Activities.Forge;

namespace Homelab.Activities.Gitea;

[Activity(
    "gitea.close_issue", "Close issue", "Closes an issue or pull request.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class CloseIssue(GiteaClients clients) : SetIssueStateOn(clients, "closed")
{
    public override UndoStep? Undo(IssueInput input, IssueState output) =>
        output.Before == "open" ? Activities.Undo.By("gitea.reopen_issue", input) : null;
}
