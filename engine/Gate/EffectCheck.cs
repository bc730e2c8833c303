using Homelab.Activities;
using Homelab.Engine.Controls;
using Homelab.Engine.Definitions;
using Homelab.Rules.Decisions;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Gate;

/// <summary>
/// Before anything runs: which activities of a definition change something, how one gets there, and which approval class applies. A class depends on the target as well, which is
/// only known when it runs, so it may turn out stricter then; what is forbidden for every target does not publish.
/// </summary>
internal sealed class EffectCheck(DefinitionTypes types, LiveSettings settings)
{
    /// <summary>More ways than these say nothing new, and a graph can have very many.</summary>
    private const int MaxWays = 64;

    /// <summary>Every way to every activity with an effect, in document order, the shortest first; at most 64 for one activity.</summary>
    public IReadOnlyList<EffectOnPath> Of(WorkflowDefinition definition)
    {
        List<EffectOnPath> found = [];
        Walk(definition.Root, [[]], found);
        return found;
    }

    public IEnumerable<string> Forbidden(WorkflowDefinition definition) => Of(definition).Where(effect => effect.Class == ApprovalClass.Forbidden).GroupBy(effect => effect.ActivityId).Select(ways =>
        $"Activity '{ways.Key}': {ways.First().Action} is forbidden by the rules or preferences (reached by {string.Join("; ", ways.Take(3).Select(way => way.Way))}{(ways.Count() > 3 ? $" and {ways.Count() - 3} other ways" : "")}). Take it out, or change approval.byAction in policy.json.");

    private void Walk(ActivityNode node, List<IReadOnlyList<string>> ways, List<EffectOnPath> found)
    {
        List<IReadOnlyList<string>> here = [.. ways.Select(way => (IReadOnlyList<string>)[.. way, node.Id])];
        if (types.Find(node.Type) is { Effect: not Effect.None } descriptor && !OnlyReads(node, descriptor))
            found.AddRange(here.Select(way => new EffectOnPath(node.Id, descriptor.Id, descriptor.Effect, ClassOf(descriptor), way)));
        foreach (var child in node.Children())
            Walk(child, [.. here.SelectMany(way => Between(node, child).Select(between => (IReadOnlyList<string>)[.. way, .. between])).Take(MaxWays)], found);
    }

    /// <summary>A request whose method is written down and only reads.</summary>
    private static bool OnlyReads(ActivityNode node, ActivityDescriptor descriptor) =>
        descriptor.TypeName is "Elsa.SendHttpRequest" or "Elsa.FlowSendHttpRequest"
        && (!node.Inputs.TryGetValue("method", out var method) || method.Expression is not { } expression
            || (expression.Type == "Literal" && expression.Value.ToString().ToUpperInvariant() is "GET" or "HEAD" or "OPTIONS"));

    /// <summary>Of a flowchart: the ways by connections to the child without a circle, the child itself left out. Of anything else, one way with nothing between.</summary>
    private static List<IReadOnlyList<string>> Between(ActivityNode container, ActivityNode child)
    {
        if (container.Connections is not { Length: > 0 } connections)
            return [[]];
        var from = connections.ToLookup(connection => connection.Target, connection => connection.Source, StringComparer.Ordinal);
        List<IReadOnlyList<string>> ways = [];

        // Backwards from the child, breadth first: shorter ways come first, and each ends where nothing leads to.
        Queue<IReadOnlyList<string>> open = new([[]]);
        while (ways.Count < MaxWays && open.TryDequeue(out var way))
        {
            var at = way.Count == 0 ? child.Id : way[0];
            var before = from[at].Distinct().Where(source => source != child.Id && !way.Contains(source)).ToList();
            if (before.Count == 0)
                ways.Add(way);

            // Past so many open ways each goes on by one connection only: none is dropped, so all of them end and at least one is found.
            foreach (var source in open.Count < 4 * MaxWays ? before : before.Take(1))
                open.Enqueue([source, .. way]);
        }

        return ways;
    }

    /// <summary>Without rules nothing is known of classes, and the gate refuses everything anyway.</summary>
    private ApprovalClass ClassOf(ActivityDescriptor descriptor)
    {
        var effect = descriptor.Effect switch
        {
            Effect.Reversible => EffectKind.Reversible,
            Effect.Disruptive => EffectKind.Disruptive,
            _ => EffectKind.Destructive,
        };
        return DecisionPolicy.Stricter(
            settings.Policy?.ClassOf(descriptor.Id, effect) ?? ApprovalClass.Hard, settings.Preferences?.ClassOf(descriptor.Id, "", "") ?? ApprovalClass.None);
    }
}

/// <param name="Path">Ids from the root to the activity.</param>
internal sealed record EffectOnPath(string ActivityId, string Action, Effect Effect, ApprovalClass Class, IReadOnlyList<string> Path)
{
    public string Way => string.Join(" -> ", Path);
}
