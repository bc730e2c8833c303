using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>Waits for a moment with a bookmark and a timer; when its own trigger started the run there is nothing to wait for.</summary>
internal abstract class WaitingBehavior : ActivityBehavior
{
    protected static void WaitUntil(Interpreter run, ActivityFrame frame, DateTimeOffset dueAt, JsonObject payload)
    {
        var id = run.NextId();
        run.AddBookmark(frame, frame.Node.Type, payload, id: id);
        run.Commands.Add(new RunCommand.ScheduleResume(id, dueAt));
    }

    protected static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);
}

internal sealed class DelayBehavior : WaitingBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var span = ValueConverter.ToTimeSpan(run.Input(frame, "TimeSpan")) ?? TimeSpan.Zero;
        var dueAt = span > TimeSpan.Zero ? run.Now + span : run.Now;
        WaitUntil(run, frame, dueAt, new JsonObject { ["ResumeAt"] = Text(dueAt) });
    }
}

internal sealed class TimerBehavior : WaitingBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        if (run.State.TriggerActivityId == frame.Node.Id)
        {
            run.Complete(frame);
            return;
        }

        var interval = ValueConverter.ToTimeSpan(run.Input(frame, "Interval")) ?? TimeSpan.FromMinutes(1);
        WaitUntil(run, frame, run.Now + interval, new JsonObject { ["ResumeAt"] = Text(run.Now + interval) });
    }
}

internal sealed class StartAtBehavior : WaitingBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var dueAt = ValueConverter.ToDate(run.Input(frame, "DateTime"));
        if (run.State.TriggerActivityId == frame.Node.Id || dueAt is null || dueAt <= run.Now)
            run.Complete(frame);
        else
            WaitUntil(run, frame, dueAt.Value, new JsonObject { ["ExecuteAt"] = Text(dueAt.Value) });
    }
}

internal sealed class CronBehavior : WaitingBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        if (run.State.TriggerActivityId == frame.Node.Id)
        {
            run.Complete(frame);
            return;
        }

        var text = run.Text(frame, "CronExpression") ?? "";
        if (!CronSchedule.TryParse(text, out var schedule, out var problem))
            throw new ActivityFailure("CronFormatException", $"The cron expression '{text}' {problem}");
        var zone = run.Text(frame, "TimeZone")?.Trim() is { Length: > 0 } name
            ? TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found) ? found : throw new ActivityFailure("TimeZoneNotFoundException", $"The time zone '{name}' is not known. Write an IANA name such as Europe/Berlin, or leave it empty for UTC.")
            : TimeZoneInfo.Utc;
        var dueAt = schedule.NextAfter(run.Now, zone) ?? throw new ActivityFailure("CronFormatException", $"The cron expression '{text}' never comes due.");
        WaitUntil(run, frame, dueAt, new JsonObject { ["ExecuteAt"] = Text(dueAt), ["CronExpression"] = text });
    }
}

internal sealed class EventBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        if (run.State.TriggerActivityId == frame.Node.Id)
        {
            run.SetOutput(frame, "Result", run.State.TriggerPayload);
            run.Complete(frame);
            return;
        }

        var name = run.Text(frame, "EventName");
        if (string.IsNullOrWhiteSpace(name))
            throw new ActivityFailure("InvalidOperationException", "The event's name is empty: nothing could ever resume this activity. Set 'Event name'.");
        run.AddBookmark(frame, "Elsa.Event", new JsonObject { ["EventName"] = name }, withInstance: false);
    }

    public override void Resumed(Interpreter run, ActivityFrame frame, Bookmark bookmark, JsonNode? input)
    {
        run.SetOutput(frame, "Result", input);
        run.Complete(frame);
    }
}

/// <summary>Starts a workflow and gives the incident on; there is nothing to wait for in the middle of one.</summary>
internal sealed class IncidentOpenedBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        run.SetOutput(frame, "Result", run.State.TriggerActivityId == frame.Node.Id ? run.State.TriggerPayload : run.State.Input["Incident"]);
        run.Complete(frame);
    }
}

internal sealed class PublishEventBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var correlation = run.Text(frame, "CorrelationId");
        run.Commands.Add(new RunCommand.PublishEvent(
            run.Text(frame, "EventName") ?? "",
            string.IsNullOrWhiteSpace(correlation) ? null : correlation,
            ValueConverter.Own(run.Input(frame, "Payload")),
            run.Flag(frame, "IsLocalEvent")));
        run.Complete(frame);
    }
}

internal sealed class RunTaskBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        var taskId = run.NextGuid().ToString("N");
        var name = run.Text(frame, "TaskName") ?? "";
        var bookmark = run.NextId();
        run.AddBookmark(frame, "Elsa.RunTask", new JsonObject { ["TaskId"] = taskId, ["TaskName"] = name }, withInstance: false, id: bookmark);
        run.SetOutput(frame, "TaskId", JsonValue.Create(taskId));
        run.Commands.Add(new RunCommand.RunTask(taskId, name, ValueConverter.Own(run.Input(frame, "Payload")), bookmark));
    }

    public override void Resumed(Interpreter run, ActivityFrame frame, Bookmark bookmark, JsonNode? input)
    {
        run.SetOutput(frame, "Result", input);
        run.Complete(frame);
    }
}
