using System.Text.Json.Nodes;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Dispatch;

/// <summary>Told of what was committed on this node, after the commit; for live views and metrics. Must not block or throw.</summary>
internal interface IRunObserver
{
    void OnCommitted(RunSummary run, IReadOnlyList<JournalEntry> journal)
    {
    }

    /// <summary>A task for the outside (Elsa.RunTask) was announced.</summary>
    void OnTask(RunId run, RunCommand.RunTask task)
    {
    }

    void OnProgress(RunId run, string stepId, double? percent, string message)
    {
    }
}

/// <summary>What a run answered to the HTTP request that waits for it.</summary>
internal sealed record RunResponse(int StatusCode, string? ContentType, string? Body, JsonObject? Headers);
