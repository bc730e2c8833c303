using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>What validation asks about activities that are not Elsa's own.</summary>
public interface IKnownActivities
{
    /// <summary>The catalogue or a workflow usable as an activity.</summary>
    bool IsKnown(ActivityNode activity);

    /// <summary>Names of inputs that must be given; empty for a type nobody knows.</summary>
    IEnumerable<string> RequiredInputs(ActivityNode activity);

    /// <summary>Outcomes a connection may start from; null when any may.</summary>
    IEnumerable<string>? Outcomes(ActivityNode activity);
}

/// <summary>Finds everything wrong with a definition at once. Pure; thread-safe.</summary>
public sealed class DefinitionValidator(IExpressionChecker expressions, IKnownActivities known)
{
    public IReadOnlyList<DefinitionProblem> Validate(WorkflowDefinition definition)
    {
        var problems = new List<DefinitionProblem>();
        var activities = definition.Activities().ToList();
        Names(definition, activities, problems);
        Log(null, definition.CustomProperties, problems);
        foreach (var activity in activities)
        {
            Type(activity, problems);
            Inputs(activity, problems);
            Log(activity.Id, activity.CustomProperties, problems);
            if (activity.Type == "Elsa.Flowchart")
                new FlowchartCheck(activity, known).Run(problems);
            if (activity.Type == "Elsa.StateMachine")
                new StateMachineCheck(activity, expressions).Run(problems);
        }

        return problems;
    }

