using System.Collections;

namespace Homelab.Engine.Api.Elsa.Descriptors;

/// <summary>How one of Elsa's own activities is shown: its text, and for each input and output that is offered, in the order of the form, its own.</summary>
internal sealed class BuiltInWords(string description) : IEnumerable<(string Name, FieldWords Words)>
{
    private const string OutcomesTab = "Outcomes";

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"];

    private static readonly string[] ContentTypes = ["", "application/json", "application/x-www-form-urlencoded", "application/xml", "text/html", "text/plain", "text/xml"];

    private static readonly string[] StatusCodes =
    [
        "OK", "Created", "Accepted", "NoContent", "MovedPermanently", "Found", "SeeOther", "NotModified", "BadRequest", "Unauthorized", "Forbidden",
        "NotFound", "MethodNotAllowed", "Conflict", "Gone", "UnprocessableEntity", "TooManyRequests", "InternalServerError", "BadGateway",
        "ServiceUnavailable", "GatewayTimeout",
    ];

    private static readonly FieldWords Condition = new("True or false.") { Syntax = "JavaScript" };

    private static readonly FieldWords SwitchMode = new("Only the first case that holds, or all of them.") { Choices = ["MatchFirst", "MatchAny"] };

    private static readonly FieldWords Duration = new("How often, as hours:minutes:seconds.");

    private readonly List<(string Name, FieldWords Words)> _fields = [];

    public string Description => description;

    public IReadOnlyList<(string Name, FieldWords Words)> Fields => _fields;

    /// <summary>A port that Elsa describes and nobody draws.</summary>
    public string? HiddenPort { get; init; }

    public bool Resilient { get; init; }

