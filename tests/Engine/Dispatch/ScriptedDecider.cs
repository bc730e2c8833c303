using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;

namespace Homelab.Tests.Engine.Dispatch;

/// <summary>
/// Runs of a script instead of a definition, so that the dispatcher is tested alone: "read", "effect", "blind" (an effect that cannot be probed), "twice" (idempotent),
/// "delay:SECONDS", "event:NAME", "publish:NAME", "child:SCRIPT", "respond", "throw". The definition id is the script itself, its parts separated by spaces.
/// </summary>
internal sealed class ScriptedDecider : IDecider
{
    public ConcurrentBag<(string Hash, string Script)> Triggers { get; } = [];

    public ValueTask<DefinitionVersion?> ResolveAsync(string definitionId, string? versionOptions, CancellationToken cancellationToken) =>
        ValueTask.FromResult(definitionId == "missing" ? null : new DefinitionVersion(definitionId, definitionId, 1));

    public ValueTask<IReadOnlyList<TriggerMatch>> TriggersAsync(string name, string hash, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<TriggerMatch>>(
            [.. Triggers.Where(trigger => trigger.Hash == hash).Select(trigger => new TriggerMatch(new(trigger.Script, trigger.Script, 1), "trigger"))]);

    public ValueTask<IRunLogic> LoadAsync(string versionId, CancellationToken cancellationToken) => ValueTask.FromResult<IRunLogic>(new Logic(versionId));

    public byte[] Write(RunState state) => JsonSerializer.SerializeToUtf8Bytes(state);

    public RunState Read(ReadOnlyMemory<byte> json) => JsonSerializer.Deserialize<RunState>(json.Span)!;

    private sealed class Logic(string script) : IRunLogic
    {
        private readonly string[] _parts = script.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        public DefinitionVersion Version => new(script, script, 1);

        public Decision Start(RunId id, RunEvent.Start start, DateTimeOffset now)
        {
            var state = new RunState
            {
                Id = id,
                DefinitionId = script,
                DefinitionVersionId = script,
                DefinitionVersion = 1,
                CorrelationId = start.CorrelationId,
                Name = start.Name,
                ParentRunId = start.ParentRunId,
                CreatedAt = now,
                UpdatedAt = now,
                SubStatus = RunSubStatus.Executing,
                Output = new() { ["at"] = -1 },
            };
            return new Step(this, state, now).Next("Started");
        }

        public Decision Decide(RunState state, RunEvent happened, DateTimeOffset now)
        {
            var step = new Step(this, state, now);
            if (state.Status == RunStatus.Finished)
                return step.Done;
            var at = (int)state.Output["at"]!;
            switch (happened)
            {
                case RunEvent.Cancel cancel:
                    return step.Finish(RunSubStatus.Cancelled, cancel.Reason);
                case RunEvent.Resume resume when state.Bookmarks.RemoveAll(bookmark => bookmark.Id == resume.BookmarkId) > 0:
                    return step.Next("Resumed");
                case RunEvent.StepReported report when report.StepId == $"{at}":
                    return report.Outcome switch
                    {
                        StepOutcome.Succeeded => step.Next("Completed"),
                        StepOutcome.Failed { Retryable: true } failed when report.Attempt < 3 => step.Retry(report.Attempt + 1, failed.Message),
                        StepOutcome.Failed failed => step.Finish(RunSubStatus.Faulted, failed.Message),
                        StepOutcome.Refused refused => step.Finish(RunSubStatus.Faulted, refused.Reason),
                        StepOutcome.InDoubt doubt => step.Finish(RunSubStatus.Faulted, "in doubt: " + doubt.Message),
                        _ => step.Finish(RunSubStatus.Faulted, "held"),
                    };
                default:
                    return step.Done;
            }
        }

        private sealed class Step(Logic logic, RunState state, DateTimeOffset now)
        {
            private readonly List<RunCommand> _commands = [];
            private readonly List<JournalEntry> _journal = [];

            public Decision Done => new(state, _commands, _journal, []);

            public Decision Finish(RunSubStatus status, string message)
            {
                (state.Status, state.SubStatus, state.FinishedAt, state.UpdatedAt) = (RunStatus.Finished, status, now, now);
                state.Bookmarks.Clear();
                Write(status.ToString(), message);
                return Done;
            }

            public Decision Retry(int attempt, string message)
            {
                Write("Retrying", message);
                _commands.Add(new RunCommand.PerformLater(Perform((int)state.Output["at"]!, attempt), now.AddSeconds(1)));
                return Done;
            }

            public Decision Next(string why)
            {
                Write(why, "");
                state.UpdatedAt = now;
                for (var at = (int)state.Output["at"]! + 1; at < logic._parts.Length; at++)
                {
                    state.Output["at"] = at;
                    var (verb, argument) = logic._parts[at].Split(':', 2) is [var first, var second] ? (first, second) : (logic._parts[at], "");
                    switch (verb)
                    {
                        case "read" or "effect" or "blind" or "twice" or "slow":
                            _commands.Add(Perform(at, 1));
                            return Done;
                        case "delay":
                            Wait($"{at}", "Elsa.Delay", "DELAY");
                            _commands.Add(new RunCommand.ScheduleResume($"{at}", now.AddSeconds(double.Parse(argument, CultureInfo.InvariantCulture))));
                            return Done;
                        case "event":
                            Wait($"{at}", "Elsa.Event", Stimulus.OfEvent(argument, null, null).Hash);
                            return Done;
                        case "publish":
                            _commands.Add(new RunCommand.PublishEvent(argument, null, null, false));
                            break;
                        case "child":
                            _commands.Add(new RunCommand.StartRun(new(state.Id.Value[..28] + $"c{at:x3}"), argument.Replace('+', ' '), null, new([], ParentRunId: state.Id)));
                            break;
                        case "respond":
                            _commands.Add(new RunCommand.Respond(200, "text/plain", "hello", null));
                            break;
                        case "throw":
                            throw new InvalidOperationException("the script says so");
                        default:
                            throw new ArgumentException(verb);
                    }
                }

                return Finish(RunSubStatus.Finished, "");
            }

            private void Wait(string id, string name, string hash)
            {
                state.SubStatus = RunSubStatus.Suspended;
                state.Bookmarks.Add(new() { Id = id, Name = name, Hash = hash, ActivityId = id, ActivityNodeId = id, ActivityInstanceId = id, CreatedAt = now });
            }

            private RunCommand.Perform Perform(int at, int attempt)
            {
                var (verb, argument) = logic._parts[at].Split(':', 2) is [var first, var second] ? (first, second) : (logic._parts[at], "");
                return new($"{at}", attempt, $"{at}", $"Test.{verb}", 1, new JsonObject { ["argument"] = argument }, null, false, false);
            }

            private void Write(string name, string message) => _journal.Add(new()
            {
                Sequence = ++state.Sequence,
                Timestamp = now,
                ActivityInstanceId = "a",
                ActivityId = "a",
                ActivityNodeId = "a",
                ActivityType = "Test",
                EventName = name,
                Message = message,
            });
        }
    }
}
