using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;

namespace Homelab.Engine.Runs;

/// <summary>The run as an expression of one activity sees it. One object an interpreter, pointed at a frame for each evaluation.</summary>
internal sealed class FrameScope(Interpreter run) : IExpressionScope
{
    private ActivityFrame? _frame;
    private IReadOnlyList<string>? _outcomes;

    private ActivityFrame Frame => _frame ?? throw new InvalidOperationException("No activity is being evaluated.");

    public string RunId => run.State.Id.Value;

    public string DefinitionId => run.State.DefinitionId;

    public string DefinitionVersionId => run.State.DefinitionVersionId;

    public int DefinitionVersion => run.State.DefinitionVersion;

    public string? CorrelationId
    {
        get => run.State.CorrelationId;
        set => run.State.CorrelationId = value;
    }

    public string? Name
    {
        get => run.State.Name;
        set => run.State.Name = value;
    }

    public DateTimeOffset Now => run.Now;

    public JsonNode? LastResult => run.State.LastResult;

    public JsonObject? Arguments { get; private set; }

    public IReadOnlyList<string>? Outcomes
    {
        set => _outcomes = value;
    }

    public IEnumerable<string> VariableNames
    {
        get
        {
            for (var at = Frame; at is not null; at = at.Parent)
            {
                if (at.Dynamic is not null)
                    foreach (var name in at.Dynamic.Keys)
                        yield return name;
                foreach (var variable in at.Node.Variables)
                    yield return variable.Name;
            }
        }
    }

    public IEnumerable<string> InputNames => run.State.Input.Select(input => input.Key);

    public IEnumerable<string> DeclaredInputNames => run.Definition.Source.Inputs.Select(input => input.Name);

    public void Enter(ActivityFrame frame, JsonObject? arguments) => (_frame, Arguments) = (frame, arguments);

    public IReadOnlyList<string>? TakeOutcomes()
    {
        var outcomes = _outcomes;
        _outcomes = null;
        return outcomes;
    }

    public bool TryGetVariable(string name, out JsonNode? value) => run.TryGetVariable(Frame, name, out value);

    public bool TryGetVariableById(string id, out JsonNode? value) => run.TryGetVariableById(Frame, id, out value);

    public ValueKind? KindOfVariable(string? id, string? name)
    {
        for (var at = Frame; at is not null && at.Dynamic?.ContainsKey(name ?? id ?? "") != true; at = at.Parent)
            foreach (var variable in at.Node.Variables)
                if (variable.Id == id || variable.Name == (name ?? id))
                    return variable.Type.Kind;
        return null;
    }

    public void SetVariable(string name, JsonNode? value) => run.SetVariable(Frame, name, value);

    public bool TryGetInput(string name, out JsonNode? value)
    {
        if (IsInsideComposite() && run.TryGetVariable(Frame, name, out value))
            return true;
        return run.State.Input.TryGetPropertyValue(name, out value);
    }

    public JsonNode? GetOutput(string activityIdOrName, string? outputName)
    {
        var node = run.Definition.FindInScope(Frame.Node, candidate => candidate.Id == activityIdOrName || candidate.Name == activityIdOrName)
            ?? throw new ExpressionFailure($"There is no activity '{activityIdOrName}' beside this one. Use the activity's name or id.");
        return Output(node.NodeId, outputName);
    }

    public bool HasActivity(string pascalName) => run.Definition.FindInScope(Frame.Node, node => node.PascalName == pascalName) is not null;

    public JsonNode? GetOutputByPascalName(string pascalName, string outputName) =>
        run.Definition.FindInScope(Frame.Node, node => node.PascalName == pascalName) is { } node ? Output(node.NodeId, outputName) : null;

    public Guid NewGuid() => run.NextGuid();

    public double NextRandom() => run.NextRandom();

    private JsonNode? Output(string nodeId, string? name)
    {
        if (!run.State.Outputs.TryGetValue(nodeId, out var outputs))
            return null;
        name ??= "Result";
        foreach (var (key, value) in outputs)
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return value;
        return null;
    }

    private bool IsInsideComposite()
    {
        for (var at = Frame.Parent; at is not null; at = at.Parent)
            if (at.Node.Type == "Elsa.Workflow")
                return at.Parent is not null;
        return false;
    }
}
