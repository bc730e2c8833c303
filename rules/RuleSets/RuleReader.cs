using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Rules.RuleSets;

/// <summary>
/// Reads workflows from JSON and says everything that breaks the format, with path and place. Unknown fields are left
/// alone, as RulesEngine does.
/// </summary>
internal sealed class RuleReader
{
    private const string NothingToDo = "Atleast one of Rules or WorkflowsToInject must be not empty";
    private readonly List<RuleProblem> _problems = [];

    public static (IReadOnlyList<(RuleWorkflow Workflow, JsonPart Part, string Path)> Workflows, IReadOnlyList<RuleProblem> Problems) Read(string text)
    {
        var (root, problem) = JsonText.Read(text);
        if (root is null)
            return ([], [problem!]);

        var reader = new RuleReader();
        List<(RuleWorkflow, JsonPart, string)> workflows = [];
        if (root.Kind == JsonValueKind.Array)
        {
            for (var i = 0; i < root.Items.Count; i++)
                workflows.Add((reader.Workflow(root.Items[i], $"[{i}]."), root.Items[i], $"[{i}]."));
        }
        else
        {
            workflows.Add((reader.Workflow(root, ""), root, ""));
        }

        return (workflows, reader._problems);
    }

    private RuleWorkflow Workflow(JsonPart part, string path)
    {
        if (part.Kind != JsonValueKind.Object)
        {
            Report(part, path.TrimEnd('.'), "A workflow must be an object with WorkflowName and Rules");
            return new RuleWorkflow { Name = "" };
        }

        var name = Text(part, "WorkflowName", path) ?? "";
        if (name.Length == 0)
            Report(part["WorkflowName"] ?? part, $"{path}WorkflowName", "Workflow name can not be null or empty");
        var inject = Texts(part["WorkflowsToInject"] ?? part["WorkflowRulesToInject"], $"{path}WorkflowsToInject");
        var rules = Rules(part, path);
        if (rules.Count == 0 && inject.Count == 0)
            Report(part["Rules"] ?? part, $"{path}WorkflowsToInject", NothingToDo);
        var parameters = Params(part, "GlobalParams", path);
        if (Duplicate(parameters.Select(parameter => parameter.Name)) is { } twice)
            Report(part["GlobalParams"]!, path.TrimEnd('.'), $"Duplicate GlobalParam name '{twice}'. GlobalParam names must be unique within a workflow.");
        ExpressionType(part, path);
        return new RuleWorkflow { Name = name, Inject = inject, GlobalParams = parameters, Rules = rules };
    }

    private List<Rule> Rules(JsonPart part, string path)
    {
        List<Rule> rules = [];
        if (part["Rules"] is not { } list)
            return rules;
        if (list.Kind != JsonValueKind.Array)
        {
            Report(list, $"{path}Rules", "Rules must be a list");
            return rules;
        }

        for (var i = 0; i < list.Items.Count; i++)
            rules.Add(Rule(list.Items[i], $"{path}Rules[{i}]"));
        return rules;
    }

    private Rule Rule(JsonPart part, string path)
    {
        if (part.Kind != JsonValueKind.Object)
        {
            Report(part, path, "A rule must be an object with RuleName and Expression, or Operator and Rules");
            return new Rule { Name = "" };
        }

        var inner = $"{path}.";
        var name = Text(part, "RuleName", inner) ?? "";
        if (name.Length == 0)
            Report(part["RuleName"] ?? part, $"{inner}RuleName", "Rule Name can not be null");

        var combine = Text(part, "Operator", inner);
        RuleOperator? op = null;
        if (combine is not null)
        {
            if (Enum.TryParse<RuleOperator>(combine, ignoreCase: true, out var known) && Enum.IsDefined(known))
                op = known;
            else
                Report(part["Operator"]!, $"{inner}Operator", $"Operator {combine} is not allowed");
        }

        var rules = Rules(part, inner);
        var inject = Texts(part["WorkflowsToInject"] ?? part["WorkflowRulesToInject"], $"{inner}WorkflowsToInject");
        var expression = Text(part, "Expression", inner);
        if (combine is not null && rules.Count == 0 && inject.Count == 0)
            Report(part["Rules"] ?? part, $"{inner}WorkflowsToInject", NothingToDo);
        if (combine is null && string.IsNullOrWhiteSpace(expression))
            Report(part["Expression"] ?? part, $"{inner}Expression", "Expression cannot be null or empty when RuleExpressionType is LambdaExpression");
        if (combine is null && rules.Count > 0)
            Report(part["Rules"]!, $"{inner}Rules", "Cannot use Rules field when Operator is null");

        var parameters = Params(part, "LocalParams", inner);
        if (Duplicate(parameters.Select(parameter => parameter.Name)) is { } twice)
            Report(part["LocalParams"]!, path, $"Duplicate LocalParam name '{twice}'. LocalParam names must be unique within a rule.");
        ExpressionType(part, inner);
        var actions = part["Actions"];
        return new Rule
        {
            Name = name,
            Operator = op,
            Expression = expression,
            Enabled = Flag(part, "Enabled", inner) ?? true,
            ErrorMessage = Text(part, "ErrorMessage", inner),
            SuccessEvent = Text(part, "SuccessEvent", inner),
            LocalParams = parameters,
            Rules = rules,
            OnSuccess = Action(actions?["OnSuccess"], $"{inner}Actions.OnSuccess"),
            OnFailure = Action(actions?["OnFailure"], $"{inner}Actions.OnFailure"),
            Properties = part["Properties"] is { Kind: JsonValueKind.Object } properties ? (JsonObject?)Node(properties) : null,
        };
    }

