using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>One activity of a definition. Its properties are told apart by shape, not by type, so that activities nobody here knows keep everything they came with.</summary>
public sealed record ActivityNode
{
    /// <summary>Unique in the definition; connections refer to it.</summary>
    public required string Id { get; init; }

    /// <summary>"Workflow1:Flowchart1:WriteLine1" as the file had it; recomputed when the definition is compiled.</summary>
    public string? NodeId { get; init; }

    public string? Name { get; init; }

    public required string Type { get; init; }

    public int Version { get; init; } = 1;

    public ImmutableDictionary<string, JsonElement> CustomProperties { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;

    public ImmutableDictionary<string, JsonElement> Metadata { get; init; } = ImmutableDictionary<string, JsonElement>.Empty;

    /// <summary>Wrapped inputs (<c>{typeName, expression}</c>), by property name without regard to case.</summary>
    public ImmutableDictionary<string, ActivityInput> Inputs { get; init; } = EmptyInputs;

    /// <summary>Bound outputs (<c>{typeName, memoryReference}</c>), by property name without regard to case.</summary>
    public ImmutableDictionary<string, ActivityOutput> Outputs { get; init; } = EmptyOutputs;

    /// <summary>Embedded children by port: one (If.then) or a list (Sequence.activities).</summary>
    public ImmutableDictionary<string, ActivityPort> Ports { get; init; } = EmptyPorts;

    /// <summary>Cases of Switch and FlowSwitch; null when the file has none.</summary>
    public ImmutableArray<SwitchCase>? Cases { get; init; }

    /// <summary>Connections of a flowchart; null when the file has none.</summary>
    public ImmutableArray<Connection>? Connections { get; init; }

    /// <summary>States of a state machine; null when the file has none.</summary>
    public ImmutableArray<MachineState>? States { get; init; }

    /// <summary>Transitions of a state machine; null when the file has none.</summary>
    public ImmutableArray<Transition>? Transitions { get; init; }

    /// <summary>Variables of a container; null when the file has none.</summary>
    public ImmutableArray<VariableDefinition>? Variables { get; init; }

    /// <summary>Everything else as it was: raw properties (joinMode, expectedStatusCodes, variable, workflowDefinitionId), nulls, unknown ones.</summary>
    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = EmptyExtra;

    public bool CanStartWorkflow => Flag("canStartWorkflow");

    public bool RunAsynchronously => Flag("runAsynchronously");

    /// <summary>Gives the resilience strategy when the activity has failed; null where it is chosen by name, or none is.</summary>
    public Expression? ResilienceExpression => CustomProperties.TryGetValue("resilienceStrategy", out var strategy) ? Expression.Chosen(strategy, "mode") : null;

    /// <summary>The state in which a state machine starts: the current one where the file names one, as in Elsa, else the initial one.</summary>
    public string? StartState => RawText("currentState") is { } current && !string.IsNullOrWhiteSpace(current) ? current : RawText("initialState");

    /// <summary>This activity's children in document order.</summary>
    public IEnumerable<ActivityNode> Children() => ChildrenByPort().Select(child => child.Activity);

    /// <summary>The same, each with the port it sits in as Elsa names it.</summary>
    public IEnumerable<(string Port, ActivityNode Activity)> ChildrenByPort()
    {
        foreach (var (name, port) in Ports.OrderBy(port => port.Value.Order))
            foreach (var child in port.Activities)
                yield return (char.ToUpperInvariant(name[0]) + name[1..], child);
        foreach (var item in Cases ?? [])
            if (item.Activity is { } activity)
                yield return (item.Label ?? "", activity);
        foreach (var activity in (States ?? []).SelectMany(state => new[] { state.Entry, state.Exit }).Concat((Transitions ?? []).SelectMany(transition => new[] { transition.Trigger, transition.Action })))
            if (activity is not null)
                yield return ("Activities", activity);
    }

    /// <summary>The same activity with every child replaced.</summary>
    public ActivityNode WithChildren(Func<ActivityNode, ActivityNode> replace) => this with
    {
        Ports = Ports.SetItems(Ports.Select(port => KeyValuePair.Create(port.Key, port.Value with { Activities = [.. port.Value.Activities.Select(replace)] }))),
        Cases = Cases is { } cases ? [.. cases.Select(item => item.Activity is { } child ? item with { Activity = replace(child) } : item)] : null,
        States = States is { } states ? [.. states.Select(state => state with { Entry = Replaced(state.Entry, replace), Exit = Replaced(state.Exit, replace) })] : null,
        Transitions = Transitions is { } transitions
            ? [.. transitions.Select(transition => transition with { Trigger = Replaced(transition.Trigger, replace), Action = Replaced(transition.Action, replace) })]
            : null,
    };

    public IEnumerable<ActivityNode> DescendantsAndSelf()
    {
        var pending = new Stack<ActivityNode>();
        pending.Push(this);
        while (pending.TryPop(out var node))
        {
            yield return node;
            foreach (var child in node.Children().Reverse())
                pending.Push(child);
        }
    }

    public JsonElement? Raw(string name) => Extra.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public string? RawText(string name) => Raw(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static ActivityNode? Replaced(ActivityNode? child, Func<ActivityNode, ActivityNode> replace) => child is null ? null : replace(child);

    /// <summary>Old files put the flag on the activity or capitalised in applicationProperties.</summary>
    private bool Flag(string name) =>
        IsTrue(CustomProperties, name) || IsTrue(Extra, name)
        || (Raw("applicationProperties") is { ValueKind: JsonValueKind.Object } old
            && old.EnumerateObject().Any(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && p.Value.ValueKind == JsonValueKind.True));

    private static bool IsTrue(ImmutableDictionary<string, JsonElement> values, string name) => values.TryGetValue(name, out var value)
        && (value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && bool.TryParse(value.GetString(), out var flag) && flag));

    internal static readonly ImmutableDictionary<string, JsonElement> EmptyExtra =
        ImmutableDictionary.Create<string, JsonElement>(StringComparer.OrdinalIgnoreCase);

    private static readonly ImmutableDictionary<string, ActivityInput> EmptyInputs =
        ImmutableDictionary.Create<string, ActivityInput>(StringComparer.OrdinalIgnoreCase);

    private static readonly ImmutableDictionary<string, ActivityOutput> EmptyOutputs =
        ImmutableDictionary.Create<string, ActivityOutput>(StringComparer.OrdinalIgnoreCase);

    private static readonly ImmutableDictionary<string, ActivityPort> EmptyPorts =
        ImmutableDictionary.Create<string, ActivityPort>(StringComparer.OrdinalIgnoreCase);
}

/// <summary>An input's value: how to compute it. <see cref="TypeName"/> is advisory; the activity knows its type.</summary>
public sealed record ActivityInput
{
    public string? TypeName { get; init; }

