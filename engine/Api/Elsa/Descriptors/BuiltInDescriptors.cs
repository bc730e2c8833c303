using System.Text.Json.Nodes;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Api.Elsa.Descriptors;

/// <summary>
/// Elsa's own activities as Studio wants them: what they are comes from <see cref="BuiltInActivities"/>, how they are shown from <see cref="BuiltInWords"/>.
/// What has no words is read and kept, but not offered, because the engine does not do it.
/// </summary>
internal static class BuiltInDescriptors
{
    /// <summary>By type name.</summary>
    public static IReadOnlyList<StudioActivity> All { get; } =
        [.. BuiltInActivities.All.Where(activity => BuiltInWords.All.ContainsKey(activity.TypeName)).Select(activity => Describe(activity, BuiltInWords.All[activity.TypeName])).OrderBy(activity => activity.TypeName, StringComparer.Ordinal)];

    internal static JsonObject DropDown(IEnumerable<string> choices) => Specification("dropdown", new() { ["selectList"] = new JsonObject { ["items"] = Items(choices) } });

    internal static JsonArray Items(IEnumerable<string> choices) => [.. choices.Select(choice => new JsonObject { ["text"] = choice, ["value"] = choice })];

    internal static JsonObject Specification(string name, JsonObject value) => new() { [name] = value };

    private static StudioActivity Describe(BuiltInActivity activity, BuiltInWords words) => new()
    {
        TypeName = activity.TypeName,
        Category = activity.Category,
        DisplayName = activity.DisplayName,
        Description = words.Description,
        Kind = activity.Kind.ToString(),
        Inputs = [.. words.Fields.Select((field, index) => activity.Input(field.Name) is { } input ? Input(input, field.Words, index) : null).OfType<StudioInput>()],
        Outputs = [.. activity.Outputs.Where(output => words.Fields.Any(field => field.Name == output.Name)).Select(output => Output(output, words.Fields.First(field => field.Name == output.Name).Words))],
        Ports =
        [
            .. activity.EmbeddedPorts.Select(port => new StudioPort(port, StudioActivity.Words(port), "Embedded")),
            .. activity.FlowPorts.Select(port => new StudioPort(port, port, "Flow")),
            .. words.HiddenPort is { } hidden ? [new StudioPort(hidden, hidden, "Embedded", IsBrowsable: false)] : Array.Empty<StudioPort>(),
        ],
        CustomProperties = words.Resilient ? new() { ["Type"] = activity.TypeName, ["Resilient"] = true, ["ResilienceCategory"] = "HTTP" } : new() { ["Type"] = activity.TypeName },
        IsContainer = activity.IsContainer,
        IsBrowsable = activity.IsBrowsable,
        IsStart = activity.IsStart,
        IsTerminal = activity.IsTerminal,
    };

    private static StudioInput Input(BuiltInInput input, FieldWords words, int order) => new()
    {
        Name = input.Name,
        TypeName = TypeName(input.TypeName),
        DisplayName = input.DisplayName ?? StudioActivity.Words(input.Name),
        Description = words.Text is null ? null : input.IsRequired ? $"{words.Text} Required." : words.Text,
        Order = order,
        IsWrapped = !input.IsRaw,
        AutoEvaluate = input.AutoEvaluate,
        UiHint = words.Hint ?? input.UIHint,
        Category = words.Category,
        DefaultValue = words.Default is { } shown ? JsonNode.Parse(shown) : input.Default is { } value ? JsonNode.Parse(value) : null,
        DefaultSyntax = words.Syntax,
        IsSensitive = words.IsSecret,
        UiSpecifications = (words.Hint ?? input.UIHint, words.Choices) switch
        {
            ("dropdown", { } choices) => DropDown(choices),
            ("checklist", { } choices) => Specification("checklist", new() { ["checkList"] = new JsonObject { ["items"] = Items(choices), ["isFlagsEnum"] = false } }),
            ("json-editor", _) => Specification("code-editor", new() { ["language"] = "json" }),
            ("code-editor", _) => Specification("code-editor", new() { ["language"] = "javascript" }),
            _ when words.Before is { } before => Specification("singleline", new() { ["adornmentText"] = before, ["enableCopyAdornment"] = true }),
            _ => [],
        },
    };

    private static StudioOutput Output(BuiltInOutput output, FieldWords words) => new()
    {
        Name = output.Name, TypeName = TypeName(output.TypeName), DisplayName = StudioActivity.Words(output.Name), Description = words.Text,
    };

    /// <summary>The names Studio knows; aliases are the same in both (FORMATS 1.6).</summary>
    private static string TypeName(string alias) => alias switch
    {
        "ExecuteWorkflowResult" => "Elsa.Workflows.Runtime.ExecuteWorkflowResult, Elsa.Workflows.Runtime",
        "FlowJoinMode" => "Elsa.Workflows.Activities.Flowchart.Models.FlowJoinMode, Elsa.Workflows.Core",
        "FlowSwitchCases" => Collection("Elsa.Workflows.Activities.Flowchart.Models.FlowSwitchCase, Elsa.Workflows.Core"),
        "ForkJoinMode" => "Elsa.Workflows.ForkJoinMode, Elsa.Workflows.Core",
        "HttpStatusCode" => "System.Net.HttpStatusCode, System.Net.Primitives",
        "HttpStatusCodeCases" => Collection("Elsa.Http.HttpStatusCodeCase, Elsa.Http"),
        "SwitchCases" => Collection("Elsa.Workflows.Activities.SwitchCase, Elsa.Workflows.Core"),
        "SwitchMode" => "Elsa.Workflows.SwitchMode, Elsa.Workflows.Core",
        "Uri" => "System.Uri, System.Private.Uri",
        "Variable" => "Elsa.Workflows.Memory.Variable, Elsa.Workflows.Core",
        _ => alias,
    };

    private static string Collection(string item) => $"System.Collections.Generic.ICollection`1[[{item}]], System.Private.CoreLib";
}