    private RuleAction? Action(JsonPart? part, string path)
    {
        if (part is null)
            return null;
        if (part.Kind != JsonValueKind.Object || Text(part, "Name", $"{path}.") is not { } name)
        {
            Report(part, path, "An action must be an object with Name and Context");
            return null;
        }

        var context = part["Context"];
        if (context is not null && context.Kind != JsonValueKind.Object)
            Report(context, $"{path}.Context", "Context must be an object");
        return new RuleAction(name, context is { Kind: JsonValueKind.Object } ? (JsonObject)Node(context)! : []);
    }

    private List<ScopedParam> Params(JsonPart part, string name, string path)
    {
        List<ScopedParam> parameters = [];
        if (part[name] is not { } list)
            return parameters;
        if (list.Kind != JsonValueKind.Array)
        {
            Report(list, path + name, $"{name} must be a list of objects with Name and Expression");
            return parameters;
        }

        for (var i = 0; i < list.Items.Count; i++)
        {
            var item = list.Items[i];
            var here = $"{path}{name}[{i}]";
            var key = item.Kind == JsonValueKind.Object ? Text(item, "Name", $"{here}.") : null;
            var expression = item.Kind == JsonValueKind.Object ? Text(item, "Expression", $"{here}.") : null;
            if (string.IsNullOrEmpty(key) || string.IsNullOrWhiteSpace(expression))
                Report(item, here, "A param needs a Name and an Expression");
            else
                parameters.Add(new ScopedParam(key, expression));
        }

        return parameters;
    }

    private void ExpressionType(JsonPart part, string path)
    {
        if (part["RuleExpressionType"] is { } type && !(type.Text is { } name && (name.Equals("LambdaExpression", StringComparison.OrdinalIgnoreCase) || name == "0")))
            Report(type, $"{path}RuleExpressionType", "RuleExpressionType must be LambdaExpression");
    }

    private string? Text(JsonPart part, string name, string path)
    {
        var value = part[name];
        if (value is null || value.Kind == JsonValueKind.String)
            return value?.Text;
        Report(value, path + name, $"{name} must be text");
        return null;
    }

    private bool? Flag(JsonPart part, string name, string path)
    {
        var value = part[name];
        if (value is null or { Kind: JsonValueKind.True } or { Kind: JsonValueKind.False })
            return value is null ? null : value.Kind == JsonValueKind.True;
        Report(value, path + name, $"{name} must be true or false");
        return null;
    }

    private List<string> Texts(JsonPart? part, string path)
    {
        if (part is null)
            return [];
        if (part.Kind == JsonValueKind.Array && part.Items.All(item => item.Kind == JsonValueKind.String))
            return [.. part.Items.Select(item => item.Text!)];
        Report(part, path, "This must be a list of names of workflows");
        return [];
    }

    private static string? Duplicate(IEnumerable<string> names) =>
        names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Skip(1).Any())?.Key;

    private static JsonNode? Node(JsonPart part) => part.Kind switch
    {
        JsonValueKind.Object => new JsonObject(part.Fields.DistinctBy(entry => entry.Name).Select(entry => KeyValuePair.Create(entry.Name, Node(entry.Value)))),
        JsonValueKind.Array => new JsonArray([.. part.Items.Select(Node)]),
        JsonValueKind.String => JsonValue.Create(part.Text),
        JsonValueKind.Number => long.TryParse(part.Text, CultureInfo.InvariantCulture, out var whole) ? JsonValue.Create(whole) : JsonValue.Create(double.Parse(part.Text!, CultureInfo.InvariantCulture)),
        JsonValueKind.True => JsonValue.Create(true),
        JsonValueKind.False => JsonValue.Create(false),
        _ => null,
    };

    private void Report(JsonPart part, string path, string message) =>
        _problems.Add(new RuleProblem(path, message) { Line = part.Line, Column = part.Column });
}
