using Homelab.Activities;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>Which activity types there are: Elsa's own, those of the catalogue, and in a snapshot the workflows used as activities.</summary>
internal sealed class DefinitionTypes(IEnumerable<ActivityDescriptor> catalog)
{
    private readonly Dictionary<string, ActivityDescriptor> _catalog = catalog.GroupBy(descriptor => descriptor.TypeName).ToDictionary(group => group.Key, group => group.First());

    public IEnumerable<ActivityDescriptor> Catalog => _catalog.Values;

    public ActivityDescriptor? Find(string type) => _catalog.GetValueOrDefault(type);

    public bool IsTrigger(string type) => BuiltInActivities.Find(type)?.Kind == ActivityKind.Trigger;

    public bool Exists(string type, DefinitionSnapshot snapshot) => BuiltInActivities.Find(type) is not null || _catalog.ContainsKey(type) || snapshot.Activities.ContainsKey(type);
}
