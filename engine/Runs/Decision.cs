namespace Homelab.Engine.Runs;

/// <summary>
/// What one event did to a run. <c>Decider.Decide(definition, state, event, now)</c> is pure: no I/O, no clock, no randomness, no await;
/// ids and random values inside a run are derived from the run id and a counter in the state, so a replay makes the same ones.
/// </summary>
/// <remarks>The state passed in is consumed (it may be mutated and returned): whoever needs the old one keeps its serialised form.</remarks>
/// <param name="Journal">New entries only, in order.</param>
/// <param name="Lines">What WriteLine wrote during this event.</param>
public sealed record Decision(
    RunState State,
    IReadOnlyList<RunCommand> Commands,
    IReadOnlyList<JournalEntry> Journal,
    IReadOnlyList<string> Lines);

public enum RunStatus
{
    Running,
    Finished,
}

public enum RunSubStatus
{
    Pending,
    Executing,
    Suspended,
    Finished,
    Cancelled,
    Faulted,
    Interrupted,
}

/// <summary>Something a suspended run waits for. The store indexes bookmarks by <see cref="Hash"/>.</summary>
public sealed record Bookmark
{
    public required string Id { get; init; }

    /// <summary>The stimulus' name: "Elsa.Event", "Elsa.Delay", "Elsa.HttpEndpoint", "Homelab.Approval", ...</summary>
    public required string Name { get; init; }

    /// <summary>Upper-case hex SHA-256 of "name|payload" as Elsa computes it (FORMATS 2.6).</summary>
    public required string Hash { get; init; }

    public System.Text.Json.Nodes.JsonNode? Payload { get; init; }

    public required string ActivityId { get; init; }

    public required string ActivityNodeId { get; init; }

    public required string ActivityInstanceId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public bool AutoBurn { get; init; } = true;
}
