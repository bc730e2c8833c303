using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Definitions;

namespace Homelab.Engine.Api.Elsa.Descriptors;

/// <summary>Everything the palette offers: Elsa's own activities, the catalogue's, and published workflows that are usable as activities.</summary>
internal sealed class ActivityDescriptions(DefinitionCatalog definitions, DefinitionTypes types)
{
    private readonly StudioActivity[] _fixed = [.. BuiltInDescriptors.All, .. types.Catalog.Where(activity => !BuiltInDescriptors.All.Any(known => known.TypeName == activity.TypeName)).Select(CatalogDescriptors.Describe)];

    public IReadOnlyList<StudioActivity> All() => [.. _fixed.Concat(definitions.Current.Activities.Values.Select(stored => Describe(stored, stored))).OrderBy(activity => activity.Category, StringComparer.Ordinal).ThenBy(activity => activity.DisplayName, StringComparer.Ordinal)];

    /// <summary>The same with every version of the workflows among them: Studio cannot show an activity whose version is not described. A number that no version has any more is described as the latest, which runs in its place.</summary>
    public async Task<IReadOnlyList<StudioActivity>> VersionsAsync(DefinitionService store, CancellationToken cancellationToken)
    {
        List<StudioActivity> result = [.. All()];
        foreach (var (type, latest) in definitions.Current.Activities)
        {
            var versions = latest.Version > 1 ? await store.VersionsAsync(latest.DefinitionId, cancellationToken) : [];
            var described = versions.Where(stored => stored.Definition.ActivityTypeName == type && stored.Version != latest.Version).ToDictionary(stored => stored.Version, stored => Describe(stored, latest));
            result.AddRange(described.Values);
            result.AddRange(Enumerable.Range(1, latest.Version - 1).Where(version => !described.ContainsKey(version)).Select(version => Describe(latest, latest) with { Version = version }));
        }

        return result;
    }

    public StudioActivity? Find(string typeName) => All().FirstOrDefault(activity => activity.TypeName == typeName);

    private static StudioActivity Describe(StoredDefinition stored, StoredDefinition latest)
    {
        var definition = stored.Definition;
        return new StudioActivity
        {
            TypeName = definition.ActivityTypeName!,
            Version = stored.Version,
            Category = definition.Options.ActivityCategory ?? "Workflows",
            DisplayName = definition.Name!,
            Description = definition.Description,
            Inputs = [.. definition.Inputs.Select((input, index) => new StudioInput
            {
                Name = input.Name,
                TypeName = input.IsArray ? $"{input.Type ?? "Object"}[]" : input.Type ?? "Object",
                DisplayName = input.DisplayName ?? input.Name,
                Description = input.Description,
                Order = index,
                IsSynthetic = true,
                UiHint = string.IsNullOrEmpty(input.UIHint) ? "singleline" : input.UIHint,
                Category = string.IsNullOrEmpty(input.Category) ? null : input.Category,
                DefaultValue = input.Extra.TryGetValue("defaultValue", out var value) && value.ValueKind != JsonValueKind.Null ? JsonNode.Parse(value.GetRawText()) : null,
            })],
            Outputs = [.. definition.Outputs.Select((output, index) => new StudioOutput
            {
                Name = output.Name, TypeName = output.Type ?? "Object", DisplayName = output.DisplayName ?? output.Name, Description = output.Description, Order = index, IsSynthetic = true,
            })],
            Ports = [.. definition.Outcomes.Select(outcome => new StudioPort(outcome, outcome, "Flow"))],
            CustomProperties = new JsonObject { ["RootType"] = "WorkflowDefinitionActivity" },
            ConstructionProperties = new JsonObject
            {
                ["WorkflowDefinitionId"] = definition.DefinitionId,
                ["WorkflowDefinitionVersionId"] = definition.Id,
                ["LatestAvailablePublishedVersion"] = latest.Version,
                ["LatestAvailablePublishedVersionId"] = latest.Id,
            },
        };
    }
}
