using Homelab.Activities.Forge;

namespace Homelab.Activities.Gitea;

[Activity(
    "gitea.create_pull_request", "Create pull request", "Asks to merge a branch; one that is open for it already is answered.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class CreatePullRequest(GiteaClients clients) : CreatePullRequestOn(clients)
{
    public override UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("gitea.close_issue", Made(input, output));
}
