using System.Collections.Immutable;
using System.Text.Json;
using Homelab.Engine.Definitions;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Api.Elsa.Definitions;

/// <summary>"Workflow1:Flowchart1:WriteLine1": the path of ids from the workflow to an activity; what Studio and the journal name a place by.</summary>
internal static class NodeIds
{
    /// <summary>Deeper than this no workflow is looked into; one that contains itself would never end.</summary>
    private const int MaximumDepth = 16;

    private static readonly JsonElement NoItems = JsonSerializer.SerializeToElement(Array.Empty<int>());

    public static ActivityNode Assign(WorkflowDefinition definition, DefinitionSnapshot snapshot) => AssignBelow(definition.Root, WorkflowId(definition, snapshot), snapshot);

    /// <summary>A workflow used as an activity, below that activity.</summary>
    public static ActivityNode AssignInside(WorkflowDefinition used, string nodeId, DefinitionSnapshot snapshot) => AssignBelow(used.Root, $"{nodeId}:{WorkflowId(used, snapshot)}", snapshot);

    public static WorkflowDefinition? Used(ActivityNode activity, DefinitionSnapshot snapshot) =>
        snapshot.Activities.GetValueOrDefault(activity.Type)?.Definition
        ?? (activity.RawText("workflowDefinitionId") is { } id ? snapshot.Published.GetValueOrDefault(id)?.Definition : null);

    /// <summary>Elsa names a workflow after those inside it: one that holds another is Workflow2.</summary>
    private static string WorkflowId(WorkflowDefinition definition, DefinitionSnapshot snapshot) => $"Workflow{Nesting(definition, snapshot, 0)}";

    private static int Nesting(WorkflowDefinition definition, DefinitionSnapshot snapshot, int depth)
    {
        if (depth >= MaximumDepth)
            return 1;
        var deepest = 0;
        foreach (var activity in definition.Activities())
            if (Used(activity, snapshot) is { } inner && inner.Id != definition.Id)
                deepest = Math.Max(deepest, Nesting(inner, snapshot, depth + 1));
        return deepest + 1;
    }

    private static ActivityNode AssignBelow(ActivityNode activity, string parent, DefinitionSnapshot snapshot)
    {
        var nodeId = $"{parent}:{activity.Id}";
        return Pinned(activity, snapshot).WithChildren(child => AssignBelow(child, nodeId, snapshot)) with
        {
            NodeId = nodeId,
            CustomProperties = WithDefaults(activity),
            Variables = activity.Variables ?? (activity.Type is "Elsa.Flowchart" or "Elsa.Sequence" or "Elsa.Parallel" ? [] : null),
            Connections = activity.Connections is { } connections ? [.. connections.Select(WithVertices)] : null,
        };
    }

    /// <summary>Studio reads these of every workflow that is used as an activity; one that names no version runs as the latest.</summary>
    private static ActivityNode Pinned(ActivityNode activity, DefinitionSnapshot snapshot) =>
        activity.RawText("workflowDefinitionVersionId") is null && Used(activity, snapshot) is { } used && activity.Type == used.ActivityTypeName
            ? activity with
            {
                Version = used.Version,
                Extra = activity.Extra.SetItem("workflowDefinitionId", JsonSerializer.SerializeToElement(used.DefinitionId)).SetItem("workflowDefinitionVersionId", JsonSerializer.SerializeToElement(used.Id)),
            }
            : activity;

    /// <summary>Elsa writes these on every activity, whether they were given or not.</summary>
    private static ImmutableDictionary<string, JsonElement> WithDefaults(ActivityNode activity)
    {
        var properties = activity.CustomProperties;
        if (!properties.ContainsKey("canStartWorkflow"))
            properties = properties.SetItem("canStartWorkflow", JsonSerializer.SerializeToElement(activity.CanStartWorkflow));
        if (!properties.ContainsKey("runAsynchronously"))
            properties = properties.SetItem("runAsynchronously", JsonSerializer.SerializeToElement(activity.RunAsynchronously));
        return activity.Type == "Elsa.Flowchart" && !properties.ContainsKey("notFoundConnections") ? properties.SetItem("notFoundConnections", NoItems) : properties;
    }

    private static Connection WithVertices(Connection connection) =>
        connection.Extra.ContainsKey("vertices") ? connection : connection with { Extra = connection.Extra.SetItem("vertices", NoItems) };
}
