using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Compiling;
using Homelab.Workflows.Definitions;

namespace Homelab.Tests.Engine.Runs;

/// <summary>Small definitions for tests, and the parts that run them.</summary>
internal static class Flow
{
    private static readonly JavaScriptEngines JavaScript = new(TimeProvider.System);

    public static ExpressionCompiler Expressions { get; } = new(JavaScript, new NCalcEvaluator());

    public static DefinitionCompiler Compiler { get; } = new(Expressions, JavaScript);

    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static JsonObject Activity(string id, string type, params (string Name, JsonNode? Value)[] properties)
    {
        var result = new JsonObject { ["id"] = id, ["name"] = id, ["type"] = type, ["version"] = 1 };
        foreach (var (name, value) in properties)
            result[name] = value;
        return result;
    }

    public static JsonObject Value(string type, JsonNode? value) => new() { ["typeName"] = "Object", ["expression"] = new JsonObject { ["type"] = type, ["value"] = value } };

    public static JsonObject Line(string id, string? text = null) => Activity(id, "Elsa.WriteLine", ("text", Value("Literal", text ?? id)));

    public static JsonObject Chart(IEnumerable<JsonObject> activities, params string[] connections) => new()
    {
        ["id"] = "chart",
        ["type"] = "Elsa.Flowchart",
        ["activities"] = new JsonArray([.. activities]),
        ["connections"] = new JsonArray([.. connections.Select(Connect)]),
    };

    public static JsonObject Sequence(params JsonObject[] activities) => new()
    {
        ["id"] = "sequence",
        ["type"] = "Elsa.Sequence",
        ["activities"] = new JsonArray([.. activities]),
    };

    public static WorkflowDefinition Definition(JsonObject root, params (string Name, string Type, string? Value)[] variables) => WorkflowJson.Read(new JsonObject
    {
        ["id"] = "v1",
        ["definitionId"] = "test",
        ["name"] = "test",
        ["isPublished"] = true,
        ["variables"] = new JsonArray([.. variables.Select(variable => (JsonNode)new JsonObject { ["id"] = "id-" + variable.Name, ["name"] = variable.Name, ["typeName"] = variable.Type, ["value"] = variable.Value })]),
        ["root"] = root,
    }.ToJsonString());

    public static CompiledDefinition Compile(WorkflowDefinition definition, Func<string, Homelab.Activities.ActivityDescriptor?>? catalogue = null) => Compiler.Compile(definition, new Lookup(catalogue));

    public static (CompiledDefinition Definition, Decision Decision) Start(WorkflowDefinition definition, RunEvent.Start? start = null, Func<string, Homelab.Activities.ActivityDescriptor?>? catalogue = null)
    {
        var compiled = Compile(definition, catalogue);
        return (compiled, Decider.Decide(compiled, Decider.Create(compiled, new RunId("0193a"), Now), start ?? new RunEvent.Start([]), Now));
    }

    public static Homelab.Activities.ActivityDescriptor Tool(string type) => new()
    {
        Id = type,
        TypeName = type,
        Tool = "Test",
        DisplayName = type,
        Description = type,
        Effect = Homelab.Activities.Effect.Reversible,
        InputSchema = [],
        OutputSchema = [],
        SecretInputs = new HashSet<string> { "password" },
    };

    /// <summary>"a:Done->b".</summary>
    private static JsonNode Connect(string text)
    {
        var ends = text.Split("->");
        var source = ends[0].Split(':');
        return new JsonObject
        {
            ["source"] = new JsonObject { ["activity"] = source[0], ["port"] = source.Length > 1 ? source[1] : "Done" },
            ["target"] = new JsonObject { ["activity"] = ends[1], ["port"] = "In" },
        };
    }

    private sealed class Lookup(Func<string, Homelab.Activities.ActivityDescriptor?>? catalogue) : IDefinitionLookup
    {
        public WorkflowDefinition? FindComposite(string activityType, int version, string? definitionId, string? definitionVersionId) => null;

        public Homelab.Activities.ActivityDescriptor? FindActivity(string activityType) => catalogue?.Invoke(activityType);
    }
}
