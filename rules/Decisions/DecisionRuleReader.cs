using System.Text.Json;
using Homelab.Rules.Expressions;
using Homelab.Rules.Values;

namespace Homelab.Rules.Decisions;

/// <summary>
/// Reads rule sets in RulesEngine's form (one workflow or a list of them) for decisions: each outer rule's SuccessEvent says what a
/// hit does. Inner rules with And or Or make one condition. Names are read in any letter case, as RulesEngine does.
/// </summary>
internal static class DecisionRuleReader
{
    public static List<DecisionRule> Read(ProblemReader reader, string file)
    {
        List<DecisionRule> rules = [];
        if (reader.Root.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var workflow in reader.Root.EnumerateArray())
                ReadSet(reader, workflow, $"$[{index++}]", file, rules);
        }
        else
        {
            ReadSet(reader, reader.Root, "$", file, rules);
        }

        return rules;
    }

    private static void ReadSet(ProblemReader reader, JsonElement workflow, string path, string file, List<DecisionRule> rules)
    {
        if (workflow.ValueKind != JsonValueKind.Object)
        {
            reader.Add(path, "A rule set must be an object with WorkflowName and Rules.");
            return;
        }

        RefuseParams(reader, workflow, path, "GlobalParams", "WorkflowsToInject");
        var set = Text(workflow, "WorkflowName") ?? Path.GetFileNameWithoutExtension(file);
        var list = Get(workflow, "Rules", out var name);
        if (list.ValueKind != JsonValueKind.Array)
        {
            reader.Add(path, "A rule set needs a list 'Rules'.");
            return;
        }

        var index = 0;
        foreach (var rule in list.EnumerateArray())
            ReadRule(reader, rule, $"{path}.{name}[{index++}]", set, rules);
    }

    private static void ReadRule(ProblemReader reader, JsonElement rule, string path, string set, List<DecisionRule> rules)
    {
        var ruleName = Text(rule, "RuleName");
        if (string.IsNullOrWhiteSpace(ruleName))
            reader.Add(path, "A rule needs a 'RuleName'.");
        var happens = Text(rule, "SuccessEvent");
        var consequence = happens is null ? null : RuleConsequence.Parse(happens);
        if (consequence is null)
        {
            reader.Add(
                Get(rule, "SuccessEvent", out var field).ValueKind == JsonValueKind.Undefined ? path : $"{path}.{field}",
                $"'SuccessEvent' must say what a hit does: 'risk +1', 'risk high', 'confidence -0.10', 'class hard' or 'at most ask'; it is {(happens is null ? "missing" : $"'{happens}'")}.");
        }

        var condition = Condition(reader, rule, path, 0);
        if (condition is null || consequence is null || string.IsNullOrWhiteSpace(ruleName) || Get(rule, "Enabled", out _).ValueKind == JsonValueKind.False)
            return;
        var message = (Get(rule, "Properties", out _) is { ValueKind: JsonValueKind.Object } properties ? Text(properties, "Message") : null) ?? ruleName.Replace('_', ' ');
        rules.Add(new DecisionRule(set, ruleName, Text(rule, "Expression") ?? "", message, consequence) { Condition = condition });
    }

    private static Func<Facts, bool>? Condition(ProblemReader reader, JsonElement rule, string path, int depth)
    {
        if (rule.ValueKind != JsonValueKind.Object || depth > 16)
        {
            reader.Add(path, rule.ValueKind == JsonValueKind.Object ? "Rules are nested deeper than 16." : "A rule must be an object.");
            return null;
        }

        RefuseParams(reader, rule, path, "LocalParams", "WorkflowsToInject", "Actions");
        if (Get(rule, "Rules", out var inner) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0)
            return Nested(reader, rule, path, depth, list, inner);

        var text = Text(rule, "Expression");
        if (string.IsNullOrWhiteSpace(text))
        {
            reader.Add(path, "A rule needs an 'Expression' or inner 'Rules'.");
            return null;
        }

        try
        {
            return ExpressionCompiler.Compile<bool>(text, DecisionFacts.Layout);
        }
        catch (ExpressionSyntaxException exception)
        {
            Get(rule, "Expression", out var field);
            foreach (var error in exception.Errors)
                reader.Add($"{path}.{field}", $"'{text}' {error}");
            return null;
        }
    }

    private static Func<Facts, bool>? Nested(ProblemReader reader, JsonElement rule, string path, int depth, JsonElement list, string inner)
    {
        var any = Text(rule, "Operator")?.ToUpperInvariant() switch
        {
            "OR" or "ORELSE" => true,
            "AND" or "ANDALSO" => false,
            _ => (bool?)null,
        };
        if (any is null)
            reader.Add(path, "A rule with inner rules needs an 'Operator': And, AndAlso, Or or OrElse.");
        List<Func<Facts, bool>?> conditions = [];
        var index = 0;
        foreach (var item in list.EnumerateArray())
        {
            // Checked even when switched off, so that switching it on cannot break a running system.
            var condition = Condition(reader, item, $"{path}.{inner}[{index++}]", depth + 1);
            if (Get(item, "Enabled", out _).ValueKind != JsonValueKind.False)
                conditions.Add(condition);
        }

        // Whether it should always hit or never is not said, and never would quietly take a guard away.
        if (conditions.Count == 0)
            reader.Add($"{path}.{inner}", "All inner rules are switched off, so nothing is left to compare. Set 'Enabled' of the rule itself to false instead.");
        if (any is null || conditions.Count == 0 || conditions.Contains(null))
            return null;
        Func<Facts, bool>[] all = [.. conditions.OfType<Func<Facts, bool>>()];
        return any.Value ? facts => Array.Exists(all, one => one(facts)) : facts => Array.TrueForAll(all, one => one(facts));
    }

    /// <summary>What RulesEngine has and a decision does not use is refused, not ignored: ignoring half a rule makes another rule of it.</summary>
    private static void RefuseParams(ProblemReader reader, JsonElement element, string path, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            var value = Get(element, name, out var field);
            var used = value.ValueKind switch
            {
                JsonValueKind.Array => value.GetArrayLength() > 0,
                JsonValueKind.Object => value.EnumerateObject().Any(),
                _ => false,
            };
            if (used)
                reader.Add($"{path}.{field}", $"Decision rules do not use '{name}'; write it into the expression.");
        }
    }

    private static string? Text(JsonElement element, string name) => Get(element, name, out _) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static JsonElement Get(JsonElement element, string name, out string found)
    {
        found = name;
        if (element.ValueKind != JsonValueKind.Object)
            return default;
        foreach (var field in element.EnumerateObject())
        {
            if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                found = field.Name;
                return field.Value;
            }
        }

        return default;
    }
}
