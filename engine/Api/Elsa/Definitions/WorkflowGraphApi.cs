using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Definitions;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Api.Elsa.Definitions;

/// <summary>A part of a definition by node id, and the way to it: what Studio opens when a branch is entered.</summary>
internal static class WorkflowGraphApi
{
    public static void Map(RouteGroupBuilder read)
    {
        read.MapGet("/workflow-definitions/subgraph/{id}", SubgraphAsync);
        read.MapGet("/workflow-definitions/subgraph/segments/{id}", SegmentsAsync);
    }

    private static async Task<IResult> SubgraphAsync(string id, string? parentNodeId, DefinitionService definitions, DefinitionCatalog catalog, DefinitionTypes types, CancellationToken token)
    {
        if (await definitions.FindVersionAsync(id, token) is not { } stored)
            return TypedResults.NotFound();
        var (workflow, path) = Find(stored, types, catalog.Current, parentNodeId ?? "");
        return ElsaAnswers.Ok(path is [.., var last] ? Node(last.Activity, last.Port) : Node(workflow, "Root"));
    }

    private static async Task<IResult> SegmentsAsync(string id, string? childNodeId, DefinitionService definitions, DefinitionCatalog catalog, DefinitionTypes types, CancellationToken token)
    {
        if (await definitions.FindVersionAsync(id, token) is not { } stored)
            return TypedResults.NotFound();
        var (_, path) = Find(stored, types, catalog.Current, childNodeId ?? "");
        if (path.Count == 0)
            return ElsaAnswers.Problem($"There is no node '{childNodeId}' in this workflow. Reload the page: the workflow may have changed.");
        var segments = new JsonArray();
        for (var at = 0; at < path.Count - 1; at++)
            if (path[at].Activity.Type != "Elsa.Flowchart" && (at > 0 || path[at].Activity.Type != "Elsa.StateMachine"))
                segments.Add(new JsonObject
                {
                    ["activityNodeId"] = path[at].Activity.NodeId,
                    ["activityId"] = path[at].Activity.Id,
                    ["activityType"] = path[at].Activity.Type,
                    // A state machine is opened as a whole: so Studio calls it, and by Elsa's name for its slots it finds nothing.
                    ["portName"] = path[at].Activity.Type == "Elsa.StateMachine" ? "__self" : path[at + 1].Port,
                    ["activityName"] = path[at].Activity.Name ?? path[at].Activity.Type,
                });
        var container = path.SkipLast(1).LastOrDefault(step => step.Activity.Type is "Elsa.Flowchart" or "Elsa.Sequence" or "Elsa.StateMachine", path[0]);
        return ElsaAnswers.Ok(new JsonObject { ["childNode"] = Node(path[^1].Activity, path[^1].Port), ["container"] = Node(container.Activity, container.Port), ["pathSegments"] = segments });
    }

    /// <summary>The activities from the root down to a node, each with the port it sits in; into workflows used as activities as well.</summary>
    private static (ActivityNode Root, IReadOnlyList<(ActivityNode Activity, string Port)> Path) Find(StoredDefinition stored, DefinitionTypes types, DefinitionSnapshot snapshot, string nodeId)
    {
        var root = types.WithPlaceholders(NodeIds.Assign(stored.Definition, snapshot), snapshot);
        List<(ActivityNode, string)> path = [];
        return (root, Walk(root, "Root") ? path : []);

        bool Walk(ActivityNode activity, string port)
        {
            if (nodeId != activity.NodeId && !nodeId.StartsWith(activity.NodeId + ":", StringComparison.Ordinal))
                return false;
            path.Add((activity, port));
            if (nodeId == activity.NodeId)
                return true;
            foreach (var (name, child) in Children(activity, types, snapshot))
                if (Walk(child, name))
                    return true;
            path.RemoveAt(path.Count - 1);
            return false;
        }
    }

    private static IEnumerable<(string Port, ActivityNode Child)> Children(ActivityNode activity, DefinitionTypes types, DefinitionSnapshot snapshot)
    {
        foreach (var child in activity.ChildrenByPort())
            yield return child;
        if (NodeIds.Used(activity, snapshot) is { } used)
            yield return ("Root", types.WithPlaceholders(NodeIds.AssignInside(used, activity.NodeId ?? "", snapshot), snapshot));
    }

    private static JsonObject Node(ActivityNode activity, string port) => new()
    {
        ["nodeId"] = activity.NodeId, ["port"] = port, ["activity"] = JsonSerializer.SerializeToNode(WorkflowJson.ToElement(activity)),
    };
}
