using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Rules.Decisions;
using Homelab.Rules.RuleSets;
using Homelab.Rules.Values;

namespace Homelab.Rules.Commands;

/// <summary>
/// <c>rules eval --rules FILE --input FILE --json</c> and <c>rules validate</c>. Exit code 0 when it could be done, 2 when
/// the rules or the input cannot be read; every problem is listed with its file, line and path.
/// </summary>
public static class RulesCommand
{
    /// <param name="rules">A rule file or a folder of them.</param>
    /// <param name="input">A JSON object whose fields are the inputs.</param>
    /// <param name="workflow">Which workflow; may be left out where there is one.</param>
    /// <param name="json">Machine-readable output.</param>
    /// <param name="output">Where the answer goes.</param>
    public static int Eval(string rules, string input, string? workflow, bool json, TextWriter output)
    {
        if (Load(rules) is var load && load.Rules is null)
            return Refuse(load.Problems, json, output);

        JsonObject? values;
        try
        {
            values = JsonNode.Parse(File.ReadAllText(input)) as JsonObject;
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            return Refuse([new RuleProblem("", $"The input cannot be read: {exception.Message}") { File = input }], json, output);
        }

        if (values is null)
            return Refuse([new RuleProblem("", "The input must be a JSON object whose fields are the inputs") { File = input }], json, output);

        var names = load.Rules.Workflows.Select(known => known.Name).ToList();
        var name = workflow ?? (names.Count == 1 ? names[0] : null);
        if (name is null || !names.Contains(name))
            return Refuse([new RuleProblem("", $"Say which workflow: {string.Join(", ", names)}{(name is null ? "" : $"; there is no '{name}'")}") { File = rules }], json, output);

        IReadOnlyList<RuleResult> results;
        try
        {
            results = new RuleSetRunner(load.Rules).Execute(name, values);
        }
        catch (Exception exception) when (exception is ArgumentException or RuleException or KeyNotFoundException)
        {
            return Refuse([new RuleProblem("", exception.Message) { File = rules }], json, output);
        }

        if (json)
        {
            output.WriteLine(new JsonObject { ["workflow"] = name, ["results"] = new JsonArray([.. results.Select(Tree)]) }.ToJsonString());
            return 0;
        }

        foreach (var result in results)
            Show(result, 0, output);
        return 0;
    }

    /// <summary>Only reads the rules and says what is wrong with them.</summary>
    public static int Validate(string rules, bool json, TextWriter output)
    {
        if (File.Exists(Path.Combine(rules, DecisionPolicyReader.PolicyFile)))
            return ValidateDecisions(rules, json, output);
        var load = Load(rules);
        if (load.Rules is null)
            return Refuse(load.Problems, json, output);

        var workflows = load.Rules.Workflows.ToList();
        output.WriteLine(json
            ? new JsonObject { ["valid"] = true, ["workflows"] = new JsonArray([.. workflows.Select(workflow => (JsonNode?)workflow.Name)]) }.ToJsonString()
            : $"{workflows.Count} workflows, {workflows.Sum(workflow => workflow.Rules.Count)} rules: all valid.");
        return 0;
    }

    /// <summary>A directory that decisions are made by is read as they read it.</summary>
    private static int ValidateDecisions(string directory, bool json, TextWriter output)
    {
        SortedDictionary<string, string> files = new(StringComparer.Ordinal);
        try
        {
            foreach (var file in Directory.EnumerateFiles(directory, "*.json"))
                files[Path.GetFileName(file)] = File.ReadAllText(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Refuse([new RuleProblem("", $"The rules cannot be read: {exception.Message}") { File = directory }], json, output);
        }

        var (policy, problems) = DecisionPolicyReader.Read(files);
        if (policy is null)
            return Refuse([.. problems.Select(problem => new RuleProblem(problem.Path, problem.Message) { File = Path.Combine(directory, problem.File), Line = problem.Line, Column = 1 })], json, output);
        output.WriteLine(json
            ? new JsonObject { ["valid"] = true, ["rules"] = new JsonArray([.. policy.Rules.Select(rule => (JsonNode?)rule.Name)]), ["policyVersion"] = policy.Version }.ToJsonString()
            : $"The policy and {policy.Rules.Count} decision rules: all valid.");
        return 0;
    }

    private static RuleLoad Load(string rules) => Directory.Exists(rules) ? RuleSetLoader.LoadFolder(rules) : RuleSetLoader.Load(rules);

    private static int Refuse(IReadOnlyList<RuleProblem> problems, bool json, TextWriter output)
    {
        if (json)
        {
            var list = problems.Select(problem => (JsonNode?)new JsonObject
            {
                ["file"] = problem.File, ["line"] = problem.Line, ["column"] = problem.Column, ["path"] = problem.Path, ["message"] = problem.Message,
            });
            output.WriteLine(new JsonObject { ["valid"] = false, ["problems"] = new JsonArray([.. list]) }.ToJsonString());
            return 2;
        }

        foreach (var problem in problems)
            output.WriteLine(problem);
        return 2;
    }

    private static JsonNode? Tree(RuleResult result) => new JsonObject
    {
        ["rule"] = result.Rule.Name,
        ["success"] = result.IsSuccess,
        ["message"] = result.Message,
        ["children"] = result.Children is null ? null : new JsonArray([.. result.Children.Select(Tree)]),
        ["actionOutput"] = FactJson.Write(result.ActionOutput),
        ["actionError"] = result.ActionError,
        ["event"] = result.IsSuccess ? result.Rule.SuccessEvent ?? result.Rule.Name : null,
    };

    private static void Show(RuleResult result, int depth, TextWriter output)
    {
        var why = result.Message.Length == 0 ? "" : $": {result.Message}";
        var action = result.ActionError ?? FactJson.Write(result.ActionOutput)?.ToJsonString();
        output.WriteLine($"{new string(' ', depth * 2)}{(result.IsSuccess ? "yes" : "no "), -4}{result.Rule.Name}{why}{(action is null ? "" : $" -> {action}")}");
        foreach (var child in result.Children ?? [])
            Show(child, depth + 1, output);
    }
}
