using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs.Compiling;
using Homelab.Workflows.Definitions;
using ValueType = Homelab.Engine.Expressions.ValueType;

namespace Homelab.Engine.Runs;

/// <summary>The journal in Elsa's form. Inputs go out with Started, outputs and outcomes with Completed, the error with Faulted: an activity's execution record is these together.</summary>
internal sealed partial class Interpreter
{
    private const string Mask = "***";

    public void Log(ActivityFrame frame, string eventName, string? message = null, JsonObject? payload = null) => Journal.Add(new JournalEntry
    {
        Sequence = ++State.Sequence,
        Timestamp = Now,
        ActivityInstanceId = frame.Id,
        ParentActivityInstanceId = frame.ParentId,
        ActivityId = frame.Node.Id,
        ActivityNodeId = frame.NodeId,
        ActivityType = frame.Node.Type,
        ActivityTypeVersion = frame.Node.Version,
        ActivityName = frame.Node.Name,
        EventName = eventName,
        Message = message,
        Payload = payload,
    });

    /// <summary>The entry was written before the inputs were known, as Elsa orders it.</summary>
    private void FillStarted(ActivityFrame frame)
    {
        if (frame.Inputs.Length == 0 || Journal.Count == 0 || !ReferenceEquals(Journal[^1].ActivityInstanceId, frame.Id))
            return;
        var inputs = LoggedInputs(frame);
        if (inputs is not null)
            Journal[^1] = Journal[^1] with { Payload = new JsonObject { ["inputs"] = inputs } };
    }

    private JsonObject? LoggedInputs(ActivityFrame frame)
    {
        JsonObject? result = null;
        for (var i = 0; i < frame.Inputs.Length; i++)
        {
            var input = frame.Node.Inputs[i];
            if (!input.AutoEvaluate || !IsLogged(frame, input.Log, out var problem))
                continue;
            (result ??= [])[input.Name] = input switch
            {
                _ when problem is not null => problem,
                { IsSecret: true } when frame.Inputs[i] is not null => Mask,
                { IsPrompt: true } => SecretPatterns.Hide(ValueConverter.Own(frame.Inputs[i])),
                _ => ValueConverter.Own(frame.Inputs[i]),
            };
        }

        return result;
    }

    /// <param name="problem">Why the mode cannot be told: written in place of the value, which may be one that nobody is to see.</param>
    private bool IsLogged(ActivityFrame frame, LogRule rule, out string? problem)
    {
        problem = null;
        for (var at = rule; at is not null; at = at.Outer)
        {
            if (at.Expression is null)
                return at.Keeps;
            try
            {
                var given = ValueConverter.ToText(at.Expression.Evaluate(ScopeOf(frame), ValueType.String));
                if (!LogMode.TryParse(given, out var keeps))
                    throw new ExpressionFailure($"it gave '{given}', which is none of Include, Exclude and Inherit.");
                if (keeps is { } known)
                    return known;
            }
            catch (Exception error) when (error is not OutOfMemoryException)
            {
                problem = $"(not kept: the log persistence expression of '{frame.Node.Id}' cannot be used: {error.Message})";
                return true;
            }
        }

        return true;
    }

    private void LogCompleted(ActivityFrame frame, IReadOnlyList<string?>? outcomes)
    {
        JsonObject? payload = null;
        if (outcomes is not null)
        {
            var names = new JsonArray();
            foreach (var outcome in outcomes)
                if (outcome is not null)
                    names.Add(JsonValue.Create(outcome));
            payload = new JsonObject { ["Outcomes"] = names };
        }

        if (frame.OutputValues is { } outputs)
        {
            (payload ??= [])["outputs"] = outputs;
            frame.OutputValues = null;
        }

        Log(frame, "Completed", payload: payload);
    }

    public void AddBookmark(ActivityFrame frame, string name, JsonNode? payload, bool withInstance = true, bool autoBurn = true, string? id = null)
    {
        frame.HasNewBookmark = true;
        State.Bookmarks.Add(new Bookmark
        {
            Id = id ?? NextId(),
            Name = name,
            Hash = BookmarkHash.Of(name, payload, withInstance ? frame.Id : null),
            Payload = payload,
            ActivityId = frame.Node.Id,
            ActivityNodeId = frame.NodeId,
            ActivityInstanceId = frame.Id,
            CreatedAt = Now,
            AutoBurn = autoBurn,
        });
    }

    private void RemoveBookmarks(ActivityFrame frame)
    {
        if (State.Bookmarks.Count == 0)
            return;
        if (AwaitsInPlace(frame))
            State.AwaitedStepId = null;
        State.Bookmarks.RemoveAll(bookmark => bookmark.ActivityInstanceId == frame.Id);
    }
}
