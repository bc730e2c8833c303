using Homelab.Activities.Forge;

namespace Homelab.Activities.GitHub;

[Activity(
    "github.create_issue", "Create issue", "Opens an issue.",
    Effect = Effect.Reversible, AvailabilityRisk = RiskLevel.Low)]
internal sealed class CreateIssue(GitHubClients clients) : CreateIssueOn(clients)
{
    public override UndoStep? Undo(Input input, Output output) =>
        Activities.Undo.By("github.close_issue", Made(input, output));
}
