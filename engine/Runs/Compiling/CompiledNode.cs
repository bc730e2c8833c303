using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Workflows.Definitions;
using ValueType = Homelab.Engine.Expressions.ValueType;

namespace Homelab.Engine.Runs.Compiling;

/// <summary>One activity of a compiled definition: everything the interpreter needs of it, looked up once. Immutable after compilation.</summary>
internal sealed class CompiledNode
{
    public required string Id { get; init; }

    public required string NodeId { get; init; }

    public required string Type { get; init; }

    public int Version { get; init; } = 1;

    public string? Name { get; init; }

    public string PascalName { get; init; } = "";

    public required ActivityNode Source { get; init; }

    /// <summary>The definition the activity was written in (not the one that contains it).</summary>
    public required WorkflowDefinition Definition { get; init; }

    public CompiledNode? Parent { get; init; }

    public Behaviors.ActivityBehavior Behavior { get; set; } = null!; // set by the compiler

    public BuiltInActivity? BuiltIn { get; init; }

    public IReadOnlyList<CompiledInput> Inputs { get; set; } = [];

    /// <summary>Names of outputs and where they go; the target is null where an output is only recorded.</summary>
    public IReadOnlyList<CompiledOutput> Outputs { get; set; } = [];

    /// <summary>By an output's name, whether it is among <see cref="Outputs"/> or not: a performer may give more than the definition binds.</summary>
    public Func<string, LogRule> OutputLog { get; set; } = _ => LogRule.Kept;

    public IReadOnlyDictionary<string, CompiledNode[]> Ports { get; set; } = new Dictionary<string, CompiledNode[]>();

    public IReadOnlyList<CompiledCase> Cases { get; set; } = [];

    public IReadOnlyList<CompiledConnection> Connections { get; set; } = [];

    public CompiledState[] States { get; set; } = [];

    public CompiledTransition[] Transitions { get; set; } = [];

    public IReadOnlyList<CompiledVariable> Variables { get; set; } = [];

    public bool IsVariableContainer { get; init; }

    public bool CanStartWorkflow { get; init; }

    public bool RunAsynchronously { get; init; }

    public MergeMode MergeMode { get; init; }

    public RetryPolicy? Retry { get; init; }

    /// <summary>Gives the policy when the step has failed; null where <see cref="Retry"/> says all.</summary>
    public CompiledExpression? RetryExpression { get; init; }

    public TimeSpan? Timeout { get; init; }

    public bool KeepsOutputs { get; set; }

    /// <summary>The expressions of some activity of the run mention the last result.</summary>
    public bool KeepsLastResult { get; set; }

    private FlowGraph? _graph;

    public CompiledNode? Port(string name) => Ports.TryGetValue(name, out var nodes) && nodes.Length > 0 ? nodes[0] : null;

    public CompiledNode[] PortList(string name) => Ports.TryGetValue(name, out var nodes) ? nodes : [];

    /// <summary>The flowchart's graph seen from its start; the last one is kept, since runs differ only by their trigger.</summary>
    public FlowGraph Graph(CompiledNode? start)
    {
        var graph = _graph;
        if (graph is null || graph.Root != start)
            _graph = graph = new FlowGraph(Connections, start);
        return graph;
    }

    public JsonElement? Raw(string name) => Source.Raw(name);
}

internal enum MergeMode
{
    None,
    Stream,
    Merge,
    Converge,
    Cascade,
    Race,
}

/// <param name="Expression">Null: the default.</param>
/// <param name="IsSecret">Never in the journal.</param>
internal sealed record CompiledInput(string Name, ValueType Type, CompiledExpression? Expression, JsonNode? Default, bool AutoEvaluate, bool IsSecret, LogRule Log)
{
    /// <summary>Free text for a model: what looks like a secret in it is masked in the journal.</summary>
    public bool IsPrompt { get; init; }

    /// <summary>camelCase, as performers and definitions write it.</summary>
    public string Key { get; } = JsonNamingPolicy.CamelCase.ConvertName(Name);
}

/// <param name="Target">A variable's id or an output's name.</param>
internal sealed record CompiledOutput(string Name, string? Target);

internal sealed record CompiledCase(string Label, CompiledExpression? Condition, CompiledNode? Activity);

internal sealed record CompiledState(string Name, CompiledNode? Entry, CompiledNode? Exit);

/// <param name="Title">What errors name it by.</param>
/// <param name="Condition">Null: always.</param>
internal sealed record CompiledTransition(string Title, string From, string To, CompiledNode? Trigger, CompiledExpression? Condition, CompiledNode? Action);

internal sealed record CompiledVariable(string Id, string Name, ValueType Type, JsonNode? Default, bool IsMemory);

internal sealed record CompiledConnection(CompiledNode Source, string? SourcePort, CompiledNode Target, string? TargetPort)
{
    /// <summary>"a:Done->b:In", Elsa's key of a connection.</summary>
    public string Key { get; } =
        $"{Source.Id}{(string.IsNullOrEmpty(SourcePort) ? "" : ":" + SourcePort)}->{Target.Id}{(string.IsNullOrEmpty(TargetPort) ? "" : ":" + TargetPort)}";
}

/// <param name="MaxAttempts">Including the first.</param>
/// <param name="Backoff">The delay grows by doubling; otherwise it is constant, or linear.</param>
internal sealed record RetryPolicy(int MaxAttempts, TimeSpan Delay, RetryBackoff Backoff, bool Jitter)
{
    /// <param name="attempt">The one that failed, from 1.</param>
    /// <param name="random">0 to 1.</param>
    public TimeSpan DelayAfter(int attempt, double random)
    {
        var factor = Backoff switch
        {
            RetryBackoff.Exponential => Math.Pow(2, Math.Min(attempt - 1, 20)),
            RetryBackoff.Linear => attempt,
            _ => 1,
        };
        var milliseconds = Math.Min(Delay.TotalMilliseconds * factor, TimeSpan.FromHours(1).TotalMilliseconds);
        return TimeSpan.FromMilliseconds(Jitter ? milliseconds * (0.75 + (0.5 * random)) : milliseconds);
    }
}

internal enum RetryBackoff
{
    Constant,
    Linear,
    Exponential,
}

/// <summary>Whether a value goes into the journal.</summary>
/// <param name="Expression">Gives the mode when the activity runs; null: <paramref name="Keeps"/> is the mode.</param>
/// <param name="Outer">What holds where the expression gives Inherit; null without an expression.</param>
internal sealed record LogRule(bool Keeps, CompiledExpression? Expression = null, LogRule? Outer = null)
{
    public static LogRule Kept { get; } = new(true);
}
