using System.ComponentModel;
using System.Text.Json.Nodes;

namespace Homelab.Engine.Remediation;

/// <summary>A plan as it is sent: what to save first, what to do, how success shows, and the way back.</summary>
internal sealed record PlanRequest
{
    [Description("What it is for, in a few words.")]
    public required string Title { get; init; }

    [Description("The type of incident that it mends; success is learned by it.")]
    public string? Incident { get; init; }

    [Description("The incident or event behind it: budgets are counted by it.")]
    public string? Cause { get; init; }

    [Description("Done first. When one fails, nothing else is done.")]
    public IReadOnlyList<PlanStepRequest> Snapshot { get; init; } = [];

    public required IReadOnlyList<PlanStepRequest> Steps { get; init; }

    [Description("How success is seen, by reading something that the steps did not answer.")]
    public PlanVerification? Verify { get; init; }

    [Description("Done in this order when a step fails or success is not seen. Without it, what each step recorded as its undo is done, newest first, each decided on its own.")]
    public IReadOnlyList<PlanStepRequest> Rollback { get; init; } = [];

    [Description("What was done stays when success is not seen: it leaves nothing behind that could harm, such as a restart.")]
    public bool Leave { get; init; }

    [Description("It need not be done now: where maintenance windows are set and none is open, a person is asked instead.")]
    public bool CanWait { get; init; }
}

/// <summary>What stands behind a plan that a playbook made: what the gate weighs and a caller from outside cannot claim.</summary>
/// <param name="Playbook">Its id.</param>
/// <param name="Certainty">How sure the diagnosis is, 0 to 1.</param>
/// <param name="Risk">At least this much, whatever the activities say.</param>
/// <param name="Successes">Outcomes that count beside those of this installation.</param>
internal sealed record PlanEvidence(string Playbook, double Certainty, Homelab.Activities.RiskLevel Risk, int Successes, int Failures);

/// <param name="Activity">Id of an activity with an effect, such as docker.restart_container.</param>
/// <param name="Input">Its exact input.</param>
internal sealed record PlanStepRequest(string Activity, JsonObject? Input = null);

internal sealed record PlanVerification
{
    [Description("Id of an activity that only reads.")]
    public required string Activity { get; init; }

    public JsonObject? Input { get; init; }

    [Description("An NCalc expression over the fields of the activity's output that must be true, such as: healthy = true")]
    public required string Expression { get; init; }

    [Description("Further names for the expression, beside the fields of the output.")]
    public JsonObject? Given { get; init; }

    [Description("Seconds before the first look: what is read of a stretch of time must be of the time after the steps.")]
    public double AfterSeconds { get; init; }

    [Description("Seconds between two looks.")]
    public double EverySeconds { get; init; } = 10;

    [Description("Seconds from the first look after which it counts as not verified.")]
    public double WithinSeconds { get; init; } = 120;
}
