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

    /// <summary>An activity of the catalogue, or a workflow used as one. Elsa's own are not looked for.</summary>
    public bool IsKnown(ActivityNode activity, DefinitionSnapshot snapshot) =>
        _catalog.ContainsKey(activity.Type) || activity.RawText("workflowDefinitionId") is not null || snapshot.Activities.ContainsKey(activity.Type);

    /// <summary>As Elsa shows a definition: a placeholder in the place of each activity that is not installed.</summary>
    public ActivityNode WithPlaceholders(ActivityNode activity, DefinitionSnapshot snapshot) => BuiltInActivities.Find(activity.Type) is null && !IsKnown(activity, snapshot)
        ? MissingActivity.Placeholder(activity)
        : activity.WithChildren(child => WithPlaceholders(child, snapshot));
}
