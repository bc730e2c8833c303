using System.Collections.Frozen;

namespace Homelab.Rules.RuleSets;

/// <summary>An immutable set of workflows by name. A reload makes a new set; nothing changes one.</summary>
public sealed class RuleSet
{
    private readonly FrozenDictionary<string, RuleWorkflow> _workflows;

    internal RuleSet(IEnumerable<RuleWorkflow> workflows) =>
        _workflows = workflows.ToFrozenDictionary(workflow => workflow.Name, StringComparer.Ordinal);

    public static RuleSet Empty { get; } = new([]);

    public IEnumerable<RuleWorkflow> Workflows => _workflows.Values.OrderBy(workflow => workflow.Name, StringComparer.Ordinal);

    public RuleWorkflow? Find(string name) => _workflows.GetValueOrDefault(name);

    /// <summary>Reads one workflow or a list of them. The names of injected workflows are looked up when they are executed.</summary>
    /// <exception cref="RuleValidationException">With everything that breaks the format.</exception>
    public static RuleSet Parse(params IReadOnlyList<string> texts)
    {
        List<RuleWorkflow> workflows = [];
        foreach (var text in texts)
        {
            var (read, problems) = RuleReader.Read(text);
            if (problems.Count > 0)
                throw new RuleValidationException(problems);
            workflows.AddRange(read.Select(item => item.Workflow));
        }

        return workflows.GroupBy(workflow => workflow.Name).FirstOrDefault(group => group.Skip(1).Any()) is { } twice
            ? throw new RuleValidationException([new RuleProblem("WorkflowName", $"The workflow '{twice.Key}' is defined more than once")])
            : new RuleSet(workflows);
    }

    /// <summary>A workflow's own rules and behind them those of the workflows it injects, and so on.</summary>
    /// <exception cref="RuleException">Where an injected workflow does not exist, or injects itself.</exception>
    public IReadOnlyList<Rule> RulesOf(RuleWorkflow workflow)
    {
        List<Rule> rules = [];
        Collect(workflow, rules, []);
        return rules;
    }

    private void Collect(RuleWorkflow workflow, List<Rule> rules, Stack<string> path)
    {
        if (path.Contains(workflow.Name))
            throw new RuleException($"The workflow '{workflow.Name}' injects itself: {string.Join(" -> ", path.Reverse())} -> {workflow.Name}");
        path.Push(workflow.Name);
        rules.AddRange(workflow.Rules);
        foreach (var name in workflow.Inject)
            Collect(Find(name) ?? throw new RuleException($"Could not find injected Workflow: {name}"), rules, path);
        path.Pop();
    }
}
