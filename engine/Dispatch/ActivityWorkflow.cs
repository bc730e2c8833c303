using System.Collections.Immutable;
using System.Text.Json;
using Homelab.Activities;
using Homelab.Workflows.Definitions;
using ActivityInput = Homelab.Workflows.Definitions.ActivityInput;

namespace Homelab.Engine.Dispatch;

/// <summary>
/// The workflow that a single activity is when somebody runs it by hand: one step whose inputs are the run's. It is in no store and is never published;
/// the run is as any other, with journal, gate, approvals and recovery.
/// </summary>
internal static class ActivityWorkflow
{
    public const string Prefix = "activity:";

    /// <summary>Id of the one step in the definition.</summary>
    public const string Step = "step";

    /// <summary>Its definition id, and its version's.</summary>
    public static string IdOf(ActivityDescriptor activity) => Prefix + activity.Id;

    /// <summary>Null for an id that is not of this kind, or of an activity that there is not (any more).</summary>
    public static WorkflowDefinition? Find(string id, ActivityCatalog catalog) =>
        id.StartsWith(Prefix, StringComparison.Ordinal) && catalog.TryFind(id[Prefix.Length..], out var invoker) && IdOf(invoker.Descriptor) == id
            ? Of(invoker.Descriptor)
            : null;

    private static WorkflowDefinition Of(ActivityDescriptor activity)
    {
        var names = (activity.InputSchema["properties"]?.AsObject() ?? []).Select(property => property.Key).ToList();
        return new()
        {
            Id = IdOf(activity),
            DefinitionId = IdOf(activity),
            Name = activity.DisplayName,
            Version = activity.Version,
            IsLatest = true,
            IsPublished = true,
            IsReadonly = true,
            Inputs = [.. names.Select(name => new InputDefinition { Name = name, Type = "Object" })],
            Root = new ActivityNode
            {
                Id = Step,
                Name = activity.DisplayName,
                Type = activity.TypeName,
                Version = activity.Version,
                Inputs = ImmutableDictionary.CreateRange(StringComparer.OrdinalIgnoreCase, names.Select(name => KeyValuePair.Create(
                    name, new ActivityInput { TypeName = "Object", Expression = new Expression("Input", JsonSerializer.SerializeToElement(new { name })) }))),
            },
        };
    }
}
