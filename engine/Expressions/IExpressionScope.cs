using System.Text.Json.Nodes;

namespace Homelab.Engine.Expressions;

/// <summary>What an expression may see and change of the run it belongs to. Random values and the time are the run's own, so that a replay computes the same.</summary>
internal interface IExpressionScope
{
    string RunId { get; }

    string DefinitionId { get; }

    string DefinitionVersionId { get; }

    int DefinitionVersion { get; }

    string? CorrelationId { get; set; }

    string? Name { get; set; }

    DateTimeOffset Now { get; }

    JsonNode? LastResult { get; }

    /// <summary>Only while an activity evaluates per item (BulkDispatch's correlation id).</summary>
    JsonObject? Arguments { get; }

    IEnumerable<string> VariableNames { get; }

    /// <summary>Those that were given.</summary>
    IEnumerable<string> InputNames { get; }

    /// <summary>Those that the workflow declares, given or not.</summary>
    IEnumerable<string> DeclaredInputNames { get; }

    bool TryGetVariable(string name, out JsonNode? value);

    bool TryGetVariableById(string id, out JsonNode? value);

    /// <summary>What the nearest variable of this id or name is declared as; null where none is.</summary>
    ValueKind? KindOfVariable(string? id, string? name);

    void SetVariable(string name, JsonNode? value);

    bool TryGetInput(string name, out JsonNode? value);

    /// <exception cref="ExpressionFailure">There is no such activity.</exception>
    JsonNode? GetOutput(string activityIdOrName, string? outputName);

    /// <summary>Names of activities in scope that have outputs, for getXFromName().</summary>
    bool HasActivity(string pascalName);

    JsonNode? GetOutputByPascalName(string pascalName, string outputName);

    Guid NewGuid();

    double NextRandom();

    /// <summary>Set by RunJavaScript's setOutcome and setOutcomes.</summary>
    IReadOnlyList<string>? Outcomes { set; }
}

/// <summary>An expression did not give a value. The message names the cause, never a secret.</summary>
internal sealed class ExpressionFailure(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>An expression made ready once and evaluated often. Thread-safe.</summary>
internal abstract class CompiledExpression
{
    /// <summary>The converted value where it never changes.</summary>
    public virtual bool IsConstant => false;

    public abstract JsonNode? Evaluate(IExpressionScope scope, ValueType type);
}

/// <summary>NCalc behind the narrowest door: the rules' language, compiled once.</summary>
internal interface INCalcEvaluator
{
    /// <summary>Null, or what is wrong and where.</summary>
    string? Check(string expression);

    Func<IExpressionScope, JsonNode?> Compile(string expression);
}
