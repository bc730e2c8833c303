using System.Text.Json;
using Homelab.Engine.Definitions;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Maintenance;

/// <summary>What a published workflow says of its own runs: <c>customProperties.retention { "days": 7, "count": 20 }</c>. What it leaves out is as the settings have it.</summary>
/// <param name="Days">Older finished runs go.</param>
/// <param name="Count">The newest that stay however old they are.</param>
internal sealed record RetentionRule(int Days, int Count)
{
    private const string Property = "retention";

    /// <summary>By definition id; those without a rule are left out. One that cannot be read counts as none: it keeps, as the settings say, rather than removes.</summary>
    public static IReadOnlyDictionary<string, RetentionRule> All(DefinitionSnapshot snapshot, RetentionSettings settings) => snapshot.Published.Values
        .Select(stored => (stored.DefinitionId, Rule: Of(stored.Definition, settings)))
        .Where(pair => pair.Rule is not null)
        .ToDictionary(pair => pair.DefinitionId, pair => pair.Rule!);

    public static RetentionRule? Of(WorkflowDefinition definition, RetentionSettings settings) =>
        definition.CustomProperties.TryGetValue(Property, out var rule) && rule.ValueKind == JsonValueKind.Object
        && TryRead(rule, "days", 1, settings.Days, out var days) && TryRead(rule, "count", 0, settings.KeepPerWorkflow, out var count)
            ? new RetentionRule(days, count)
            : null;

    /// <summary>Why it cannot be read; null when it can, or when there is none.</summary>
    public static string? Problem(WorkflowDefinition definition) => definition.CustomProperties.TryGetValue(Property, out var rule) && rule.ValueKind != JsonValueKind.Null && Of(definition, new()) is null
        ? $"The retention is {rule.GetRawText()}; write {{ \"days\": 7, \"count\": 20 }} with whole numbers, days from 1 and count from 0, or leave one of them out."
        : null;

    private static bool TryRead(JsonElement rule, string name, int least, int otherwise, out int value)
    {
        value = otherwise;
        return !rule.TryGetProperty(name, out var given) || (given.ValueKind == JsonValueKind.Number && given.TryGetInt32(out value) && value >= least);
    }
}
