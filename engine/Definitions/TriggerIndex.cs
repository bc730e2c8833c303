using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Behaviors;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Definitions;

/// <summary>An activity of a published definition that starts it.</summary>
/// <param name="Id">Derived: "versionId/activityId" and the method for HTTP.</param>
/// <param name="Name">The stimulus: "Elsa.HttpEndpoint", "Elsa.Cron", "Elsa.Event", ...</param>
/// <param name="Hash">Of name and payload, as bookmarks have it (FORMATS 2.6); what a stimulus is looked up by.</param>
/// <param name="Payload">Elsa's: {path, method}, {cronExpression}, {interval}, {dateTime}, {eventName}; all evaluated inputs for others.</param>
internal sealed record WorkflowTrigger(string Id, string DefinitionId, string DefinitionVersionId, int DefinitionVersion, string ActivityId, string Name, string Hash, JsonObject Payload);

/// <summary>Something a trigger cannot be made of.</summary>
/// <param name="Field">The input at fault, as the activity's JSON has it.</param>
internal sealed record TriggerProblem(string ActivityId, string Field, string Message);

/// <summary>Finds what starts a definition. Only values that are known without a run count: literals, JSON and objects.</summary>
internal static class TriggerIndex
{
    public static (IReadOnlyList<WorkflowTrigger> Triggers, IReadOnlyList<TriggerProblem> Problems) Of(WorkflowDefinition definition, Func<string, bool> isTrigger)
    {
        List<WorkflowTrigger> triggers = [];
        List<TriggerProblem> problems = [];
        foreach (var activity in definition.Activities().Where(activity => activity.CanStartWorkflow && isTrigger(activity.Type)))
            foreach (var (suffix, payload) in Payloads(activity, problems))
                triggers.Add(new WorkflowTrigger(
                    $"{definition.Id}/{activity.Id}{suffix}", definition.DefinitionId, definition.Id, definition.Version, activity.Id, activity.Type, Hash(activity.Type, payload), payload));
        return (triggers, problems);
    }

    /// <summary>What a stimulus is looked up by: the same hash that a bookmark of this type gets.</summary>
    internal static string Hash(string name, JsonObject payload) => name switch
    {
        "Elsa.Event" => BookmarkHash.OfEvent(payload["eventName"]?.ToString() ?? ""),
        "Elsa.HttpEndpoint" => BookmarkHash.Of(name, HttpEndpointBehavior.Payload(payload["path"]?.ToString() ?? "", payload["method"]?.ToString() ?? "get")),
        _ => BookmarkHash.Of(name, payload),
    };

    /// <summary>A path as it is compared: no slashes at the ends, lower case outside of {names}.</summary>
    public static string NormalizePath(string path) =>
        string.Join('/', path.Trim().Trim('/').Split('/').Select(part => part.StartsWith('{') ? part : part.ToLowerInvariant()));

    private static IEnumerable<(string Suffix, JsonObject Payload)> Payloads(ActivityNode activity, List<TriggerProblem> problems)
    {
        switch (activity.Type)
        {
            case "Elsa.HttpEndpoint":
                if (Text(activity, "path", problems, "a path such as hello/world") is not { } path)
                    yield break;
                foreach (var method in Methods(activity))
                    yield return ($":{method}", new JsonObject { ["path"] = NormalizePath(path), ["method"] = method });
                break;
            case "Elsa.Cron":
                if (Text(activity, "cronExpression", problems, "a cron expression such as 0 0 * * * *") is { } cron && WithZone(activity, new JsonObject { ["cronExpression"] = cron }, problems) is { } when)
                    yield return ("", when);
                break;
            case "Elsa.Timer":
                if (Text(activity, "interval", problems, "an interval such as 00:05:00") is { } interval)
                    yield return ("", new JsonObject { ["interval"] = interval });
                break;
            case "Elsa.StartAt":
                if (Text(activity, "dateTime", problems, "a date and time such as 2027-01-01T00:00:00Z") is { } at)
                    yield return ("", new JsonObject { ["dateTime"] = at });
                break;
            case "Elsa.Event":
                if (Text(activity, "eventName", problems, "the name of an event") is { } name)
                    yield return ("", new JsonObject { ["eventName"] = name });
                break;
            default:
                yield return ("", new JsonObject(activity.Inputs.Select(input => KeyValuePair.Create(input.Key, Known(input.Value))).Where(input => input.Value is not null)));
                break;
        }
    }

    /// <summary>Elsa's cron is always UTC; a zone is ours, so a definition without one stays as Elsa has it. Null, and a problem, for what is no zone: nothing may fire at another hour than meant.</summary>
    private static JsonObject? WithZone(ActivityNode activity, JsonObject payload, List<TriggerProblem> problems)
    {
        if (activity.Inputs.GetValueOrDefault("timeZone") is not { Expression: { } expression } input || expression.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return payload;
        var zone = Known(input)?.ToString().Trim();
        if (expression.Type is not ("Literal" or "Object" or "Json"))
        {
            problems.Add(new TriggerProblem(activity.Id, "timeZone", $"'timeZone' of the trigger '{activity.Id}' is a {expression.Type} expression, which has no value before a run. Give it an IANA name such as Europe/Berlin as a literal."));
            return null;
        }

        if (string.IsNullOrEmpty(zone))
            return payload;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            problems.Add(new TriggerProblem(activity.Id, "timeZone", $"'timeZone' of the trigger '{activity.Id}' is \"{zone}\", which is not a time zone. Write an IANA name such as Europe/Berlin, or leave it empty for UTC."));
            return null;
        }

        payload["timeZone"] = zone;
        return payload;
    }

    private static string[] Methods(ActivityNode activity)
    {
        var value = activity.Inputs.TryGetValue("supportedMethods", out var input) ? Known(input) : null;
        var methods = value switch
        {
            JsonArray list => list.Select(item => item?.ToString()).OfType<string>().ToArray(),
            JsonValue text when text.ToString() is { Length: > 0 } one => [one],
            _ => [],
        };
        return methods.Length == 0 ? ["get"] : [.. methods.Select(method => method.ToLowerInvariant()).Distinct().Order()];
    }

    private static string? Text(ActivityNode activity, string field, List<TriggerProblem> problems, string wanted)
    {
        var input = activity.Inputs.GetValueOrDefault(field);
        if (input?.Expression is { } expression && Known(input) is null && expression.Value.ValueKind != JsonValueKind.Undefined && expression.Type is not ("Literal" or "Object" or "Json"))
        {
            problems.Add(new TriggerProblem(activity.Id, field, $"'{field}' of the trigger '{activity.Id}' is a {expression.Type} expression, which has no value before a run. Give it {wanted} as a literal."));
            return null;
        }

        if (input is not null && Known(input)?.ToString() is { } text && !string.IsNullOrWhiteSpace(text))
            return text.Trim();
        problems.Add(new TriggerProblem(activity.Id, field, $"The trigger '{activity.Id}' ({activity.Type}) has no '{field}'. Give it {wanted}, or untick that it starts the workflow."));
        return null;
    }

    /// <summary>The value of an input where it is known without a run; null otherwise.</summary>
    private static JsonNode? Known(ActivityInput input)
    {
        if (input.Expression is not { Type: "Literal" or "Object" or "Json" } expression || expression.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return null;
        if (expression.Value.ValueKind != JsonValueKind.String)
            return JsonNode.Parse(expression.Value.GetRawText());
        var text = expression.Value.GetString()!;
        if (expression.Type == "Literal" && !text.TrimStart().StartsWith('['))
            return JsonValue.Create(text);
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
