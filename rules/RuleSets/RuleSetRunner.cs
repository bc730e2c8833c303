using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Homelab.Rules.Values;

namespace Homelab.Rules.RuleSets;

/// <summary>
/// Executes workflows of one set. Rules are compiled for the names and types of their inputs the first time these occur,
/// and kept. Thread-safe; a reload makes a new runner.
/// </summary>
public sealed class RuleSetRunner(RuleSet rules, RuleSettings? settings = null)
{
    private const int MaxCompiled = 256;
    private readonly ConcurrentDictionary<Signature, CompiledWorkflow> _compiled = new();
    private readonly RuleSettings _settings = settings ?? new RuleSettings();

    /// <summary>Executes every enabled rule of a workflow, and their actions.</summary>
    /// <exception cref="ArgumentException">The workflow does not exist, or names a rule twice.</exception>
    public IReadOnlyList<RuleResult> Execute(string workflow, IReadOnlyDictionary<string, object?> inputs)
    {
        var (compiled, arguments) = Prepare(workflow, inputs);
        var results = compiled.Execute(arguments, compiled.Rules).Select(result => RuleMessages.Fill(result, _settings)).ToList();
        return _settings.AutoExecuteActions ? [.. results.Select(WithActions)] : results;
    }

    /// <summary>Executes with the fields of a JSON object as inputs.</summary>
    public IReadOnlyList<RuleResult> Execute(string workflow, JsonObject inputs) => Execute(workflow, Read(inputs));

    /// <summary>Executes one rule and its action, which may execute others.</summary>
    public RuleActionResult ExecuteRule(string workflow, string rule, IReadOnlyDictionary<string, object?> inputs) => ExecuteRule(workflow, rule, inputs, 0);

    internal RuleActionResult ExecuteRule(string workflow, string rule, IReadOnlyDictionary<string, object?> inputs, int depth)
    {
        var (compiled, arguments) = Prepare(workflow, inputs);
        var chosen = compiled.Rules.FirstOrDefault(candidate => candidate.Rule.Name.Equals(rule, StringComparison.Ordinal))
            ?? throw new ArgumentException($"Workflow `{workflow}` does not contain any rule named `{rule}`");
        var result = RuleMessages.Fill(compiled.Execute(arguments, [chosen])[0], _settings);
        return new RuleActions(this, _settings).Run(result, depth);
    }

    internal static IReadOnlyDictionary<string, object?> Read(JsonObject inputs) => (IReadOnlyDictionary<string, object?>)FactJson.Read(inputs, rules: true)!;

    private RuleResult WithActions(RuleResult result)
    {
        var children = result.Children?.Select(WithActions).ToList();
        var action = new RuleActions(this, _settings).Run(result, 0);
        return result with { Children = children, ActionOutput = action.Output, ActionError = action.Error };
    }

    private (CompiledWorkflow Compiled, object?[] Arguments) Prepare(string name, IReadOnlyDictionary<string, object?> inputs)
    {
        var workflow = rules.Find(name) ?? throw new ArgumentException($"Rule config file is not present for the {name} workflow");
        var values = inputs.Select(input => KeyValuePair.Create(input.Key, FactJson.Adopt(input.Value, rules: true)))
            .OrderBy(input => input.Key, StringComparer.InvariantCulture).ToList();
        var types = values.Select(input => KeyValuePair.Create(input.Key, FactShape.Of(input.Value))).ToList();
        var signature = new Signature(name, types);
        if (!_compiled.TryGetValue(signature, out var compiled))
        {
            compiled = CompiledWorkflow.Compile(workflow, rules.RulesOf(workflow), types, _settings);
            if (_compiled.Count >= MaxCompiled)
                _compiled.Clear();
            _compiled[signature] = compiled;
        }

        return (compiled, [.. values.Select((input, i) => FactShape.Fit(input.Value, types[i].Value))]);
    }

    private sealed class Signature(string workflow, IReadOnlyList<KeyValuePair<string, FactType>> inputs) : IEquatable<Signature>
    {
        private readonly string _workflow = workflow;
        private readonly IReadOnlyList<KeyValuePair<string, FactType>> _inputs = inputs;

        public bool Equals(Signature? other) => other is not null && _workflow == other._workflow && _inputs.SequenceEqual(other._inputs);

        public override bool Equals(object? obj) => Equals(obj as Signature);

        public override int GetHashCode() => HashCode.Combine(_workflow, _inputs.Count, _inputs.Count > 0 ? _inputs[0].Value : null);
    }
}
