using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Engine.Gate;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Remediation;

/// <summary>
/// From a checked plan to the workflow that carries it out: snapshots, steps, looking until success is seen or the time is over, the way back, and what is reported in each case. Drawn
/// with the same activities as any other workflow, so it is seen, run and resumed like one.
/// </summary>
internal sealed class PlanCompiler
{
    private static readonly string[] Variables = ["check", "error", "look", "output", "until", "wayBack"];

    private readonly JsonArray _activities = [];
    private readonly JsonArray _connections = [];

    private PlanCompiler()
    {
    }

    /// <param name="readType">The type name of the verification's activity.</param>
    /// <param name="isUndo">A way back has no way back of its own: where it fails, that is said.</param>
    public static WorkflowDefinition Compile(string id, string title, IReadOnlyList<CheckedStep> steps, PlanVerification? verify, string? readType, bool isUndo)
    {
        var compiler = new PlanCompiler();
        compiler.Draw(id, steps, verify is null || readType is null ? null : (verify, readType), isUndo);
        return WorkflowJson.Read(new JsonObject
        {
            ["id"] = $"{id}:1",
            ["definitionId"] = id,
            ["name"] = title,
            ["description"] = "Made from a plan; decided as a whole when it runs.",
            ["version"] = 1,
            ["isSystem"] = true,
            ["isReadonly"] = true,
            ["variables"] = new JsonArray([.. Variables.Select(name => (JsonNode)new JsonObject { ["id"] = name, ["name"] = name, ["typeName"] = name == "until" ? "Int64" : "Object" })]),
            ["customProperties"] = new JsonObject { ["Flowchart:ExecutionMode"] = "TokenBased" },
            ["root"] = new JsonObject { ["id"] = "plan", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["activities"] = compiler._activities, ["connections"] = compiler._connections },
        }.ToJsonString());
    }

    private void Draw(string id, IReadOnlyList<CheckedStep> steps, (PlanVerification Verify, string ReadType)? verify, bool isUndo)
    {
        var snapshots = Steps(steps, PlanRole.Snapshot, "snapshot", row: 0);
        var actions = Steps(steps, PlanRole.Action, "action", row: 0);
        var rollback = Steps(steps, PlanRole.Rollback, "rollback", row: 3);
        string[] chain = [.. snapshots, .. actions];
        for (var index = 1; index < chain.Length; index++)
            Connect(chain[index - 1], "Done", chain[index]);

        if (isUndo)
        {
            var notDone = Report(id, "report-not-done", "notDone");
            foreach (var action in actions)
                Connect(action, "Failed", notDone);
            Connect(chain[^1], "Done", Report(id, "report-done", "done"));
            return;
        }

        var wayBack = rollback.Length > 0 ? Rollback(id, rollback) : UndoSteps(id);
        foreach (var snapshot in snapshots)
            Connect(snapshot, "Failed", Report(id, $"report-{snapshot}", "notStarted"));
        Add("look-back", "Homelab.Remediation.LookBack", 2, 2, [Text("plan", id)], ("result", "look"));
        Decide("has-begun", "[look.begun]", 3, 2);
        Connect("look-back", "Done", "has-begun");
        Connect("has-begun", "True", wayBack);
        Connect("has-begun", "False", Report(id, "report-not-done", "notDone"));
        foreach (var action in actions)
            Connect(action, "Failed", "look-back");
        if (verify is { } look)
            Verify(id, chain[^1], look.Verify, look.ReadType, wayBack);
        else
            Connect(chain[^1], "Done", Report(id, "report-done", "done"));
    }

