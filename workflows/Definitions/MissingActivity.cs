using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>Elsa's placeholder: what stands in a definition for an activity whose type is not installed, with the original as text in it.</summary>
public static class MissingActivity
{
    public const string TypeName = "Elsa.NotFoundActivity";

    private const string DisplayText = "displayText";
    private const string OriginalJson = "originalActivityJson";

    /// <summary>The placeholder of <paramref name="missing"/>, at the same place under the same id.</summary>
    public static ActivityNode Placeholder(ActivityNode missing) => new()
    {
        Id = missing.Id,
        NodeId = missing.NodeId,
        Name = missing.Name,
        Type = TypeName,
        CustomProperties = missing.CustomProperties,
        Metadata = missing.Metadata.ContainsKey(DisplayText) ? missing.Metadata : missing.Metadata.SetItem(DisplayText, Text(DisplayOf(missing.Type))),
        Extra = ActivityNode.EmptyExtra
            .SetItem("missingTypeName", Text(missing.Type))
            .SetItem("missingTypeVersion", JsonSerializer.SerializeToElement(missing.Version))
            .SetItem(OriginalJson, Text(WorkflowJson.ToElement(missing with { NodeId = null }).GetRawText())),
    };

    /// <summary>What a placeholder stands for, where the placeholder was moved or renamed to; null when it does not say.</summary>
    public static ActivityNode? Original(ActivityNode placeholder)
    {
        if (placeholder.Type != TypeName || placeholder.RawText(OriginalJson) is not { } json)
            return null;
        try
        {
            using var document = JsonDocument.Parse(json);
            var original = WorkflowJson.ReadActivity(document.RootElement);
            var metadata = original.Metadata.SetItems(placeholder.Metadata);
            if (metadata.TryGetValue(DisplayText, out var display) && display.ToString() == DisplayOf(original.Type))
                metadata = original.Metadata.TryGetValue(DisplayText, out var own) ? metadata.SetItem(DisplayText, own) : metadata.Remove(DisplayText);
            return original with { Id = placeholder.Id, Name = placeholder.Name ?? original.Name, Metadata = metadata };
        }
        catch (Exception error) when (error is JsonException or WorkflowJsonException)
        {
            return null;
        }
    }

    /// <summary>The same tree with the originals in the places of their placeholders.</summary>
    public static ActivityNode Restore(ActivityNode activity) => Original(activity) ?? activity.WithChildren(Restore);

    private static string DisplayOf(string type) => $"Not found: {type}";

    private static JsonElement Text(string text) => JsonSerializer.SerializeToElement(text);
}
