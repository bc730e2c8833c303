using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Operations;

/// <summary>Turns what was committed into metrics and, when traces are sent, into one trace a run: its id is the run's, so a run is found by the id people know.</summary>
internal sealed class RunTelemetry(EngineMetrics metrics) : IRunObserver
{
    /// <summary>Steps in flight on this node; those of a run that moved to another node are forgotten by and by.</summary>
    private const int MaxOpen = 50_000;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _started = new();

    // Asking the dictionary how many it holds would stop everybody who uses it.
    private int _open;

    public void OnCommitted(RunSummary run, IReadOnlyList<JournalEntry> journal)
    {
        if (journal.Count > 0 && journal[0].Sequence == 1)
            metrics.RunStarted(run.DefinitionId);
        foreach (var entry in journal)
            Step(run, entry);
        if (run is { Status: RunStatus.Finished, FinishedAt: { } finished } && finished == run.UpdatedAt)
        {
            metrics.RunFinished(run.DefinitionId, run.SubStatus.ToString().ToLowerInvariant(), finished - run.CreatedAt);
            Trace($"run {run.Name ?? run.DefinitionId}", run, null, run.CreatedAt, finished, run.SubStatus == RunSubStatus.Faulted ? "The run faulted." : null);
        }
    }

    private void Step(RunSummary run, JournalEntry entry)
    {
        var key = entry.ActivityInstanceId;
        switch (entry.EventName)
        {
            case "Started":
                if (Interlocked.Increment(ref _open) > MaxOpen)
                {
                    _started.Clear();
                    _open = 0;
                }

                _started[key] = entry.Timestamp;
                break;
            case "Completed" or "Faulted" or "Canceled":
                var start = entry.Timestamp;
                if (_started.TryRemove(key, out var known))
                {
                    Interlocked.Decrement(ref _open);
                    start = known;
                }

                metrics.StepEnded(entry.ActivityType, entry.EventName.ToLowerInvariant(), entry.Timestamp - start);
                Trace(entry.ActivityName ?? entry.ActivityType, run, entry, start, entry.Timestamp, entry.EventName == "Faulted" ? entry.Message ?? "Faulted" : null);
                break;
        }
    }

    private static void Trace(string name, RunSummary run, JournalEntry? step, DateTimeOffset start, DateTimeOffset end, string? error)
    {
        if (!Tracing.Source.HasListeners())
            return;
        var root = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(run.Id.Value)).AsSpan(0, 8));
        var parent = new ActivityContext(ActivityTraceId.CreateFromString(run.Id.Value), ActivitySpanId.CreateFromString(root), ActivityTraceFlags.Recorded, isRemote: true);
        using var span = Tracing.Source.StartActivity(name, ActivityKind.Internal, parent, startTime: start);
        if (span is null)
            return;
        span.SetTag("homelab.run.id", run.Id.Value).SetTag("homelab.definition.id", run.DefinitionId);
        if (step is not null)
            span.SetTag("homelab.activity.id", step.ActivityId).SetTag("homelab.activity.type", step.ActivityType);
        else
            span.SetTag("homelab.run.status", run.SubStatus.ToString());
        span.SetStatus(error is null ? ActivityStatusCode.Ok : ActivityStatusCode.Error, error);
        span.SetEndTime(end.UtcDateTime);
    }
}