    /// <summary>By type name; what is not here is not offered.</summary>
    public static IReadOnlyDictionary<string, BuiltInWords> All { get; } = new Dictionary<string, BuiltInWords>
    {
        ["Elsa.If"] = new("Runs the Then branch if the condition holds, otherwise the Else branch.") { { "Condition", Condition }, { "Result", "What the condition gave." } },
        ["Elsa.Switch"] = new("Runs the branches whose condition holds, or the default branch.") { { "Cases", "" }, { "Mode", SwitchMode }, { "Output", "" } },
        ["Elsa.FlowDecision"] = new("Goes on by True or by False.") { { "Condition", Condition } },
        ["Elsa.FlowSwitch"] = new("Goes on by the cases whose condition holds, or by Default.") { { "Cases", "" }, { "Mode", SwitchMode } },
        ["Elsa.FlowFork"] = new("Goes on by every branch at once.") { { "Branches", "The names of the branches." } },
        ["Elsa.FlowJoin"] = new("Waits for the branches that lead here, or for the first of them.") { { "Mode", new FieldWords("Which branches it waits for.") { Choices = ["WaitAll", "WaitAllActive", "WaitAny"] } } },
        ["Elsa.Fork"] = new("Runs several branches, then waits for all or any.") { { "JoinMode", new FieldWords("Which branches it waits for.") { Choices = ["WaitAll", "WaitAny"] } } },
        ["Elsa.StateMachine"] = new("Goes from state to state by transitions, each with a trigger that it waits for."),
        ["Elsa.While"] = new("Repeats its body as long as the condition holds.") { { "Condition", Condition } },
        ["Elsa.For"] = new("Repeats its body for each number from start to end.")
        {
            { "Start", new FieldWords("The first number.") { Default = "0" } }, { "End", new FieldWords("The last number.") { Default = "0" } },
            { "Step", new FieldWords("What is added each time; may be negative.") { Default = "1" } }, { "OuterBoundInclusive", "Whether the end itself is a turn." },
            { "CurrentValue", "The number of this turn." },
        },
        ["Elsa.ForEach"] = new("Repeats its body for each item, one after the other.") { { "Items", new FieldWords("The items to go through.") { Syntax = "JavaScript" } }, { "CurrentValue", "The item of this turn." } },
        ["Elsa.ParallelForEach"] = new("Runs its body for each item, all at once.") { { "Items", new FieldWords("The items to go through.") { Syntax = "JavaScript" } } },
        ["Elsa.Break"] = new("Leaves the loop that it is in."),
        ["Elsa.Start"] = new("Where a flowchart starts."),
        ["Elsa.End"] = new("Ends the flowchart that it is in."),
        ["Elsa.FlowNode"] = new("Holds one activity as a node of a flowchart."),
        ["Elsa.Flowchart"] = new("Activities joined by connections.") { HiddenPort = "Start" },
        ["Elsa.Sequence"] = new("Activities one after the other."),
        ["Elsa.Parallel"] = new("Activities all at once."),
        ["Elsa.Workflow"] = new("A workflow.") { HiddenPort = "Root" },
        ["Elsa.NotFoundActivity"] = new("Stands for an activity whose type is not installed; running it is a fault."),
        ["Elsa.SetVariable"] = new("Sets a variable.") { { "Variable", "Which variable." }, { "Value", "The new value." } },
        ["Elsa.SetName"] = new("Names this run.") { { "Value", "The name." } },
        ["Elsa.Correlate"] = new("Sets the correlation id of this run.") { { "CorrelationId", "An id that events and other runs share." } },
        ["Elsa.WriteLine"] = new("Writes a line to the run's output.") { { "Text", "The text to write." } },
        ["Elsa.ReadLine"] = new("Waits for a line of text.") { { "Result", "The line." } },
        ["Elsa.Event"] = new("Waits for an event, or starts the workflow when it is published.") { { "EventName", "The name of the event." }, { "Result", "What came with the event." } },
        ["Homelab.Incident.Opened"] = new("Starts the workflow when an incident opens.")
        {
            { "Kinds", "Only incidents of these kinds, with commas between: container_down, disk_filling. Empty is all." },
            { "MinSeverity", new FieldWords("Only incidents at least this severe.") { Choices = ["info", "warning", "critical"] } },
            { "Result", "The incident: id, kind, title, severity, target, service, labels, annotations, startedAt." },
        },
        ["Elsa.PublishEvent"] = new("Publishes an event.")
        {
            { "EventName", "The name of the event." }, { "CorrelationId", "Only runs with this correlation id get it." }, { "IsLocalEvent", "Only this run gets it." },
            { "Payload", new FieldWords("What comes with the event.") { Syntax = "JavaScript" } },
        },
        ["Elsa.RunTask"] = new("Announces a task for the outside and waits until it is reported done.")
        {
            { "TaskName", "The name of the task." }, { "Payload", "What the task needs to know." }, { "TaskId", "The id to report it done by." }, { "Result", "What was reported." },
        },
        ["Elsa.Fault"] = new("Faults the run.")
        {
            { "Code", new FieldWords("A code that tells faults apart.") { Default = "\"0\"" } }, { "Category", new FieldWords("A group of faults.") { Default = "\"General\"" } },
            { "FaultType", new FieldWords("System, Integration or Business, say.") { Default = "\"System\"" } }, { "Message", new FieldWords("What went wrong.") { Hint = "multiline" } },
        },
        ["Elsa.Finish"] = new("Finishes the run at once."),
        ["Elsa.Complete"] = new("Completes the workflow with the outcomes that its caller sees.") { { "Outcomes", new FieldWords("The outcomes.") { Syntax = "Object" } } },
        ["Elsa.SetOutput"] = new("Sets an output of this workflow.") { { "OutputName", "Which output." }, { "OutputValue", "Its value." } },
        ["Elsa.ExecuteWorkflow"] = new("Runs another workflow.")
        {
            { "WorkflowDefinitionId", "Which workflow." }, { "CorrelationId", "The correlation id of the new run." }, { "Input", "Its input, by name." },
            { "WaitForCompletion", "Wait until it is done." }, { "Result", "How it ended and what it gave." },
        },
        ["Elsa.DispatchWorkflow"] = new("Starts another workflow beside this one.")
        {
            { "WorkflowDefinitionId", "Which workflow." }, { "CorrelationId", "The correlation id of the new run." }, { "Input", "Its input, by name." },
            { "WaitForCompletion", "Wait until it is done." }, { "Result", "What it gave, when it was waited for." },
        },
        ["Elsa.BulkDispatchWorkflows"] = new("Starts another workflow once for each item.")
        {
            { "WorkflowDefinitionId", "Which workflow." }, { "Items", new FieldWords("The items.") { Syntax = "JavaScript" } }, { "DefaultItemInputKey", "The name of the input that gets the item." },
            { "CorrelationIdFunction", "The correlation id of each run." }, { "Input", "More input, the same for each." }, { "WaitForCompletion", "Wait until all are done." },
        },
        ["Elsa.Delay"] = new("Waits for a while.") { { "TimeSpan", "How long, as hours:minutes:seconds." } },
        ["Elsa.Timer"] = new("Starts the workflow again and again, or waits once.") { { "Interval", Duration } },
        ["Elsa.Cron"] = new("Starts the workflow by a cron expression, or waits for its next time.") { { "CronExpression", "Six fields with seconds first, in UTC: \"0 0 * * * *\" is every hour." } },
        ["Elsa.StartAt"] = new("Starts the workflow at a moment, or waits for it.") { { "DateTime", new FieldWords("When.") { Hint = "datetime-picker" } } },
        ["Elsa.HttpEndpoint"] = new("Starts the workflow by a request, or waits for one.")
        {
            { "Path", new FieldWords("The path below /workflows/; {name} takes a part of it.") { Before = "/workflows/" } },
            { "SupportedMethods", new FieldWords("The methods that are accepted; GET if none is ticked.") { Choices = ["GET", "POST", "PUT", "HEAD", "DELETE"] } },
            { "Authorize", new FieldWords("Only for who is signed in or has an API key.") { Category = "Security" } },
            { "Policy", new FieldWords("The name of an authorization policy.") { Category = "Security" } },
            { "RequestTimeout", new FieldWords("How long the caller waits for the workflow's own response.") { Category = "Upload" } },
            { "RequestSizeLimit", new FieldWords("The largest request, in bytes.") { Category = "Upload" } },
            { "FileSizeLimit", new FieldWords("The largest file, in bytes.") { Category = "Upload" } },
            { "AllowedFileExtensions", new FieldWords("Only files with one of these.") { Category = "Upload" } },
            { "BlockedFileExtensions", new FieldWords("No file with one of these.") { Category = "Upload" } },
            { "AllowedMimeTypes", new FieldWords("Only files of one of these types.") { Category = "Upload" } },
            { "ExposeRequestTooLargeOutcome", Outcome("too large a request") }, { "ExposeFileTooLargeOutcome", Outcome("too large a file") },
            { "ExposeInvalidFileExtensionOutcome", Outcome("a file with a wrong extension") }, { "ExposeInvalidFileMimeTypeOutcome", Outcome("a file of a wrong type") },
            { "ParsedContent", "The body, parsed by its content type." }, { "Files", "The files that came with it." }, { "RouteData", "What {name} took from the path." },
            { "QueryStringData", "The query string." }, { "Headers", "The headers." }, { "Result", "The request." },
        },
        ["Elsa.WriteHttpResponse"] = new("Answers the request that started the workflow.")
        {
            { "StatusCode", new FieldWords("The status of the answer.") { Choices = StatusCodes } }, { "Content", new FieldWords("The body.") { Hint = "multiline" } },
            { "ContentType", new FieldWords("The type of the body.") { Choices = ContentTypes } }, { "ResponseHeaders", new FieldWords("More headers.") { Category = "Advanced" } },
        },
        ["Elsa.FlowSendHttpRequest"] = Request(new("Sends a request and goes on by the status of the answer.") { Resilient = true }, "Each of these becomes a port."),
        ["Elsa.SendHttpRequest"] = Request(new("Sends a request and runs the branch for the status of the answer.") { Resilient = true }, null),
        ["Elsa.RunJavaScript"] = new("Runs a script.")
        {
            { "Script", new FieldWords("The script; what it returns is the result.") { Syntax = "JavaScript" } }, { "PossibleOutcomes", "The outcomes that setOutcome may name." },
            { "Result", "What the script returned." },
        },
    };

