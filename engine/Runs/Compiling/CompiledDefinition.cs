using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Workflows.Definitions;
using ValueType = Homelab.Engine.Expressions.ValueType;

namespace Homelab.Engine.Runs.Compiling;

internal enum IncidentStrategy
{
    /// <summary>Elsa's default: the run is faulted, what was queued still runs.</summary>
    Fault,

    /// <summary>Elsa's other one: only the branch stops.</summary>
    Continue,

    /// <summary>Ours: nothing runs any more.</summary>
    Stop,
}

/// <summary>A definition with the workflows it uses as activities, made ready to run: nodes by id, expressions parsed, literals converted. Immutable and shared by all its runs.</summary>
internal sealed class CompiledDefinition
{
    private readonly Dictionary<string, CompiledNode> _byNodeId;
    private readonly HashSet<string> _outputs;
    private readonly Dictionary<string, JsonNode?> _defaults = [];

    public CompiledDefinition(WorkflowDefinition source, IReadOnlyList<CompiledNode> nodes)
    {
        Source = source;
        Nodes = nodes;
        Workflow = nodes[0];
        _byNodeId = nodes.ToDictionary(node => node.NodeId);
        _outputs = [.. source.Outputs.Select(output => output.Name)];
        foreach (var input in source.Inputs)
            if (input.Extra.TryGetValue("defaultValue", out var value))
                _defaults[input.Name] = ValueConverter.Convert(JsonNode.Parse(value.GetRawText()), ValueType.Parse(input.Type, input.IsArray));
        var strategy = source.Options.IncidentStrategyType ?? "";
        IncidentStrategy = strategy.Contains("ContinueWithIncidents", StringComparison.Ordinal)
            ? IncidentStrategy.Continue
            : strategy.Contains("StopStrategy", StringComparison.Ordinal) ? IncidentStrategy.Stop : IncidentStrategy.Fault;
        Mode = source.CustomProperties.TryGetValue("Flowchart:ExecutionMode", out var mode) && mode.ToString() is "TokenBased" or "1" ? FlowchartMode.Token : FlowchartMode.Counter;
    }

    public WorkflowDefinition Source { get; }

    public IReadOnlyList<CompiledNode> Nodes { get; }

    /// <summary>The Elsa.Workflow around the root activity.</summary>
    public CompiledNode Workflow { get; }

    public IncidentStrategy IncidentStrategy { get; }

    public FlowchartMode Mode { get; }

    public CompiledNode Node(string nodeId) => _byNodeId.GetValueOrDefault(nodeId)
        ?? throw new InvalidOperationException($"The run holds activity '{nodeId}', which its definition '{Source.DefinitionId}' version {Source.Version} does not have.");

    public bool HasOutput(string name) => _outputs.Contains(name);

    public JsonNode? DefaultOf(InputDefinition input) => _defaults.GetValueOrDefault(input.Name);

    /// <summary>An activity below the nearest container of this one, as getOutputFrom looks for it; the containers around are asked next.</summary>
    public CompiledNode? FindInScope(CompiledNode from, Func<CompiledNode, bool> matches)
    {
        for (var container = from; container is not null; container = container.Parent)
        {
            if (!container.IsVariableContainer)
                continue;
            foreach (var node in Nodes)
                if (node != container && matches(node) && IsBelow(node, container))
                    return node;
        }

        return null;
    }

    private static bool IsBelow(CompiledNode node, CompiledNode container)
    {
        for (var at = node.Parent; at is not null; at = at.Parent)
            if (at == container)
                return true;
        return false;
    }
}
