using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Homelab.Engine.Gate;

namespace Homelab.Engine.Requests;

/// <summary>What somebody asked for, as a plan of steps: some that are run, some for a person. Nothing of it is done before a person approves it, and what has an effect passes the gate besides.</summary>
internal sealed record Request
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    [Description("As it was asked, without what looks like a secret.")]
    public required string Text { get; init; }

    [Description("Where the steps come from: template NAME, model, or by hand.")]
    public required string Source { get; init; }

    [Description("proposed (waits for a yes), running, paused, failed (a person must say how it goes on), done or cancelled")]
    public required string State { get; init; }

    public required IReadOnlyList<RequestStep> Steps { get; init; }

    [Description("Grows with every change; an edit names the one it was made on.")]
    public required long Version { get; init; }

    public required string AskedBy { get; init; }

    public string? ApprovedBy { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Neither done nor cancelled.</summary>
    [JsonIgnore]
    public bool IsOpen => State is not (RequestState.Done or RequestState.Cancelled);

    /// <summary>The first step that is not over; null where all are.</summary>
    [JsonIgnore]
    public RequestStep? Current => Steps.FirstOrDefault(step => !step.IsOver);

    public Request With(RequestStep changed) => this with { Steps = [.. Steps.Select(step => step.Id == changed.Id ? changed : step)] };

    /// <summary>How many steps are over, of how many.</summary>
    public (int Done, int All) Progress() => (Steps.Count(step => step.IsOver), Steps.Count);
}

/// <summary>One step. Without an activity it is for a person.</summary>
internal sealed record RequestStep
{
    [Description("Stays the same while steps around it change.")]
    public required string Id { get; init; }

    public required string Title { get; init; }

    [Description("Id of the activity that does it; none where a person does it.")]
    public string? Activity { get; init; }

    public JsonObject? Input { get; init; }

    [Description("An NCalc expression over the activity's output that must be true, such as: containers >= 2")]
    public string? Expect { get; init; }

    [Description("Seconds in which the expression may become true; it is looked again until then.")]
    public double WithinSeconds { get; init; }

    [Description("It does not begin before, and what stands behind it waits with it.")]
    public DateTimeOffset? NotBefore { get; init; }

    [Description("pending, running, waiting (for a person), done, failed or skipped")]
    public string State { get; init; } = StepState.Pending;

    [Description("The run that does it, or did.")]
    public string? RunId { get; init; }

    [Description("How often it was begun.")]
    public int Attempts { get; init; }

    [Description("How it stands, or why it failed.")]
    public string? Message { get; init; }

    [Description("The question of the gate that waits for an answer.")]
    public string? ApprovalId { get; init; }

    [Description("Who did it or said so, where a person did.")]
    public string? By { get; init; }

    public DateTimeOffset? BegunAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    [Description("When its expression is looked at again.")]
    public DateTimeOffset? LookAt { get; init; }

    [JsonIgnore]
    public bool IsOver => State is StepState.Done or StepState.Skipped;

    /// <summary>It was not begun, or ended badly: it may be changed.</summary>
    [JsonIgnore]
    public bool MayChange => State is StepState.Pending or StepState.Failed;
}

internal static class RequestState
{
    public const string Proposed = "proposed";
    public const string Running = "running";
    public const string Paused = "paused";
    public const string Failed = "failed";
    public const string Done = "done";
    public const string Cancelled = "cancelled";

    public static IReadOnlyList<string> All { get; } = [Proposed, Running, Paused, Failed, Done, Cancelled];
}

internal static class StepState
{
    public const string Pending = "pending";
    public const string Running = "running";
    public const string Waiting = "waiting";
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Skipped = "skipped";
}

/// <summary>A request as it is stored.</summary>
internal sealed record RequestRow
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Text { get; init; }

    public required string Source { get; init; }

    public required string State { get; init; }

    /// <summary>1 while a step of it is being done, whatever its own state.</summary>
    public long Busy { get; init; }

    /// <summary>1 while it waits for somebody: for the yes, for a step of theirs, or for what becomes of a failed one.</summary>
    public long NeedsPerson { get; init; }

    public required string Steps { get; init; }

    public long Version { get; init; }

    public required string AskedBy { get; init; }

    public string? ApprovedBy { get; init; }

    public long CreatedAt { get; init; }

    public long UpdatedAt { get; init; }

    public static RequestRow Of(Request request) => new()
    {
        Id = request.Id,
        Title = request.Title,
        Text = request.Text,
        Source = request.Source,
        State = request.State,
        Busy = request.Steps.Any(step => step.State == StepState.Running) ? 1 : 0,
        NeedsPerson = request.State is RequestState.Proposed or RequestState.Failed || (request.IsOpen && request.Steps.Any(step => step.State == StepState.Waiting)) ? 1 : 0,
        Steps = GateJson.Write(request.Steps),
        Version = request.Version,
        AskedBy = request.AskedBy,
        ApprovedBy = request.ApprovedBy,
        CreatedAt = request.CreatedAt.ToUnixTimeMilliseconds(),
        UpdatedAt = request.UpdatedAt.ToUnixTimeMilliseconds(),
    };

    public Request ToRequest() => new()
    {
        Id = Id,
        Title = Title,
        Text = Text,
        Source = Source,
        State = State,
        Steps = GateJson.Read<IReadOnlyList<RequestStep>>(Steps),
        Version = Version,
        AskedBy = AskedBy,
        ApprovedBy = ApprovedBy,
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(CreatedAt),
        UpdatedAt = DateTimeOffset.FromUnixTimeMilliseconds(UpdatedAt),
    };
}
