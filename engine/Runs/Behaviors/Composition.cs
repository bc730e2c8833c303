using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>Elsa.DispatchWorkflow: another run is started, and waited for where that is asked.</summary>
internal sealed class DispatchWorkflowBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var waits = run.Flag(frame, "WaitForCompletion");
        var child = ChildRuns.Start(run, frame, ChildRuns.Input(run, frame), run.Text(frame, "CorrelationId"), waits ? run.NextId() : null, out var bookmark);
        if (waits)
        {
            run.AddBookmark(frame, frame.Node.Type, new JsonObject { ["ChildInstanceId"] = child.Value }, withInstance: false, id: bookmark);
            return;
        }

        run.SetOutput(frame, "Result", JsonValue.Create(child.Value));
        run.Complete(frame);
    }

    public override void Resumed(Interpreter run, ActivityFrame frame, Bookmark bookmark, JsonNode? input)
    {
        frame.Data = null;
        if (input is JsonObject answer && answer["error"] is { } error)
            throw new ActivityFailure("WorkflowNotFound", ValueConverter.ToText(error) ?? "The workflow could not be started.");
        run.SetOutput(frame, "Result", ChildRuns.Output(input));
        run.Complete(frame);
    }
}

/// <summary>Elsa.ExecuteWorkflow: the child's first burst runs in place, the queue waits for it; after that the child is waited for where that is asked.</summary>
internal sealed class ExecuteWorkflowBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var id = run.NextId();
        var child = ChildRuns.Start(run, frame, ChildRuns.Input(run, frame), run.Text(frame, "CorrelationId"), id, out _, reportsSuspension: true);
        run.AddBookmark(frame, frame.Node.Type, new JsonObject { ["ChildInstanceId"] = child.Value }, withInstance: false, id: id);
        run.State.AwaitedStepId ??= id;
    }

    public override void Resumed(Interpreter run, ActivityFrame frame, Bookmark bookmark, JsonNode? input)
    {
        var answer = input as JsonObject;
        if (answer?["error"] is { } error)
            throw new ActivityFailure("Exception", ValueConverter.ToText(error) ?? "The workflow could not be started.");
        var wasWaitedFor = frame.Index > 0;
        var isRunning = ValueConverter.ToText(answer?["status"]) == "Running";
        if (isRunning && run.Flag(frame, "WaitForCompletion"))
        {
            // The bookmark stays: the next answer is the child's end.
            frame.HasNewBookmark = true;
            frame.Index = 1;
            run.Log(frame, "Suspended");
            return;
        }

        frame.Data = null;
        // How it ended is told of a child that was executed in place; of one that was waited for, Elsa gives what it put out.
        run.SetOutput(frame, "Result", wasWaitedFor ? ChildRuns.Output(input) : input);
        run.Complete(frame);
    }
}

/// <summary>One run an item; each child's end schedules a port, and the last one completes the activity.</summary>
internal sealed class BulkDispatchBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var items = ForEachBehavior.Items(run.Input(frame, "Items"));
        var waits = run.Input(frame, "WaitForCompletion") is not { } wait || ValueConverter.ToBoolean(wait);
        var key = run.Text(frame, "DefaultItemInputKey") is { Length: > 0 } name ? name : "Item";
        var bookmark = waits && items.Count > 0 ? run.NextId() : null;
        var function = run.InputOf(frame, "CorrelationIdFunction");
        foreach (var item in items)
        {
            var input = ChildRuns.Input(run, frame);
            if (item is JsonObject fields)
                foreach (var (field, value) in fields)
                    input[field] = value?.DeepClone();
            else
                input[key] = item?.DeepClone();
            var arguments = new JsonObject { [key] = item?.DeepClone() };
            var correlation = function?.Expression is null ? null : ValueConverter.ToText(run.Evaluate(frame, function, arguments));
            ChildRuns.Start(run, frame, input, correlation, bookmark, out _);
        }

        frame.Index = items.Count;
        if (bookmark is not null)
            run.AddBookmark(frame, frame.Node.Type, new JsonObject { ["ParentInstanceId"] = run.State.Id.Value, ["ScheduledInstanceIdsCount"] = items.Count }, false, autoBurn: false, id: bookmark);
        else
            run.Complete(frame, ["Done"]);
    }

    public override void Resumed(Interpreter run, ActivityFrame frame, Bookmark bookmark, JsonNode? input)
    {
        var answer = input as JsonObject;
        var childId = ValueConverter.ToText(answer?["workflowInstanceId"]);
        if (frame.Data is JsonObject data && data["children"] is JsonArray children && children.FirstOrDefault(id => ValueConverter.ToText(id) == childId) is { } known)
            children.Remove(known);
        frame.Index--;
        var variables = new Dictionary<string, JsonNode?> { ["ChildInstanceId"] = JsonValue.Create(childId), ["ChildResult"] = answer?.DeepClone() };
        var port = ValueConverter.ToText(answer?["subStatus"]) switch
        {
            "Faulted" => frame.Node.Port("childFaulted"),
            "Finished" => frame.Node.Port("childCompleted"),
            _ => null,
        };
        if (port is not null)
            run.Schedule(frame, port, variables: variables);
        else
            CompleteWhenAll(run, frame);
    }

    public override void ChildCompleted(Interpreter run, ActivityFrame frame, ActivityFrame child, IReadOnlyList<string?>? outcomes, string? tag) => CompleteWhenAll(run, frame);

    private static void CompleteWhenAll(Interpreter run, ActivityFrame frame)
    {
        if (frame.Index <= 0)
            run.Complete(frame, ["Completed", "Done"]);
    }
}

internal static class ChildRuns
{
    /// <summary>What the child put out, by name: the result of an activity that waited for it.</summary>
    public static JsonNode? Output(JsonNode? answer) => answer is JsonObject fields && fields.TryGetPropertyValue("output", out var output) ? ValueConverter.Own(output) : answer;

    public static JsonObject Input(Interpreter run, ActivityFrame frame)
    {
        var input = run.Input(frame, "Input") as JsonObject;
        var result = input is null ? [] : (JsonObject)input.DeepClone();
        result["ParentInstanceId"] = run.State.Id.Value;
        return result;
    }

    public static RunId Start(Interpreter run, ActivityFrame frame, JsonObject input, string? correlationId, string? bookmarkId, out string? bookmark, bool reportsSuspension = false)
    {
        var definitionId = run.Text(frame, "WorkflowDefinitionId");
        if (string.IsNullOrWhiteSpace(definitionId))
            throw new ActivityFailure("InvalidOperationException", "No workflow is chosen. Set 'Workflow definition' to the definition id of a published workflow.");
        var child = run.NextRunId();
        bookmark = bookmarkId;
        if (bookmarkId is not null)
        {
            var data = frame.Data as JsonObject ?? [];
            frame.Data = data;
            if (data["children"] is not JsonArray children)
                data["children"] = children = [];
            children.Add(JsonValue.Create(child.Value));
        }

        run.Commands.Add(new RunCommand.StartRun(child, definitionId, "Published", new RunEvent.Start(
            input,
            CorrelationId: string.IsNullOrWhiteSpace(correlationId) ? null : correlationId,
            ParentRunId: run.State.Id,
            ParentBookmarkId: bookmarkId,
            DryRun: run.State.DryRun,
            ReportsSuspension: reportsSuspension)));
        return child;
    }
}
