using Homelab.Activities.Forge;

namespace Homelab.Activities.Gitea;

[Activity(
    "gitea.create_issue", "Create issue", "Opens an issue.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low)]
internal sealed class CreateIssue(GiteaClients clients) : CreateIssueOn(clients)
{
    public override UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("gitea.close_issue", Made(input, output));
}
