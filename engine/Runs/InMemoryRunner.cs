using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Runs.Compiling;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Runs;

/// <summary>Does one step, as the dispatcher would.</summary>
internal delegate Task<StepOutcome> StepPerformer(RunCommand.Perform step, CancellationToken cancellationToken);

/// <summary>How a run in memory ended or where it waits.</summary>
internal sealed record InMemoryResult(RunState State, IReadOnlyList<string> Lines, IReadOnlyList<JournalEntry> Journal, IReadOnlyList<RunCommand.Respond> Responses)
{
    /// <summary>This and what a later event added.</summary>
    public InMemoryResult Then(InMemoryResult later) =>
        new(later.State, [.. Lines, .. later.Lines], [.. Journal, .. later.Journal], [.. Responses, .. later.Responses]);
}

/// <summary>Runs definitions without a store: for the command line, tests of activities, and the recorded cases. Children run as soon as they are started; nothing waits for a clock.</summary>
internal sealed class InMemoryRunner(DefinitionCompiler compiler, IEnumerable<WorkflowDefinition> definitions, TimeProvider time, StepPerformer performer, Func<string, ActivityDescriptor?>? catalogue = null)
    : IDefinitionLookup
{
    private readonly List<WorkflowDefinition> _definitions = [.. definitions];
    private readonly Dictionary<string, CompiledDefinition> _compiled = [];
    private readonly Dictionary<RunId, RunState> _runs = [];

    /// <summary>Called with the state after every event; what it returns goes on. Tests put a store's round trip here.</summary>
    public Func<RunState, RunState> Between { get; init; } = state => state;

    public FlowchartMode? Mode { get; init; }

    /// <summary>Which retry delays and timers come due by themselves; the rest waits.</summary>
    public bool SkipsRetryDelays { get; init; } = true;

    public WorkflowDefinition? FindComposite(string activityType, int version, string? definitionId, string? definitionVersionId)
    {
        var usable = _definitions.Where(definition => definition.Options.UsableAsActivity == true).ToList();
        var named = usable.Where(definition => definition.ActivityTypeName == activityType).ToList();
        var candidates = named.Count > 0 ? named : usable.Where(definition => definitionId is not null && definition.DefinitionId == definitionId).ToList();
        return candidates.Find(definition => definition.Id == definitionVersionId)
            ?? candidates.Find(definition => definition.Version == version)
            ?? candidates.OrderByDescending(definition => definition.IsPublished).ThenByDescending(definition => definition.Version).FirstOrDefault();
    }

    public ActivityDescriptor? FindActivity(string activityType) => catalogue?.Invoke(activityType);

    public Task<InMemoryResult> StartAsync(string definitionId, RunEvent.Start start, CancellationToken cancellationToken)
    {
        var definition = Latest(definitionId) ?? throw new InvalidOperationException($"There is no workflow '{definitionId}'.");
        var id = RunId.New(time.GetUtcNow());
        _runs[id] = Decider.Create(Compile(definition), id, time.GetUtcNow(), Mode);
        return SendAsync(id, start, cancellationToken);
    }

    /// <summary>Sends an event and follows everything it causes.</summary>
    public async Task<InMemoryResult> SendAsync(RunId runId, RunEvent @event, CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var journal = new List<JournalEntry>();
        var responses = new List<RunCommand.Respond>();
        var pending = new Queue<(RunId Run, RunEvent Event)>([(runId, @event)]);
        while (pending.TryDequeue(out var next))
        {
            if (!_runs.TryGetValue(next.Run, out var state))
                continue;
            var decision = Decider.Decide(_compiled[state.DefinitionVersionId], state, next.Event, time.GetUtcNow());
            _runs[next.Run] = Between(decision.State);
            lines.AddRange(decision.Lines);
            if (next.Run == runId)
                journal.AddRange(decision.Journal);
            foreach (var command in decision.Commands)
                await DoAsync(next.Run, command, pending, responses, cancellationToken);
        }

        return new InMemoryResult(_runs[runId], lines, journal, responses);
    }

    private async Task DoAsync(RunId run, RunCommand command, Queue<(RunId Run, RunEvent Event)> pending, List<RunCommand.Respond> responses, CancellationToken cancellationToken)
    {
        switch (command)
        {
            case RunCommand.Perform step:
                pending.Enqueue((run, new RunEvent.StepReported(step.StepId, step.Attempt, await performer(step, cancellationToken))));
                break;
            case RunCommand.PerformLater later when SkipsRetryDelays:
                pending.Enqueue((run, new RunEvent.StepReported(later.Step.StepId, later.Step.Attempt, await performer(later.Step, cancellationToken))));
                break;
            case RunCommand.StartRun child:
                if (Latest(child.DefinitionId) is { } definition)
                {
                    _runs[child.ChildRunId] = Decider.Create(Compile(definition), child.ChildRunId, time.GetUtcNow(), Mode);
                    pending.Enqueue((child.ChildRunId, child.Start));
                }
                else if (child.Start.ParentBookmarkId is { } bookmark)
                    pending.Enqueue((run, new RunEvent.Resume(bookmark, new JsonObject { ["error"] = $"No published version of workflow definition with ID {child.DefinitionId} found." })));

                break;
            case RunCommand.ResumeParent parent:
                pending.Enqueue((parent.ParentRunId, new RunEvent.Resume(parent.BookmarkId, parent.Result)));
                break;
            case RunCommand.PublishEvent published:
                var hash = BookmarkHash.OfEvent(published.EventName);
                foreach (var (id, state) in _runs)
                    foreach (var bookmark in state.Bookmarks)
                        if (bookmark.Hash == hash && (!published.LocalOnly || id == run) && (published.CorrelationId is null || published.CorrelationId == state.CorrelationId))
                            pending.Enqueue((id, new RunEvent.Resume(bookmark.Id, published.Payload?.DeepClone())));
                break;
            case RunCommand.CancelRun cancel:
                pending.Enqueue((cancel.Run, new RunEvent.Cancel(cancel.Reason)));
                break;
            case RunCommand.Respond respond:
                responses.Add(respond);
                break;
        }
    }

    private CompiledDefinition Compile(WorkflowDefinition definition)
    {
        if (!_compiled.TryGetValue(definition.Id, out var compiled))
            _compiled[definition.Id] = compiled = compiler.Compile(definition, this);
        return compiled;
    }

    private WorkflowDefinition? Latest(string definitionId) => _definitions.Where(definition => definition.DefinitionId == definitionId)
        .OrderByDescending(definition => definition.IsPublished).ThenByDescending(definition => definition.Version).FirstOrDefault();
}
