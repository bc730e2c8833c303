using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Operations;
using Homelab.Engine.Runs;

namespace Homelab.Engine.Dispatch;

/// <summary>Runs one activity by hand, durably and through the gate, and tells what came of it.</summary>
internal sealed class ActivityRuns(Runs runs, ActivityCatalog catalog, StepProgressBoard board, Secrets secrets, TimeProvider time)
{
    /// <summary>Long enough that a person who answers at once is waited for, short enough for a request.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(150);

    /// <summary>Every problem of the input; empty when it may be run. A secret is refused: it would stand in the run's input for everybody to read.</summary>
    public static IReadOnlyList<InputProblem> Check(IActivityInvoker invoker, JsonObject input)
    {
        var secret = invoker.Descriptor.SecretInputs.Where(name => input[name] is not null)
            .Select(name => new InputProblem($"$.{name}", $"{name} is a secret, and a run's input can be read. Leave it out; use a connection, whose secrets come from the secret store."));
        return [.. invoker.Validate(JsonSerializer.SerializeToElement(input)), .. secret];
    }

    /// <summary>Accepts it; stored when this returns.</summary>
    public Task<RunId> StartAsync(ActivityDescriptor activity, JsonObject input, bool dryRun, string by, string? idempotencyKey, CancellationToken cancellationToken) => runs.StartAsync(
        ActivityWorkflow.IdOf(activity),
        null,
        new RunEvent.Start(Kept(activity, input), Name: $"{activity.DisplayName} (by {by})", DryRun: dryRun),
        idempotencyKey is null ? null : $"activity/{idempotencyKey}",
        cancellationToken);

    /// <summary>A prompt without what looks like a secret: the model would not be told either, and a run's input can be read.</summary>
    private JsonObject Kept(ActivityDescriptor activity, JsonObject input)
    {
        var kept = input.DeepClone().AsObject();
        foreach (var name in activity.PromptInputs)
        {
            if (kept[name] is JsonValue value && value.TryGetValue(out string? text))
                kept[name] = SecretPatterns.Hide(secrets.Hide(text));
        }

        return kept;
    }

    /// <summary>A run that was accepted just now, which may not be begun yet.</summary>
    public async Task<ActivityRun> WaitAsync(RunId run, ActivityDescriptor activity, bool dryRun, TimeSpan patience, CancellationToken cancellationToken) =>
        await WaitAsync(run, patience, cancellationToken) ?? new ActivityRun { RunId = run.Value, Activity = activity.Id, DryRun = dryRun, State = ActivityRun.Running };

    /// <summary>Waits until there is something to say, at most so long, and says it; null when there is no such run of an activity, or it is not begun yet.</summary>
    public async Task<ActivityRun?> WaitAsync(RunId run, TimeSpan patience, CancellationToken cancellationToken)
    {
        var until = time.GetUtcNow() + (patience > LongestWait ? LongestWait : patience);
        while (true)
        {
            var now = await ReadAsync(run, cancellationToken);
            if (now is { State: not ActivityRun.Running } || time.GetUtcNow() >= until)
                return now;
            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private async Task<ActivityRun?> ReadAsync(RunId run, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(run, cancellationToken) is not { } summary || !summary.DefinitionId.StartsWith(ActivityWorkflow.Prefix, StringComparison.Ordinal))
            return null;
        var answer = new ActivityRun { RunId = run.Value, Activity = summary.DefinitionId[ActivityWorkflow.Prefix.Length..], DryRun = summary.DryRun, State = ActivityRun.Running };
        if (await runs.StateAsync(run, cancellationToken) is not { } state)
            return answer;
        if (state.Bookmarks.Find(bookmark => bookmark.Name == "Homelab.Approval") is { } waits)
            return answer with { State = ActivityRun.Waits, Message = Text(waits.Payload, "Reason"), ApprovalId = Text(waits.Payload, "ApprovalId") };
        if (state.Status != RunStatus.Finished)
            return answer with { Message = state.Incidents.LastOrDefault()?.Message, Progress = board.Of(run) is [.., var last] ? last : null };
        return state switch
        {
            { Incidents: [.., { ExceptionType: "Refused" } refused] } => answer with { State = ActivityRun.Refused, Message = refused.Message },
            { Incidents: [.., var incident] } => answer with { State = ActivityRun.Failed, Message = incident.Message },
            { SubStatus: RunSubStatus.Finished } => answer with { State = ActivityRun.Done, Output = await OutputAsync(run, cancellationToken) },
            _ => answer with { State = ActivityRun.Failed, Message = $"The run is {state.SubStatus}." },
        };
    }

    private async Task<JsonNode?> OutputAsync(RunId run, CancellationToken cancellationToken)
    {
        var journal = await runs.JournalAsync(run, 0, 200, cancellationToken);
        var completed = journal.Items.LastOrDefault(entry => entry is { ActivityId: ActivityWorkflow.Step, EventName: "Completed" });
        return completed?.Payload?["outputs"]?["Result"]?.DeepClone() ?? completed?.Payload?["outputs"]?.DeepClone();
    }

    public bool TryFind(string id, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IActivityInvoker? invoker) => catalog.TryFind(id, out invoker);

    private static string? Text(JsonNode? payload, string name) => (payload as JsonObject)?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}

/// <summary>One activity that somebody runs, as it is now.</summary>
internal sealed record ActivityRun
{
    public const string Running = "running";
    public const string Waits = "waits";
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Refused = "refused";

    public required string RunId { get; init; }

    public required string Activity { get; init; }

    public required bool DryRun { get; init; }

    [Description("running, waits (for a person's answer), done, failed or refused")]
    public required string State { get; init; }

    [Description("Why it failed, was refused or waits")]
    public string? Message { get; init; }

    [Description("The question that waits for an answer")]
    public string? ApprovalId { get; init; }

    [Description("How far it is, where it tells")]
    public StepProgress? Progress { get; init; }

    [Description("What it answered; of a dry run what was held back")]
    public JsonNode? Output { get; init; }
}
