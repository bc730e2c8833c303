using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Homelab.Engine.Remediation;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Playbooks;

/// <summary>From a playbook to the workflow that shows it in Studio and runs it by hand on an incident. Its steps pass the gate like any other's; a playbook that heals an incident goes as a plan instead.</summary>
internal sealed class PlaybookCompiler(ActivityCatalog catalog)
{
    // As IncidentNames does it: "tool:connection/kind/name".
    private const string Target =
        """
        (function () {
          var id = (getInput("incident") || {}).target;
          var parts = /^([^:\/]+):([^\/]+)\/([^\/]+)\/(.+)$/.exec(id || "");
          return parts ? { id: id, tool: parts[1], connection: parts[2], kind: parts[3], name: parts[4] } : null;
        })()
        """;

    public WorkflowDefinition Compile(Playbook playbook) => PlanCompiler.Compile(new DrawnPlaybook(
        playbook.DefinitionId,
        playbook.Name,
        $"{playbook.Description} Made from the playbook {playbook.Id}; change its file, not this.".TrimStart(),
        ["incident", "diagnosis", "context"],
        ["annotations", "labels", "target", .. playbook.Preconditions.Select(need => need.As).Where(name => name != "output").Distinct()],
        [
            ("target", PlanCompiler.Value("Object", "JavaScript", Target)),
            ("labels", PlanCompiler.Value("Object", "JavaScript", """(getInput("incident") || {}).labels || {}""")),
            ("annotations", PlanCompiler.Value("Object", "JavaScript", """(getInput("incident") || {}).annotations || {}""")),
        ],
        [
            .. playbook.Match.Expression is { } fits ? [new DrawnNeed(null, "", fits, "The playbook is not for this incident.")] : (DrawnNeed[])[],
            .. playbook.Preconditions.Select(need => new DrawnNeed(Node(need.Activity, need.Input), need.As, need.Expression, need.Because ?? $"It is not so that {need.Expression}.")),
        ],
        [
            .. playbook.Snapshot.Select(step => (PlanRole.Snapshot, Node(step.Activity, step.Input))),
            .. playbook.Steps.Select(step => (PlanRole.Action, Node(step.Activity, step.Input))),
            .. playbook.Rollback.Select(step => (PlanRole.Rollback, Node(step.Activity, step.Input))),
        ],
        new DrawnVerification(
            Node(playbook.Verify.Activity, playbook.Verify.Input), PlanCompiler.Value("String", "Literal", playbook.Verify.Expression), playbook.Verify.Given,
            playbook.Verify.EverySeconds, playbook.Verify.WithinSeconds),
        playbook.Harmless ? PlanWayBack.Leave : PlanWayBack.Undo));

    private PlanNode Node(string activity, JsonObject input) => PlanNode.Of(
        catalog.TryFind(activity, out var invoker) ? invoker.Descriptor : throw new InvalidOperationException($"The playbook was read with {activity}, which is not in the catalogue."), input);
}