    /// <summary>Null when the file wraps no expression: the input has its default.</summary>
    public Expression? Expression { get; init; }

    /// <summary>Older files name a memory block here; read, kept, ignored.</summary>
    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ActivityNode.EmptyExtra;
}

/// <param name="Type">Literal, Object, Json, Variable, Input, JavaScript, NCalc, Handlebars, ...</param>
/// <param name="Value">Undefined when the file has none.</param>
public sealed record Expression(string Type, JsonElement Value)
{
    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ActivityNode.EmptyExtra;

    /// <summary>The expression that Studio offers beside a choice by name; null where the name is to be used, which Studio also says by one of the type Default or by an empty one.</summary>
    /// <param name="mode">The field that says which of the two holds.</param>
    public static Expression? Chosen(JsonElement config, string mode) =>
        config.ValueKind == JsonValueKind.Object && Fields.TryGet(config, mode, out var kind) && kind.ToString() is "Expression" or "expression" or "1"
            && Fields.TryGet(config, "expression", out var value) && value.ValueKind == JsonValueKind.Object
            && DefinitionReader.ReadExpression(value, "expression") is { Type: not ("Default" or "") } expression && !string.IsNullOrWhiteSpace(expression.Value.ToString())
            ? expression
            : null;

    public static Expression Literal(string value) => new("Literal", JsonSerializer.SerializeToElement(value));
}

/// <summary>Where an output goes.</summary>
public sealed record ActivityOutput
{
    public string? TypeName { get; init; }

    /// <summary>A variable's id or the name of a workflow output.</summary>
    public string? Target { get; init; }

    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ActivityNode.EmptyExtra;
}

/// <param name="IsList">Written as an array.</param>
/// <param name="Order">The place among the activity's ports in the file.</param>
public sealed record ActivityPort(ImmutableArray<ActivityNode> Activities, bool IsList, int Order);

public sealed record SwitchCase
{
    public string? Label { get; init; }

    public Expression? Condition { get; init; }

    public ActivityNode? Activity { get; init; }

    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ActivityNode.EmptyExtra;
}

/// <summary>A state of a state machine: what is done when it is entered and when it is left.</summary>
public sealed record MachineState
{
    public string Name { get; init; } = "";

    public ActivityNode? Entry { get; init; }

    public ActivityNode? Exit { get; init; }

    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ActivityNode.EmptyExtra;
}

/// <summary>The way from one state to another: waits for its trigger, asks its condition, and does its action between the one's exit and the other's entry.</summary>
public sealed record Transition
{
    public string? Name { get; init; }

    public string? DisplayName { get; init; }

    public string From { get; init; } = "";

    public string To { get; init; } = "";

    /// <summary>Null: its condition is asked at once.</summary>
    public ActivityNode? Trigger { get; init; }

    /// <summary>Null: it may always be taken.</summary>
    public ActivityInput? Condition { get; init; }

    public ActivityNode? Action { get; init; }

    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ActivityNode.EmptyExtra;

    /// <summary>What a person knows it by.</summary>
    public string Title => !string.IsNullOrWhiteSpace(DisplayName) ? DisplayName : !string.IsNullOrWhiteSpace(Name) ? Name : $"{From} -> {To}";
}

/// <param name="SourcePort">Null matches the default outcome.</param>
public sealed record Connection(string Source, string? SourcePort, string Target, string? TargetPort)
{
    /// <summary>Vertices and whatever else the file had.</summary>
    public ImmutableDictionary<string, JsonElement> Extra { get; init; } = ActivityNode.EmptyExtra;
}
