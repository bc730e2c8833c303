using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Homelab.Engine.Playbooks;

namespace Homelab.Engine.Remediation;

/// <summary>One activity as it is drawn: its type and its inputs as Elsa writes them.</summary>
internal sealed record PlanNode(string TypeName, IReadOnlyList<(string Name, JsonNode? Value)> Inputs)
{
    public static PlanNode Of(ActivityDescriptor activity, JsonObject input)
    {
        var given = input.Where(field => field.Value is not null).ToList();
        return Reserved(input).Any()
            ? new PlanNode(
                ControlActivity.Read.TypeName,
                [("activity", Value(JsonValue.Create(activity.Id))), ("input", Value(new JsonObject(given.Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())))))])
            : new PlanNode(activity.TypeName, [.. given.Select(field => (field.Key, Value(field.Value)))]);
    }

    /// <summary>Beside its inputs an activity of a workflow has these: an input of the same name could not be told apart.</summary>
    public static IEnumerable<string> Reserved(JsonObject input) =>
        input.Select(field => field.Key).Where(name => name is "id" or "name" or "nodeId" or "type" or "version" or "metadata" or "customProperties");

    /// <summary>A template becomes the NCalc expression that it stands for; anything else stays as it is.</summary>
    public static JsonNode? Value(JsonNode? value) => value switch
    {
        _ when Template.Is(value) => PlanCompiler.Value("Object", "NCalc", Template.ToExpression(value)),
        JsonValue text when text.GetValueKind() == JsonValueKind.String => PlanCompiler.Value("String", "Literal", text.GetValue<string>()),
        _ => PlanCompiler.Value("Object", "Object", value?.ToJsonString()),
    };
}

/// <param name="Expression">As Elsa writes an input.</param>
internal sealed record DrawnVerification(PlanNode Read, JsonNode? Expression, JsonObject? Given, double EverySeconds, double WithinSeconds, double AfterSeconds = 0);

/// <param name="Read">Null where nothing is read for it.</param>
/// <param name="As">The variable that the output goes into.</param>
/// <param name="Expression">NCalc over the variables; null where it only reads.</param>
internal sealed record DrawnNeed(PlanNode? Read, string As, string? Expression, string Because);

/// <summary>All that is drawn of a playbook.</summary>
/// <param name="Set">Variables set first.</param>
internal sealed record DrawnPlaybook(
    string Id, string Title, string Description, IReadOnlyList<string> Inputs, IReadOnlyList<string> Variables, IReadOnlyList<(string Name, JsonNode Value)> Set, IReadOnlyList<DrawnNeed> Needs,
    IReadOnlyList<(PlanRole Role, PlanNode Node)> Steps, DrawnVerification Verify, PlanWayBack WayBack);
