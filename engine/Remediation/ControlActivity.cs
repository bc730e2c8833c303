using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;

namespace Homelab.Engine.Remediation;

/// <summary>An activity of the engine's own that steers a plan and touches nothing outside.</summary>
internal sealed class ControlActivity(ActivityDescriptor descriptor, Func<JsonElement, ActivityContext, CancellationToken, Task<JsonNode?>> execute) : IActivityInvoker
{
    public static ActivityDescriptor Check { get; } = Describe("Check", "Check success", "Says whether what was read shows success, and whether the time for it is over.", "expression", "given", "output", "until");

    public static ActivityDescriptor LookBack { get; } = Describe("LookBack", "Look back", "Says whether any step of this plan was begun.", "plan");

    public static ActivityDescriptor Read { get; } = Describe("Read", "Read", "Performs another activity that only reads: for those whose inputs are named like something that every activity has.", "activity", "input");

    public static ActivityDescriptor Report { get; } = Describe("Report", "Report outcome", "Writes into the change log how the plan ended and tells people.", "plan", "outcome", "error", "check", "wayBack");

    public static ActivityDescriptor UndoSteps { get; } = Describe("UndoSteps", "Undo steps", "Takes back the steps of this run, newest first, each by a run of its own that the gate decides.", "plan");

    /// <summary>All that the engine brings itself, in the order of their ids.</summary>
    public static IReadOnlyList<ActivityDescriptor> All { get; } = [.. Playbooks.IncidentActivities.All, Check, LookBack, Read, Report, UndoSteps];

    public ActivityDescriptor Descriptor => descriptor;

    public IReadOnlyList<InputProblem> Validate(JsonElement input) => [];

    public async Task<JsonNode?> ExecuteAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) => await execute(input, context, cancellationToken);

    public Task<ActivityTarget?> TargetAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult<ActivityTarget?>(null);

    // What they write is written under the run's id: twice is the same as once.
    public Task<Probe> ProbeAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.DidNotHappen);

    public UndoStep? Undo(JsonElement input, JsonNode? output) => null;

    private static ActivityDescriptor Describe(string name, string displayName, string description, params string[] inputs) =>
        Describe("Remediation", name, displayName, description, TimeSpan.FromMinutes(10), inputs);

    public static ActivityDescriptor Describe(string tool, string name, string displayName, string description, TimeSpan timeout, params string[] inputs) => new()
    {
        Id = $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(tool)}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(name)}",
        TypeName = $"Homelab.{tool}.{name}",
        Tool = tool,
        DisplayName = displayName,
        Description = description,
        Effect = Effect.None,
        Idempotent = true,
        Timeout = timeout,
        InputSchema = new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject(inputs.Select(input => KeyValuePair.Create<string, JsonNode?>(input, new JsonObject { ["description"] = $"See {displayName}." }))),
        },
        OutputSchema = new JsonObject { ["type"] = "object" },
    };
}