    private void Verify(string id, string after, PlanVerification verify, string readType, string wayBack)
    {
        var within = (verify.WithinSeconds * 1000).ToString("0", CultureInfo.InvariantCulture);
        _activities.Add(Activity("until", "Elsa.SetVariable", 0, 1, [Variable("variable", "until"), ("value", Value("Int64", "JavaScript", $"Date.now() + {within}"))]));
        Add("read", readType, 1, 1, Inputs(new JsonObject((verify.Input ?? []).Where(field => field.Value is not null).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())))), ("result", "output"));
        _activities.Add(Activity("nothing-read", "Elsa.SetVariable", 1, 2, [Variable("variable", "output"), ("value", Value("Object", "JavaScript", "null"))]));
        Add(
            "check", "Homelab.Remediation.Check", 2, 1,
            [Text("expression", verify.Expression), ("output", Value("Object", "Variable", Reference("output"))), ("until", Value("Object", "Variable", Reference("until")))], ("result", "check"));
        Decide("is-verified", "[check.verified]", 3, 1);
        Decide("is-over", "[check.over]", 4, 1);
        var every = TimeSpan.FromSeconds(verify.EverySeconds).ToString("c", CultureInfo.InvariantCulture);
        _activities.Add(Activity("wait", "Elsa.Delay", 5, 1, [("timeSpan", Value("TimeSpan", "Literal", every))]));
        Connect(after, "Done", "until");
        Connect("until", "Done", "read");
        Connect("read", "Done", "check");
        Connect("read", "Failed", "nothing-read");
        Connect("nothing-read", "Done", "check");
        Connect("check", "Done", "is-verified");
        Connect("is-verified", "True", Report(id, "report-verified", "verified"));
        Connect("is-verified", "False", "is-over");
        Connect("is-over", "True", wayBack);
        Connect("is-over", "False", "wait");
        Connect("wait", "Done", "read");
    }

    private string Rollback(string id, string[] rollback)
    {
        var failed = Report(id, "report-rollback-failed", "rollbackFailed");
        for (var index = 0; index < rollback.Length; index++)
        {
            Connect(rollback[index], "Done", index + 1 < rollback.Length ? rollback[index + 1] : Report(id, "report-rolled-back", "rolledBack"));
            Connect(rollback[index], "Failed", failed);
        }

        return rollback[0];
    }

    /// <summary>What the steps recorded as their undo, one durable run after the other.</summary>
    private string UndoSteps(string id)
    {
        Add("undo-steps", "Homelab.Remediation.UndoSteps", 4, 3, [Text("plan", id)], ("result", "wayBack"));
        Decide("undo-finished", "[wayBack.finished]", 5, 3);
        Decide("undo-succeeded", "[wayBack.succeeded]", 6, 3);
        _activities.Add(Activity("undo-wait", "Elsa.Delay", 5, 4, [("timeSpan", Value("TimeSpan", "Literal", "00:00:02"))]));
        var failed = Report(id, "report-rollback-failed", "rollbackFailed");
        Connect("undo-steps", "Done", "undo-finished");
        Connect("undo-steps", "Failed", failed);
        Connect("undo-finished", "False", "undo-wait");
        Connect("undo-wait", "Done", "undo-steps");
        Connect("undo-finished", "True", "undo-succeeded");
        Connect("undo-succeeded", "True", Report(id, "report-rolled-back", "rolledBack"));
        Connect("undo-succeeded", "False", failed);
        return "undo-steps";
    }

    private string[] Steps(IReadOnlyList<CheckedStep> steps, PlanRole role, string name, int row)
    {
        var mine = steps.Where(step => step.Step.Role == role).ToList();
        for (var index = 0; index < mine.Count; index++)
            Add($"{name}{index + 1}", mine[index].Descriptor.TypeName, index + (role == PlanRole.Action ? steps.Count(step => step.Step.Role == PlanRole.Snapshot) : 0), row, Inputs(mine[index].Input), ("error", "error"));
        return [.. Enumerable.Range(1, mine.Count).Select(number => $"{name}{number}")];
    }

    /// <summary>Tells how it ended; whatever is not what was wanted ends the run as faulted, so that it is seen in every list.</summary>
    private string Report(string id, string activity, string outcome)
    {
        (string, JsonNode?)[] inputs =
        [
            Text("plan", id), Text("outcome", outcome), ("error", Value("Object", "Variable", Reference("error"))), ("check", Value("Object", "Variable", Reference("check"))),
            ("wayBack", Value("Object", "Variable", Reference("wayBack"))),
        ];
        Add(activity, "Homelab.Remediation.Report", 7, _activities.Count % 6, inputs);
        if (outcome is not ("done" or "verified"))
        {
            _activities.Add(Activity($"{activity}-fault", "Elsa.Fault", 8, _activities.Count % 6, [("message", Value("String", "Literal", PlanOutcome.Words(outcome)))]));
            Connect(activity, "Done", $"{activity}-fault");
        }

        return activity;
    }

    private void Decide(string id, string condition, int column, int row) => _activities.Add(Activity(id, "Elsa.FlowDecision", column, row, [("condition", Value("Boolean", "NCalc", condition))]));

    private void Add(string id, string type, int column, int row, IEnumerable<(string, JsonNode?)> inputs, params (string Output, string Variable)[] outputs) => _activities.Add(Activity(
        id, type, column, row, inputs.Concat(outputs.Select(output => (output.Output, (JsonNode?)new JsonObject { ["typeName"] = "Object", ["memoryReference"] = new JsonObject { ["id"] = output.Variable } })))));

    private void Connect(string from, string port, string to) => _connections.Add(new JsonObject
    {
        ["source"] = new JsonObject { ["activity"] = from, ["port"] = port },
        ["target"] = new JsonObject { ["activity"] = to, ["port"] = "In" },
    });

    private static JsonObject Activity(string id, string type, int column, int row, IEnumerable<(string Name, JsonNode? Value)> properties)
    {
        var activity = new JsonObject { ["id"] = id, ["name"] = id, ["type"] = type, ["version"] = 1 };
        foreach (var (name, value) in properties)
            activity[name] = value;
        activity["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = 40 + (column * 260), ["y"] = 40 + (row * 120) } } };
        return activity;
    }

    private static IEnumerable<(string, JsonNode?)> Inputs(JsonObject input) => input.Select(field => (field.Key, field.Value is JsonValue value && value.GetValueKind() == System.Text.Json.JsonValueKind.String
        ? (JsonNode?)Value("String", "Literal", value.GetValue<string>())
        : Value("Object", "Object", field.Value?.ToJsonString())));

    private static (string, JsonNode?) Text(string name, string value) => (name, Value("String", "Literal", value));

    private static (string, JsonNode?) Variable(string name, string id) => (name, Reference(id));

    private static JsonObject Reference(string id) => new() { ["id"] = id, ["name"] = id };

    private static JsonObject Value(string typeName, string expressionType, JsonNode? value) =>
        new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = expressionType, ["value"] = value } };
}
