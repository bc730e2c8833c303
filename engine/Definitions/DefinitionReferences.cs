using System.Text.Json;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>Workflows used as activities in other workflows.</summary>
internal static class DefinitionReferences
{
    public static bool Uses(WorkflowDefinition definition, string definitionId) =>
        definition.Activities().Any(activity => activity.RawText("workflowDefinitionId") == definitionId);

    /// <summary>The definition with every use of <paramref name="target"/> pointing at that version; null when nothing changes.</summary>
    public static WorkflowDefinition? Point(WorkflowDefinition definition, WorkflowDefinition target)
    {
        var changed = false;
        var root = Map(definition.Root, activity =>
        {
            if (activity.RawText("workflowDefinitionId") != target.DefinitionId || activity.RawText("workflowDefinitionVersionId") == target.Id)
                return activity;
            changed = true;
            return activity with
            {
                Version = target.Version,
                Extra = activity.Extra
                    .SetItem("workflowDefinitionVersionId", JsonSerializer.SerializeToElement(target.Id))
                    .SetItem("latestAvailablePublishedVersion", JsonSerializer.SerializeToElement(target.Version))
                    .SetItem("latestAvailablePublishedVersionId", JsonSerializer.SerializeToElement(target.Id)),
            };
        });
        return changed ? definition with { Root = root } : null;
    }

    /// <summary>The same tree with each activity replaced, children first.</summary>
    public static ActivityNode Map(ActivityNode activity, Func<ActivityNode, ActivityNode> change) => change(activity.WithChildren(child => Map(child, change)));
}
