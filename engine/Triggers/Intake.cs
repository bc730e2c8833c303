using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Triggers;

/// <summary>A published workflow is to be started by one of its triggers, or by hand.</summary>
internal sealed record StartRequest
{
    public required string DefinitionId { get; init; }

    /// <summary>Latest, Draft, a number or a version's id; null is what is published when it is accepted.</summary>
    public string? Version { get; init; }

    /// <summary>The trigger that was hit; null starts at the beginning.</summary>
    public string? TriggerActivityId { get; init; }

    /// <summary>What the trigger received.</summary>
    public JsonNode? Payload { get; init; }

    public JsonObject Input { get; init; } = [];

    public string? CorrelationId { get; init; }

    public string? Name { get; init; }

    /// <summary>Values for the workflow's variables, by name.</summary>
    public JsonObject? Variables { get; init; }

    public bool DryRun { get; init; }

    /// <summary>The same key starts one run, however often it is asked.</summary>
    public string? IdempotencyKey { get; init; }

    public RunEvent.Start ToEvent() => new(Input, TriggerActivityId, Payload, CorrelationId, Name, Variables: Variables, DryRun: DryRun);
}

/// <summary>What became of a <see cref="StartRequest"/>.</summary>
internal abstract record IntakeAnswer
{
    private IntakeAnswer()
    {
    }

    /// <summary>Stored: from here on it is not lost.</summary>
    public sealed record Accepted(RunId Run) : IntakeAnswer;

    /// <summary>Nothing was stored: too much waits already.</summary>
    public sealed record Full(TimeSpan RetryAfter) : IntakeAnswer;

    /// <summary>Nothing was stored: the workflow's activation strategy allows one run at a time.</summary>
    public sealed record AlreadyRunning(string Reason) : IntakeAnswer;

    /// <summary>Nothing was stored: there is no such published workflow.</summary>
    public sealed record NotFound(string Reason) : IntakeAnswer;
}

/// <summary>The door through which the clock, people, the API and the command line start a run; scripted in tests of the schedules.</summary>
internal interface IIntake
{
    /// <summary>Answers after the commit.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was accepted.</exception>
    Task<IntakeAnswer> StartAsync(StartRequest request, CancellationToken cancellationToken);
}

/// <inheritdoc />
internal sealed class Intake(Dispatch.Runs runs) : IIntake
{
    public async Task<IntakeAnswer> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return new IntakeAnswer.Accepted(await runs.StartAsync(request.DefinitionId, request.Version, request.ToEvent(), request.IdempotencyKey, cancellationToken));
        }
        catch (InboxFullException full)
        {
            return new IntakeAnswer.Full(full.RetryAfter);
        }
        catch (AlreadyRunningException running)
        {
            return new IntakeAnswer.AlreadyRunning(running.Message);
        }
        catch (KeyNotFoundException missing)
        {
            return new IntakeAnswer.NotFound(missing.Message);
        }
    }
}
