using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Gate;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Remediation;

/// <summary>
/// From a checked plan to the workflow that carries it out: snapshots, steps, looking until success is seen or the time is over, the way back, and what is reported in each case. Drawn
/// with the same activities as any other workflow, so it is seen, run and resumed like one.
/// </summary>
internal sealed class PlanCompiler
{
    /// <summary>How the activities of the steps proper are named; a number follows.</summary>
    public const string ActionPrefix = "action";

    private static readonly string[] Variables = ["check", "error", "look", "output", "until", "wayBack"];

    private readonly JsonArray _activities = [];
    private readonly JsonArray _connections = [];
    private string _first = "";

    private PlanCompiler()
    {
    }

    /// <param name="read">The verification's activity.</param>
    public static WorkflowDefinition Compile(string id, string title, IReadOnlyList<CheckedStep> steps, PlanVerification? verify, ActivityDescriptor? read, PlanWayBack wayBack)
    {
        var compiler = new PlanCompiler();
        compiler.Draw(
            id,
            [.. steps.Select(step => (step.Step.Role, PlanNode.Of(step.Descriptor, step.Input)))],
            verify is null || read is null ? null : new DrawnVerification(PlanNode.Of(read, verify.Input ?? []), Text("expression", verify.Expression).Item2, verify.Given, verify.EverySeconds, verify.WithinSeconds, verify.AfterSeconds),
            wayBack,
            first: 0);
        return compiler.Definition(id, title, "Made from a plan; decided as a whole when it runs.", [.. Variables], isSystem: true, []);
    }

    /// <summary>A workflow with what must hold drawn before, for a playbook: values are expressions over its inputs.</summary>
    public static WorkflowDefinition Compile(DrawnPlaybook playbook)
    {
        var compiler = new PlanCompiler();
        var before = compiler.Before(playbook);
        compiler.Draw(playbook.Id, playbook.Steps, playbook.Verify, playbook.WayBack, first: before.Columns);
        compiler.Connect(before.Last, before.Port, compiler._first);
        return compiler.Definition(playbook.Id, playbook.Title, playbook.Description, [.. Variables, .. playbook.Variables], isSystem: false, playbook.Inputs);
    }

    private WorkflowDefinition Definition(string id, string title, string description, string[] variables, bool isSystem, IReadOnlyList<string> inputs) => WorkflowJson.Read(new JsonObject
    {
        ["id"] = $"{id}:1",
        ["definitionId"] = id,
        ["name"] = title,
        ["description"] = description,
        ["version"] = 1,
        ["isSystem"] = isSystem,
        ["isReadonly"] = true,
        ["inputs"] = new JsonArray([.. inputs.Select(name => (JsonNode)new JsonObject { ["name"] = name, ["type"] = "Object", ["displayName"] = name, ["category"] = "Primitives", ["uiHint"] = "single-line" })]),
        ["variables"] = new JsonArray([.. variables.Select(name => (JsonNode)new JsonObject { ["id"] = name, ["name"] = name, ["typeName"] = name == "until" ? "Int64" : "Object" })]),
        ["customProperties"] = new JsonObject { ["Flowchart:ExecutionMode"] = "TokenBased" },
        ["root"] = new JsonObject { ["id"] = "plan", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["activities"] = _activities, ["connections"] = _connections },
    }.ToJsonString());

    /// <summary>Sets what is worked out of the inputs, then reads and asks one thing after the other; what does not hold ends it.</summary>
    private (string Last, string Port, int Columns) Before(DrawnPlaybook playbook)
    {
        var (last, port, column) = ("", "Done", 0);
        foreach (var (name, value) in playbook.Set)
        {
            _activities.Add(Activity($"set-{name}", "Elsa.SetVariable", column++, 0, [Variable("variable", name), ("value", value)]));
            if (last.Length > 0)
                Connect(last, port, $"set-{name}");
            (last, port) = ($"set-{name}", "Done");
        }

        for (var index = 0; index < playbook.Needs.Count; index++)
        {
            var need = playbook.Needs[index];
            var (read, ask) = ($"before{index + 1}", $"holds{index + 1}");
            if (need.Read is { } look)
            {
                Add(read, look.TypeName, column++, 0, look.Inputs, ("result", need.As));
                Connect(last, port, read);
                (last, port) = (read, "Done");
            }

            if (need.Expression is not { } expression)
                continue;
            Decide(ask, expression, column++, 0);
            _activities.Add(Activity($"{ask}-not", "Elsa.Fault", column, 1, [Text("message", need.Because)]));
            Connect(last, port, ask);
            Connect(ask, "False", $"{ask}-not");
            (last, port) = (ask, "True");
        }

        return (last, port, column);
    }

