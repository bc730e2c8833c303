using System.Text.Json;

namespace Homelab.Activities;

internal static class Undo
{
    /// <summary>An undo step from the typed input of the other activity.</summary>
    public static UndoStep By<TInput>(string activityId, TInput input)
        where TInput : class => new(activityId, JsonSerializer.SerializeToElement(input, ActivityJson.Strict));
}
