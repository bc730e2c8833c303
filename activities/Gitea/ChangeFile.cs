using Homelab.Activities.Forge;

namespace Homelab.Activities.Gitea;

[Activity(
    "gitea.change_file", "Change file", "Writes a file on a branch, made from the default one where there is none; a pull request brings it in.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, Idempotent = true)]
internal sealed class ChangeFile(GiteaClients clients) : ChangeFileOn(clients)
{
    public override UndoStep? Undo(Input input, Output output) =>
        output.Before is { } before ? Activities.Undo.By("gitea.change_file", input with { Content = before, Message = $"Undo: {input.Message}" }) : null;
}
