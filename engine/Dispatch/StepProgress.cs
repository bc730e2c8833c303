using System.Collections.Concurrent;
using System.ComponentModel;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>How far the long steps are that run on this node; forgotten when the step or its run ends. Nothing here is stored: the journal has how it ended.</summary>
internal sealed class StepProgressBoard(TimeProvider time) : IRunObserver
{
    // More is not looked at by anybody, and must not grow memory.
    private const int MaxSteps = 10_000;

    private readonly ConcurrentDictionary<(RunId Run, string Step), StepProgress> _now = new();

    /// <summary>Raised on the step's own thread; a listener must be quick and must not throw.</summary>
    public event Action<StepProgress>? Reported;

    public IReadOnlyList<StepProgress> Of(RunId run) => [.. _now.Where(pair => pair.Key.Run == run).Select(pair => pair.Value).OrderBy(progress => progress.StepId, StringComparer.Ordinal)];

    public void OnProgress(RunId run, string stepId, double? percent, string message)
    {
        if (_now.Count >= MaxSteps && !_now.ContainsKey((run, stepId)))
            return;
        var progress = new StepProgress(run.Value, stepId, percent is { } given && double.IsFinite(given) ? Math.Clamp(given, 0, 100) : null, message, time.GetUtcNow());
        _now[(run, stepId)] = progress;
        Reported?.Invoke(progress);
    }

    public void OnCommitted(RunSummary run, IReadOnlyList<JournalEntry> journal)
    {
        if (_now.IsEmpty)
            return;
        var over = run.Status == RunStatus.Finished ? null : journal.Where(entry => entry.EventName is "Completed" or "Faulted" or "Canceled" or "Retrying").Select(entry => entry.ActivityId).ToHashSet();
        foreach (var key in _now.Keys.Where(key => key.Run == run.Id && (over is null || over.Contains(key.Step.Split(':')[0]))).ToList())
            _now.TryRemove(key, out _);
    }
}

internal sealed record StepProgress(
    string RunId,
    string StepId,
    [property: Description("0 to 100, or nothing when it is not known")] double? Percent,
    string Message,
    DateTimeOffset At);