    public void Add(string name, FieldWords words) => _fields.Add((name, words));

    public IEnumerator<(string Name, FieldWords Words)> GetEnumerator() => _fields.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static FieldWords Outcome(string what) => new($"Go on by an outcome of its own for {what} instead of refusing it.") { Category = OutcomesTab };

    private static BuiltInWords Request(BuiltInWords words, string? codes)
    {
        words.Add("Url", "Where the request goes.");
        words.Add("Method", new FieldWords("The HTTP method.") { Choices = Methods });
        words.Add("Content", new FieldWords("The body.") { Hint = "multiline" });
        words.Add("ContentType", new FieldWords("The type of the body.") { Choices = ContentTypes });
        words.Add("Authorization", new FieldWords("The value of the Authorization header. Secret: masked wherever it is shown.") { Category = "Security", IsSecret = true });
        words.Add("ExpectedStatusCodes", codes ?? "");
        words.Add("RequestHeaders", new FieldWords("More headers.") { Category = "Advanced" });
        words.Add("StatusCode", "The status of the answer.");
        words.Add("ParsedContent", "The body, parsed by its content type.");
        words.Add("ResponseHeaders", "The headers.");
        words.Add("Result", "The whole answer.");
        return words;
    }
}

/// <summary>How one field is shown.</summary>
/// <param name="Text">Null: nothing needs to be said.</param>
internal sealed record FieldWords(string? Text)
{
    /// <summary>The expression a new one starts with; null is a literal.</summary>
    public string? Syntax { get; init; }

    /// <summary>What the drop-down or the check list offers.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>The tab of the form.</summary>
    public string? Category { get; init; }

    /// <summary>Another editor than the table's.</summary>
    public string? Hint { get; init; }

    /// <summary>What a new one holds, as JSON, where the table has no default.</summary>
    public string? Default { get; init; }

    /// <summary>Shown in front of the value.</summary>
    public string? Before { get; init; }

    public bool IsSecret { get; init; }

    public static implicit operator FieldWords(string text) => new(text.Length == 0 ? null : text);
}
