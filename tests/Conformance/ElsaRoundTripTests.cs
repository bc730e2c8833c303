using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Workflows.Definitions;
using Xunit;

namespace Homelab.Tests.Conformance;

/// <summary>Every recorded definition, read and written: the same meaning.</summary>
[Trait("Category", "Conformance")]
public sealed class ElsaRoundTripTests
{
    public static TheoryData<string> Files()
    {
        var data = new TheoryData<string>();
        if (ConformanceFolder.MissingReason("elsa") is null)
            foreach (var file in Directory.GetFiles(ConformanceFolder.Path("elsa"), "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                if (!file.EndsWith("cases.json", StringComparison.Ordinal))
                    data.Add(Path.GetRelativePath(ConformanceFolder.Path("elsa"), file));
        return data;
    }

    [ConformanceTheory("elsa")]
    [MemberData(nameof(Files))]
    public void Write_WhatWasRead_MeansTheSame(string file)
    {
        var bytes = File.ReadAllBytes(ConformanceFolder.Path("elsa/" + file));
        var original = JsonNode.Parse(bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsSpan(3) : bytes);
        var definition = WorkflowJson.Read(bytes);

        var written = JsonNode.Parse(WorkflowJson.Write(definition));

        // What has no id is given one.
        foreach (var id in (string[])["id", "definitionId"])
            if (original![id] is null)
                written!.AsObject().Remove(id);
        Meaning(written).Should().Be(Meaning(original));
        WorkflowJson.Write(WorkflowJson.Read(WorkflowJson.Write(definition))).Should().Be(WorkflowJson.Write(definition));
    }

    /// <summary>Names in order and lower case, nulls and defaults left out, legacy connections in today's form.</summary>
    private static string Meaning(JsonNode? node) => Normal(node, "")?.ToJsonString() ?? "null";

    private static JsonNode? Normal(JsonNode? node, string name)
    {
        switch (node)
        {
            case JsonObject fields:
                if (name == "connections" && fields.Count == 1 && fields["$values"] is JsonArray values)
                    return Normal(values, name);
                var isConnection = fields.ContainsKey("source") && fields.ContainsKey("target");
                var result = new JsonObject();
                foreach (var (key, value) in fields.Select(field => (Key: char.ToLowerInvariant(field.Key[0]) + field.Key[1..], field.Value)).OrderBy(field => field.Key, StringComparer.Ordinal))
                {
                    if (value is null || key == "$schema" || (isConnection && key is "sourcePort" or "targetPort"))
                        continue;
                    if (isConnection && key is "source" or "target" && value is JsonValue)
                    {
                        var end = new JsonObject { ["activity"] = value.DeepClone() };
                        if (fields[key + "Port"] is { } port)
                            end["port"] = port.DeepClone();
                        result[key] = end;
                        continue;
                    }

                    if (IsDefault(key, value))
                        continue;
                    result[key] = key == "createdAt" ? JsonValue.Create(DateTimeOffset.Parse((string)value!, System.Globalization.CultureInfo.InvariantCulture).ToString("O")) : Normal(value, key);
                }

                return result;
            case JsonArray items:
                return new JsonArray([.. items.Select(item => Normal(item, ""))]);
            default:
                return node?.DeepClone();
        }
    }

    private static bool IsDefault(string key, JsonNode value) => value switch
    {
        JsonArray { Count: 0 } => key is "variables" or "inputs" or "outputs" or "outcomes",
        JsonObject { Count: 0 } => key is "customProperties" or "metadata" or "options",
        JsonObject fields when key == "options" => fields.All(field => field.Key == "autoUpdateConsumingWorkflows" && field.Value?.GetValueKind() == JsonValueKind.False),
        JsonValue scalar => (key is "isReadonly" or "isSystem" or "isLatest" or "isPublished" or "isArray" && scalar.GetValueKind() == JsonValueKind.False)
            || (key == "version" && scalar.ToJsonString() == "1"),
        _ => false,
    };
}