    private void Draw(string id, IReadOnlyList<(PlanRole Role, PlanNode Node)> steps, DrawnVerification? verify, PlanWayBack back, int first)
    {
        var snapshots = Steps(steps, PlanRole.Snapshot, "snapshot", row: 0, first);
        var actions = Steps(steps, PlanRole.Action, ActionPrefix, row: 0, first + snapshots.Length);
        var rollback = Steps(steps, PlanRole.Rollback, "rollback", row: 3, 0);
        string[] chain = [.. snapshots, .. actions];
        _first = chain[0];
        for (var index = 1; index < chain.Length; index++)
            Connect(chain[index - 1], "Done", chain[index]);

        if (back == PlanWayBack.None)
        {
            var notDone = Report(id, "report-not-done", "notDone");
            foreach (var action in actions)
                Connect(action, "Failed", notDone);
            Connect(chain[^1], "Done", Report(id, "report-done", "done"));
            return;
        }

        var wayBack = rollback.Length > 0 ? Rollback(id, rollback) : back == PlanWayBack.Leave ? Report(id, "report-not-helped", "notHelped") : UndoSteps(id);
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
            Verify(id, chain[^1], look, wayBack);
        else
            Connect(chain[^1], "Done", Report(id, "report-done", "done"));
    }

    private void Verify(string id, string after, DrawnVerification verify, string wayBack)
    {
        var within = (verify.WithinSeconds * 1000).ToString("0", CultureInfo.InvariantCulture);
        _activities.Add(Activity("until", "Elsa.SetVariable", 0, 1, [Variable("variable", "until"), ("value", Value("Int64", "JavaScript", $"Date.now() + {within}"))]));
        Add("read", verify.Read.TypeName, 1, 1, verify.Read.Inputs, ("result", "output"));
        _activities.Add(Activity("nothing-read", "Elsa.SetVariable", 1, 2, [Variable("variable", "output"), ("value", Value("Object", "JavaScript", "null"))]));
        List<(string, JsonNode?)> asked =
            [("expression", verify.Expression), ("output", Value("Object", "Variable", Reference("output"))), ("until", Value("Object", "Variable", Reference("until")))];
        if (verify.Given is { Count: > 0 } given)
            asked.Add(("given", PlanNode.Value(given)));
        Add("check", "Homelab.Remediation.Check", 2, 1, asked, ("result", "check"));
        Decide("is-verified", "[check.verified]", 3, 1);
        Decide("is-over", "[check.over]", 4, 1);
        _activities.Add(Wait("wait", verify.EverySeconds, 5));
        if (verify.AfterSeconds > 0)
        {
            _activities.Add(Wait("settle", verify.AfterSeconds, 0));
            Connect(after, "Done", "settle");
            after = "settle";
        }

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

    private static JsonObject Wait(string id, double seconds, int column) =>
        Activity(id, "Elsa.Delay", column, 1, [("timeSpan", Value("TimeSpan", "Literal", TimeSpan.FromSeconds(seconds).ToString("c", CultureInfo.InvariantCulture)))]);

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

    private string[] Steps(IReadOnlyList<(PlanRole Role, PlanNode Node)> steps, PlanRole role, string name, int row, int column)
    {
        var mine = steps.Where(step => step.Role == role).ToList();
        for (var index = 0; index < mine.Count; index++)
            Add($"{name}{index + 1}", mine[index].Node.TypeName, column + index, row, mine[index].Node.Inputs, ("error", "error"));
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

    private static (string, JsonNode?) Text(string name, string value) => (name, Value("String", "Literal", value));

    private static (string, JsonNode?) Variable(string name, string id) => (name, Reference(id));

    private static JsonObject Reference(string id) => new() { ["id"] = id, ["name"] = id };

    internal static JsonObject Value(string typeName, string expressionType, JsonNode? value) =>
        new() { ["typeName"] = typeName, ["expression"] = new JsonObject { ["type"] = expressionType, ["value"] = value } };
}

/// <summary>What happens when a step fails or success is not seen, where the plan gives no steps for it.</summary>
internal enum PlanWayBack
{
    /// <summary>What each step recorded as its undo is done.</summary>
    Undo,

    /// <summary>What was done stays: it leaves nothing that could harm.</summary>
    Leave,

    /// <summary>A way back has no way back of its own: where it fails, that is said.</summary>
    None,
}
