using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>Whether a value goes into the journal: said by name, or by an expression that gives the name when the activity runs.</summary>
/// <param name="Keeps">Null: as what is around it.</param>
public sealed record LogMode(bool? Keeps, Expression? Expression)
{
    /// <summary>A mode by name or by its number in Elsa; a strategy's type name has the mode's in it.</summary>
    /// <param name="keeps">Null for Inherit.</param>
    /// <returns>False: it is none.</returns>
    public static bool TryParse(string? text, out bool? keeps)
    {
        var name = text?.Split(',')[0].Split('.')[^1].Trim().ToUpperInvariant();
        keeps = name switch { "EXCLUDE" or "2" => false, "INCLUDE" or "1" => true, _ => null };
        return keeps is not null || name is "INHERIT" or "0";
    }
}

/// <summary>What a workflow or an activity says of the journal: <c>logPersistenceConfig</c>, and what Elsa had before it, <c>logPersistenceMode</c>: {default, inputs{}, outputs{}}.</summary>
public static class LogPersistence
{
    private static readonly string[] Keys = ["logPersistenceConfig", "logPersistenceMode"];

    public static LogMode Default(ImmutableDictionary<string, JsonElement> properties) =>
        Configs(properties).Select(config => Fields.TryGet(config, "default", out var mode) ? Read(mode) : null).FirstOrDefault(mode => mode is not null) ?? new LogMode(null, null);

    /// <summary>By the name of the input or output, without regard to case.</summary>
    /// <param name="section">inputs or outputs.</param>
    public static IReadOnlyDictionary<string, LogMode> Modes(ImmutableDictionary<string, JsonElement> properties, string section)
    {
        var result = new Dictionary<string, LogMode>(StringComparer.OrdinalIgnoreCase);
        foreach (var config in Configs(properties))
            if (Fields.TryGet(config, section, out var modes) && modes.ValueKind == JsonValueKind.Object)
                foreach (var entry in modes.EnumerateObject())
                    if (Read(entry.Value) is { } mode)
                        result.TryAdd(entry.Name, mode);
        return result;
    }

    /// <summary>Every expression among them, with where it is.</summary>
    public static IEnumerable<(string Field, Expression Expression)> Expressions(ImmutableDictionary<string, JsonElement> properties) =>
        new[] { KeyValuePair.Create("default", Default(properties)) }
            .Concat(from section in (string[])["inputs", "outputs"] from mode in Modes(properties, section) select KeyValuePair.Create($"{section}.{mode.Key}", mode.Value))
            .Where(mode => mode.Value.Expression is not null)
            .Select(mode => ($"{Keys[0]}.{mode.Key}", mode.Value.Expression!)); // filtered above

    private static IEnumerable<JsonElement> Configs(ImmutableDictionary<string, JsonElement> properties)
    {
        foreach (var key in Keys)
            if (properties.TryGetValue(key, out var config) && config.ValueKind == JsonValueKind.Object)
                yield return config;
    }

    private static LogMode? Read(JsonElement json)
    {
        if (json.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined)
            return null;
        if (json.ValueKind != JsonValueKind.Object)
            return new LogMode(Named(json.ToString()), null);
        if (Expression.Chosen(json, "evaluationMode") is { } expression)
            return new LogMode(null, expression);
        return new LogMode(Fields.TryGet(json, "strategyType", out var strategy) ? Named(strategy.ToString()) : null, null);
    }

    private static bool? Named(string text) => LogMode.TryParse(text, out var keeps) ? keeps : null;
}
