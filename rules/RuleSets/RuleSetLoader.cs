using Homelab.Rules.Expressions;

namespace Homelab.Rules.RuleSets;

/// <summary>Either a whole set, or everything that keeps the files from being one.</summary>
public sealed record RuleLoad(RuleSet? Rules, IReadOnlyList<RuleProblem> Problems);

/// <summary>
/// Reads a folder of rule files (<c>*.json</c>) into one set. Checks the format, every expression, names that are used
/// twice, injected workflows and actions that do not exist; says all of it at once with file, line and path.
/// </summary>
public static class RuleSetLoader
{
    private static readonly string[] KnownActions = ["OutputExpression", "EvaluateRule"];

    public static RuleLoad LoadFolder(string folder)
    {
        if (!Directory.Exists(folder))
            return new RuleLoad(null, [new RuleProblem("", $"The folder of rules '{folder}' does not exist") { File = folder }]);
        return Load([.. Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]);
    }

    public static RuleLoad Load(params IReadOnlyList<string> files)
    {
        List<KeyValuePair<string, string>> texts = [];
        List<RuleProblem> unreadable = [];
        foreach (var file in files)
        {
            try
            {
                texts.Add(KeyValuePair.Create(file, File.ReadAllText(file)));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                unreadable.Add(new RuleProblem("", $"The file cannot be read: {exception.Message}") { File = file });
            }
        }

        var loaded = Parse(texts);
        return unreadable.Count == 0 ? loaded : new RuleLoad(null, [.. unreadable, .. loaded.Problems]);
    }

    /// <summary>Like <see cref="Load"/>, of texts that are already in memory, each with the name of its file.</summary>
    public static RuleLoad Parse(IReadOnlyList<KeyValuePair<string, string>> texts)
    {
        List<RuleProblem> problems = [];
        var found = new Dictionary<string, (RuleWorkflow Workflow, JsonPart Part, string Path, string File)>(StringComparer.Ordinal);
        foreach (var (file, text) in texts)
        {
            var (workflows, wrong) = RuleReader.Read(text);
            problems.AddRange(wrong.Select(problem => problem with { File = file }));
            foreach (var (workflow, part, path) in workflows)
            {
                if (workflow.Name.Length > 0 && !found.TryAdd(workflow.Name, (workflow, part, path, file)))
                    problems.Add(At(part["WorkflowName"] ?? part, file, $"{path}WorkflowName", $"The workflow '{workflow.Name}' is already defined in {found[workflow.Name].File}"));
            }
        }

        foreach (var (workflow, part, path, file) in found.Values)
            CheckWorkflow(workflow, part, path, file, found.Keys, problems);
        if (problems.Count > 0)
            return new RuleLoad(null, problems);

        var set = new RuleSet(found.Values.Select(item => item.Workflow));
        problems.AddRange(found.Values.SelectMany(item => Circles(set, item.Workflow, item.File)));
        return problems.Count == 0 ? new RuleLoad(set, []) : new RuleLoad(null, problems);
    }

    private static IEnumerable<RuleProblem> Circles(RuleSet set, RuleWorkflow workflow, string file)
    {
        IReadOnlyList<Rule> rules;
        try
        {
            rules = set.RulesOf(workflow);
        }
        catch (RuleException exception)
        {
            return [new RuleProblem("WorkflowsToInject", exception.Message) { File = file }];
        }

        return rules.GroupBy(rule => rule.Name, StringComparer.Ordinal).Where(group => group.Skip(1).Any())
            .Select(group => new RuleProblem("Rules", $"The rule name '{group.Key}' is used more than once in the workflow '{workflow.Name}'") { File = file });
    }

    private static void CheckWorkflow(RuleWorkflow workflow, JsonPart part, string path, string file, ICollection<string> names, List<RuleProblem> problems)
    {
        foreach (var name in workflow.Inject.Where(name => !names.Contains(name)))
            problems.Add(At(part["WorkflowsToInject"] ?? part, file, $"{path}WorkflowsToInject", $"Could not find injected Workflow: {name}"));
        CheckParams(part["GlobalParams"], $"{path}GlobalParams", file, problems);
        CheckRules(part["Rules"], $"{path}Rules", file, problems);
    }

    private static void CheckRules(JsonPart? list, string path, string file, List<RuleProblem> problems)
    {
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
        {
            var rule = list!.Items[i];
            var here = $"{path}[{i}]";
            if (rule["Operator"] is null)
                CheckExpression(rule["Expression"], $"{here}.Expression", file, problems);
            CheckParams(rule["LocalParams"], $"{here}.LocalParams", file, problems);
            foreach (var side in new[] { "OnSuccess", "OnFailure" })
                CheckAction(rule["Actions"]?[side], $"{here}.Actions.{side}", file, problems);
            CheckRules(rule["Rules"], $"{here}.Rules", file, problems);
        }
    }

    private static void CheckAction(JsonPart? action, string path, string file, List<RuleProblem> problems)
    {
        if (action?["Name"] is not { Text: { } name } part)
            return;
        if (!KnownActions.Contains(name, StringComparer.OrdinalIgnoreCase))
            problems.Add(At(part, file, $"{path}.Name", $"Action with name: {name} does not exist; there are {string.Join(" and ", KnownActions)}"));
        if (name.Equals("OutputExpression", StringComparison.OrdinalIgnoreCase))
            CheckExpression(action["Context"]?["Expression"], $"{path}.Context.Expression", file, problems);
        CheckParams(action["Context"]?["additionalInputs"], $"{path}.Context.additionalInputs", file, problems);
    }

    private static void CheckParams(JsonPart? list, string path, string file, List<RuleProblem> problems)
    {
        for (var i = 0; i < (list?.Items.Count ?? 0); i++)
            CheckExpression(list!.Items[i]["Expression"], $"{path}[{i}].Expression", file, problems);
    }

    private static void CheckExpression(JsonPart? part, string path, string file, List<RuleProblem> problems)
    {
        if (part?.Text is { Length: > 0 } text)
            problems.AddRange(ExpressionCompiler.Check(text, ExpressionOptions.Rules).Select(error => At(part, file, path, error.ToString())));
    }

    private static RuleProblem At(JsonPart part, string file, string path, string message) =>
        new(path, message) { File = file, Line = part.Line, Column = part.Column };
}