    private static void Names(WorkflowDefinition definition, List<ActivityNode> activities, List<DefinitionProblem> problems)
    {
        foreach (var group in activities.GroupBy(activity => activity.Id).Where(group => group.Count() > 1))
            problems.Add(new(ProblemSeverity.Error, group.Key, "id", $"The id '{group.Key}' is used by {group.Count()} activities. Give each its own: connections and runs refer to it."));
        foreach (var group in activities.Where(activity => !string.IsNullOrEmpty(activity.Name)).GroupBy(activity => activity.Name).Where(group => group.Count() > 1))
            problems.Add(new(ProblemSeverity.Warning, group.First().Id, "name", $"The name '{group.Key}' is used by {group.Count()} activities, so getOutputFrom('{group.Key}') is ambiguous. Rename all but one."));
        Doubles(definition.Variables.Select(variable => variable.Name), "variables", "variable");
        Doubles(definition.Inputs.Select(input => input.Name), "inputs", "input");
        Doubles(definition.Outputs.Select(output => output.Name), "outputs", "output");

        void Doubles(IEnumerable<string> names, string field, string what)
        {
            foreach (var group in names.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1))
                problems.Add(new(ProblemSeverity.Error, null, field, $"There are {group.Count()} {what}s named '{group.Key}'. Rename all but one."));
        }
    }

    private void Type(ActivityNode activity, List<DefinitionProblem> problems)
    {
        switch (activity.Type)
        {
            case "Elsa.RunCSharp" or "Elsa.RunPython":
                problems.Add(new(ProblemSeverity.Error, activity.Id, "type", $"{activity.Type} is not run by this engine. Use Elsa.RunJavaScript, or an NCalc expression in the input that needs the value."));
                break;
            case "Elsa.NotFoundActivity":
                problems.Add(new(ProblemSeverity.Error, activity.Id, "type", $"This stands for the activity '{activity.RawText("missingTypeName")}', which is not installed. Install it, or replace the activity."));
                break;
            default:
                if (BuiltInActivities.Find(activity.Type) is null && !known.IsKnown(activity))
                    problems.Add(new(ProblemSeverity.Error, activity.Id, "type", $"The activity type '{activity.Type}' is not known. Choose one from the palette, or publish the workflow it stands for as usable as an activity."));
                break;
        }
    }

    private void Inputs(ActivityNode activity, List<DefinitionProblem> problems)
    {
        var builtIn = BuiltInActivities.Find(activity.Type);
        var required = builtIn?.Inputs.Where(input => input.IsRequired).Select(input => input.Name) ?? known.RequiredInputs(activity);
        foreach (var name in required)
            if (IsMissing(activity, name))
                problems.Add(new(ProblemSeverity.Error, activity.Id, Camel(name), $"'{Camel(name)}' is required. Give it a value or an expression."));
        foreach (var (name, input) in activity.Inputs)
        {
            if (input.Expression is not { } expression)
                continue;
            if (expressions.Check(expression) is { } problem)
                problems.Add(new(ProblemSeverity.Error, activity.Id, name, $"The expression {problem}"));
            else if (expression.Type == "Literal" && LiteralText(expression) is { Length: > 0 } text)
                Literal(activity, builtIn?.Input(name), name, text, problems);
        }

        for (var i = 0; i < (activity.Cases?.Length ?? 0); i++)
            if (activity.Cases!.Value[i] is { Condition: { } condition } item && expressions.Check(condition) is { } problem) // has a length, so it is there
                problems.Add(new(ProblemSeverity.Error, activity.Id, $"cases[{i}]", $"The condition of case '{item.Label}' {problem}"));
        if (activity.ResilienceExpression is { } resilience && expressions.Check(resilience) is { } wrong)
            problems.Add(new(ProblemSeverity.Error, activity.Id, "resilienceStrategy", $"The resilience strategy's expression {wrong}"));
        if (activity.Type == "Elsa.RunJavaScript" && activity.Inputs.TryGetValue("script", out var script) && script.Expression is { Type: "Literal" } literal
            && expressions.Check(literal with { Type = "JavaScript" }) is { } broken)
            problems.Add(new(ProblemSeverity.Error, activity.Id, "script", $"The script {broken}"));
        if (activity.Type == "Elsa.ParallelForEach" && activity.Inputs.TryGetValue("items", out var items) && items.Expression?.Type is "Object" or "Json" or "Literal")
            problems.Add(new(ProblemSeverity.Warning, activity.Id, "items", "Elsa iterates over nothing here: a JSON or literal value is no list to it. Use JavaScript ([1, 2]) or a variable."));
    }

    private void Log(string? activityId, ImmutableDictionary<string, JsonElement> properties, List<DefinitionProblem> problems)
    {
        foreach (var (field, expression) in LogPersistence.Expressions(properties))
            if (expressions.Check(expression) is { } problem)
                problems.Add(new(ProblemSeverity.Error, activityId, field, $"The log persistence expression {problem}"));
            else if (expression.Type == "Literal" && !LogMode.TryParse(expression.Value.ToString(), out _))
                problems.Add(new(ProblemSeverity.Error, activityId, field, $"'{expression.Value}' is no mode of the journal. Write Include, Exclude or Inherit."));
    }

    private static void Literal(ActivityNode activity, BuiltInInput? input, string name, string text, List<DefinitionProblem> problems)
    {
        if (activity.Type == "Elsa.Cron" && name.Equals("cronExpression", StringComparison.OrdinalIgnoreCase))
        {
            if (!CronSchedule.TryParse(text, out var schedule, out var wrong))
                problems.Add(new(ProblemSeverity.Error, activity.Id, name, $"The cron expression '{text}' {wrong}"));
            else if (schedule.NextAfter(DateTimeOffset.UnixEpoch) is null)
                problems.Add(new(ProblemSeverity.Error, activity.Id, name, $"The cron expression '{text}' never comes due."));
            return;
        }

        var isWrong = input?.TypeName switch
        {
            "Int32" or "Long" => !long.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _),
            "Boolean" => !bool.TryParse(text, out _),
            "TimeSpan" => !TimeSpan.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _) && text[0] is not ('P' or 'p'),
            "DateTimeOffset" => !DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _),
            "List<Int32>" or "List<String>" or "List<Object>" or "ObjectDictionary" or "HttpHeaders" => text.TrimStart()[..1] is "[" or "{" && !IsJson(text),
            _ => false,
        };
        if (isWrong)
            problems.Add(new(ProblemSeverity.Error, activity.Id, name, $"'{text}' is no {input!.TypeName}. Correct the value, or use an expression that gives one.")); // its type was looked at
    }

    private static bool IsJson(string text)
    {
        try
        {
            using var _ = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? LiteralText(Expression expression) => expression.Value.ValueKind switch
    {
        JsonValueKind.String => expression.Value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => expression.Value.GetRawText(),
        _ => null,
    };

    private static bool IsMissing(ActivityNode activity, string name)
    {
        if (activity.Inputs.TryGetValue(name, out var input))
            return input.Expression is not { } expression || expression.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null
                || (expression.Value.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(expression.Value.GetString()));
        return activity.Raw(name) is not { } raw || (raw.ValueKind == JsonValueKind.String && string.IsNullOrWhiteSpace(raw.GetString()));
    }

    private static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);
}
