using System.Collections.Immutable;

namespace Homelab.Workflows.Definitions;

public static partial class BuiltInActivities
{
    public static ImmutableArray<BuiltInActivity> All { get; } =
    [
        new("Elsa.Break", "Looping", "Break", ActivityKind.Action)
        {
            IsTerminal = true,
        },
        new("Elsa.BulkDispatchWorkflows", "Composition", "Bulk Dispatch Workflows", ActivityKind.Task)
        {
            Inputs =
            [
                new("WorkflowDefinitionId", "String") { IsRequired = true, UIHint = "workflow-definition-picker", DisplayName = "Workflow Definition" },
                new("Items", "Object"),
                new("DefaultItemInputKey", "String", "\"Item\""),
                new("CorrelationIdFunction", "String") { AutoEvaluate = false },
                new("Input", "ObjectDictionary") { UIHint = "json-editor" },
                new("WaitForCompletion", "Boolean", "true") { UIHint = "checkbox" },
                new("StartNewTrace", "Boolean") { UIHint = "checkbox" },
                new("ChannelName", "String") { UIHint = "dropdown", DisplayName = "Channel" },
            ],
            EmbeddedPorts = ["ChildCompleted", "ChildFaulted"],
            FlowPorts = ["Completed", "Canceled", "Done"],
        },
        new("Elsa.Complete", "Composition", "Complete", ActivityKind.Action)
        {
            Inputs =
            [
                new("Outcomes", "Object") { UIHint = "outcome-picker" },
            ],
            IsTerminal = true,
        },
        new("Elsa.Correlate", "Primitives", "Correlate", ActivityKind.Action)
        {
            Inputs =
            [
                new("CorrelationId", "String"),
            ],
        },
        new("Elsa.Cron", "Scheduling", "Cron", ActivityKind.Trigger)
        {
            Inputs =
            [
                new("CronExpression", "String") { IsRequired = true },
                // Not one of Elsa's own: heeded where a file has it.
                new("TimeZone", "String"),
            ],
        },
        new("Elsa.Delay", "Scheduling", "Delay", ActivityKind.Action)
        {
            Inputs =
            [
                new("TimeSpan", "TimeSpan", "\"00:01:00\""),
            ],
        },
        new("Elsa.DispatchWorkflow", "Composition", "Dispatch Workflow", ActivityKind.Action)
        {
            Inputs =
            [
                new("WorkflowDefinitionId", "String") { IsRequired = true, UIHint = "workflow-definition-picker", DisplayName = "Workflow Definition" },
                new("CorrelationId", "String"),
                new("Input", "ObjectDictionary") { UIHint = "json-editor" },
                new("WaitForCompletion", "Boolean") { UIHint = "checkbox" },
                new("StartNewTrace", "Boolean") { UIHint = "checkbox" },
                new("ChannelName", "String") { UIHint = "dropdown", DisplayName = "Channel" },
            ],
            Outputs = [new("Result", "Object")],
        },
        new("Elsa.DownloadHttpFile", "HTTP", "Download File", ActivityKind.Task)
        {
            Inputs =
            [
                new("Url", "Uri") { IsRequired = true },
                new("Method", "String", "\"GET\"") { UIHint = "dropdown" },
                new("ExpectedStatusCodes", "List<Int32>", "[200]") { UIHint = "multitext" },
                new("Content", "Object") { DisplayName = "Request Content" },
                new("RequestContentType", "String") { UIHint = "dropdown", DisplayName = "Content Type" },
                new("Authorization", "String"),
                new("DisableAuthorizationHeaderValidation", "Boolean") { UIHint = "checkbox" },
                new("RequestHeaders", "HttpHeaders") { UIHint = "json-editor" },
            ],
            Outputs = [new("Response", "HttpResponseMessage"), new("StatusCode", "Int32"), new("ResponseContentStream", "Stream"), new("ResponseContentBytes", "ByteArray"), new("ResponseHeaders", "HttpHeaders"), new("ResponseContentHeaders", "HttpHeaders"), new("Result", "HttpFile")],
        },
        new("Elsa.End", "Flow", "End", ActivityKind.Action)
        {
            IsTerminal = true,
        },
        new("Elsa.Event", "Primitives", "Event", ActivityKind.Trigger)
        {
            Inputs =
            [
                new("EventName", "String") { IsRequired = true },
            ],
            Outputs = [new("Result", "Object")],
        },
        new("Elsa.ExecuteWorkflow", "Composition", "Execute Workflow", ActivityKind.Task)
        {
            Inputs =
            [
                new("WorkflowDefinitionId", "String") { IsRequired = true, UIHint = "workflow-definition-picker", DisplayName = "Workflow Definition" },
                new("CorrelationId", "String"),
                new("Input", "ObjectDictionary") { UIHint = "json-editor" },
                new("WaitForCompletion", "Boolean") { UIHint = "checkbox" },
            ],
            Outputs = [new("Result", "ExecuteWorkflowResult")],
        },
        new("Elsa.Fault", "Primitives", "Fault", ActivityKind.Action)
        {
            Inputs =
            [
                new("Code", "String"),
                new("Category", "String"),
                new("FaultType", "String") { DisplayName = "Type" },
                new("Message", "String"),
            ],
        },
        new("Elsa.Finish", "Primitives", "Finish", ActivityKind.Action)
        {
            IsTerminal = true,
        },
        new("Elsa.FlowDecision", "Branching", "Decision", ActivityKind.Action)
        {
            Inputs =
            [
                new("Condition", "Boolean"),
            ],
            FlowPorts = ["True", "False"],
        },
        new("Elsa.FlowFork", "Branching", "Fork (flow)", ActivityKind.Action)
        {
            Inputs =
            [
                new("Branches", "List<String>") { UIHint = "dynamic-outcomes" },
            ],
        },
        new("Elsa.FlowJoin", "Branching", "Join", ActivityKind.Action)
        {
            Inputs =
            [
                new("Mode", "FlowJoinMode", "\"WaitAny\"") { UIHint = "dropdown" },
            ],
        },
        new("Elsa.FlowNode", "Flow", "Container", ActivityKind.Action)
        {
            EmbeddedPorts = ["Body"],
        },
        new("Elsa.FlowSendHttpRequest", "HTTP", "HTTP Request (flow)", ActivityKind.Task)
        {
            Inputs =
            [
                new("ExpectedStatusCodes", "List<Int32>", "[200]") { UIHint = "multitext" },
                new("Url", "Uri") { IsRequired = true },
                new("Method", "String", "\"GET\"") { UIHint = "dropdown" },
                new("Content", "Object"),
                new("ContentType", "String") { UIHint = "dropdown" },
                new("Authorization", "String"),
                new("DisableAuthorizationHeaderValidation", "Boolean") { UIHint = "checkbox" },
                new("RequestHeaders", "HttpHeaders") { UIHint = "json-editor" },
                new("EnableResiliency", "Boolean") { UIHint = "checkbox" },
            ],
            Outputs = [new("StatusCode", "Int32"), new("ParsedContent", "Object"), new("ResponseHeaders", "HttpHeaders"), new("Result", "HttpResponseMessage")],
        },
        new("Elsa.FlowSwitch", "Branching", "Switch (flow)", ActivityKind.Action)
        {
            Inputs =
            [
                new("Cases", "FlowSwitchCases") { IsRaw = true, UIHint = "flow-switch-editor" },
                new("Mode", "SwitchMode") { UIHint = "dropdown" },
            ],
            FlowPorts = ["Default"],
        },
        new("Elsa.Flowchart", "Flow", "Flowchart", ActivityKind.Action)
        {
            IsContainer = true,
            IsBrowsable = false,
        },
        new("Elsa.For", "Looping", "For", ActivityKind.Action)
        {
            Inputs =
            [
                new("Start", "Int32"),
                new("End", "Int32"),
                new("Step", "Int32"),
                new("OuterBoundInclusive", "Boolean", "true") { UIHint = "checkbox" },
            ],
            Outputs = [new("CurrentValue", "Object")],
            EmbeddedPorts = ["Body"],
        },
        new("Elsa.ForEach", "Looping", "For Each", ActivityKind.Action)
        {
            Inputs =
            [
                new("Items", "List<Object>"),
            ],
            Outputs = [new("CurrentValue", "Object")],
            EmbeddedPorts = ["Body"],
        },
        new("Elsa.Fork", "Control Flow", "Fork", ActivityKind.Action)
        {
            Inputs =
            [
                new("JoinMode", "ForkJoinMode") { IsRaw = true, UIHint = "dropdown" },
            ],
            IsBrowsable = false,
        },
        new("Elsa.HttpEndpoint", "HTTP", "HTTP Endpoint", ActivityKind.Trigger)
        {
            Inputs =
            [
                new("Path", "String") { IsRequired = true },
                new("SupportedMethods", "List<String>") { UIHint = "checklist" },
                new("Authorize", "Boolean") { UIHint = "checkbox" },
                new("Policy", "String"),
                new("RequestTimeout", "TimeSpan"),
                new("RequestSizeLimit", "Long"),
                new("FileSizeLimit", "Long"),
                new("AllowedFileExtensions", "List<String>") { UIHint = "multitext" },
                new("BlockedFileExtensions", "List<String>") { UIHint = "multitext" },
                new("AllowedMimeTypes", "List<String>") { UIHint = "multitext" },
                new("ExposeRequestTooLargeOutcome", "Boolean") { IsRaw = true, UIHint = "checkbox" },
                new("ExposeFileTooLargeOutcome", "Boolean") { IsRaw = true, UIHint = "checkbox" },
                new("ExposeInvalidFileExtensionOutcome", "Boolean") { IsRaw = true, UIHint = "checkbox" },
                new("ExposeInvalidFileMimeTypeOutcome", "Boolean") { IsRaw = true, UIHint = "checkbox" },
            ],
            Outputs = [new("ParsedContent", "Object"), new("Files", "FormFile[]"), new("File", "FormFile"), new("RouteData", "ObjectDictionary"), new("QueryStringData", "ObjectDictionary"), new("Headers", "ObjectDictionary"), new("Result", "HttpRequest")],
        },
        new("Elsa.If", "Branching", "If", ActivityKind.Action)
        {
            Inputs =
            [
                new("Condition", "Boolean"),
            ],
            Outputs = [new("Result", "Boolean")],
            EmbeddedPorts = ["Then", "Else"],
        },
        new("Elsa.NotFoundActivity", "System", "Not Found Activity", ActivityKind.Action)
        {
            IsBrowsable = false,
        },
        new("Elsa.Parallel", "Workflows", "Parallel", ActivityKind.Action)
        {
            IsContainer = true,
            IsBrowsable = false,
        },
        new("Elsa.ParallelForEach", "Looping", "Parallel for Each", ActivityKind.Action)
        {
            Inputs =
            [
                new("Items", "Object"),
            ],
            EmbeddedPorts = ["Body"],
        },
        new("Elsa.PublishEvent", "Primitives", "Publish Event", ActivityKind.Action)
        {
            Inputs =
            [
                new("EventName", "String") { IsRequired = true },
                new("CorrelationId", "String"),
                new("IsLocalEvent", "Boolean") { UIHint = "checkbox", DisplayName = "Local event" },
                new("Payload", "Object"),
            ],
        },
        new("Elsa.ReadLine", "Console", "Read Line", ActivityKind.Action)
        {
            Outputs = [new("Result", "String")],
        },
        new("Elsa.RunCSharp", "Scripting", "Run C#", ActivityKind.Action)
        {
            Inputs =
            [
                new("Script", "String") { UIHint = "code-editor" },
                new("PossibleOutcomes", "List<String>") { UIHint = "dynamic-outcomes" },
            ],
            Outputs = [new("Result", "Object")],
        },
        new("Elsa.RunJavaScript", "Scripting", "Run JavaScript", ActivityKind.Action)
        {
            Inputs =
            [
                new("Script", "String") { UIHint = "code-editor" },
                new("PossibleOutcomes", "List<String>") { UIHint = "dynamic-outcomes" },
            ],
            Outputs = [new("Result", "Object")],
        },
        new("Elsa.RunTask", "Primitives", "Run Task", ActivityKind.Action)
        {
            Inputs =
            [
                new("TaskName", "String") { IsRequired = true },
                new("Payload", "ObjectDictionary") { UIHint = "json-editor" },
            ],
            Outputs = [new("TaskId", "String"), new("Result", "Object")],
        },
        new("Elsa.SendHttpRequest", "HTTP", "HTTP Request", ActivityKind.Task)
        {
            Inputs =
            [
                new("ExpectedStatusCodes", "HttpStatusCodeCases") { IsRaw = true, UIHint = "http-status-codes" },
                new("Url", "Uri") { IsRequired = true },
                new("Method", "String", "\"GET\"") { UIHint = "dropdown" },
                new("Content", "Object"),
                new("ContentType", "String") { UIHint = "dropdown" },
                new("Authorization", "String"),
                new("DisableAuthorizationHeaderValidation", "Boolean") { UIHint = "checkbox" },
                new("RequestHeaders", "HttpHeaders") { UIHint = "json-editor" },
                new("EnableResiliency", "Boolean") { UIHint = "checkbox" },
            ],
            Outputs = [new("StatusCode", "Int32"), new("ParsedContent", "Object"), new("ResponseHeaders", "HttpHeaders"), new("Result", "HttpResponseMessage")],
            EmbeddedPorts = ["UnmatchedStatusCode", "FailedToConnect", "Timeout"],
        },
        new("Elsa.Sequence", "Workflows", "Sequence", ActivityKind.Action)
        {
            IsContainer = true,
            IsBrowsable = false,
        },
        new("Elsa.SetName", "Primitives", "Set Name", ActivityKind.Action)
        {
            Inputs =
            [
                new("Value", "String"),
            ],
        },
        new("Elsa.SetOutput", "Composition", "Set Output", ActivityKind.Action)
        {
            Inputs =
            [
                new("OutputName", "String") { IsRequired = true, UIHint = "output-picker", DisplayName = "Output" },
                new("OutputValue", "Object"),
            ],
        },
        new("Elsa.SetVariable", "Primitives", "Set Variable", ActivityKind.Action)
        {
            Inputs =
            [
                new("Variable", "Variable") { IsRaw = true, IsRequired = true, UIHint = "variable-picker" },
                new("Value", "Object"),
            ],
        },
        new("Elsa.Start", "Flow", "Start", ActivityKind.Action)
        {
            IsStart = true,
        },
        new("Elsa.StartAt", "Scheduling", "Start at", ActivityKind.Trigger)
        {
            Inputs =
            [
                new("DateTime", "DateTimeOffset") { IsRequired = true },
            ],
        },
        new("Elsa.StateMachine", "Flow", "State Machine", ActivityKind.Action),
        new("Elsa.Switch", "Branching", "Switch", ActivityKind.Action)
        {
            Inputs =
            [
                new("Cases", "SwitchCases") { IsRaw = true, UIHint = "switch-editor" },
                new("Mode", "SwitchMode") { UIHint = "dropdown" },
            ],
            Outputs = [new("Output", "Object")],
            EmbeddedPorts = ["Default"],
        },
        new("Elsa.Timer", "Scheduling", "Timer", ActivityKind.Trigger)
        {
            Inputs =
            [
                new("Interval", "TimeSpan", "\"00:01:00\""),
            ],
        },
        new("Elsa.While", "Looping", "While", ActivityKind.Action)
        {
            Inputs =
            [
                new("Condition", "Boolean") { AutoEvaluate = false },
            ],
            EmbeddedPorts = ["Body"],
        },
        new("Elsa.Workflow", "Workflows", "Workflow", ActivityKind.Action)
        {
            Outputs = [new("Result", "Object")],
            IsBrowsable = false,
        },
        new("Elsa.WriteFileHttpResponse", "HTTP", "HTTP File Response", ActivityKind.Action)
        {
            Inputs =
            [
                new("ContentType", "String"),
                new("Filename", "String"),
                new("EntityTag", "String"),
                new("Content", "Object"),
                new("EnableResumableDownloads", "Boolean") { UIHint = "checkbox" },
                new("DownloadCorrelationId", "String"),
            ],
        },
        new("Elsa.WriteHttpResponse", "HTTP", "HTTP Response", ActivityKind.Action)
        {
            Inputs =
            [
                new("StatusCode", "HttpStatusCode", "\"OK\"") { UIHint = "dropdown" },
                new("Content", "Object"),
                new("ContentType", "String") { UIHint = "dropdown" },
                new("ResponseHeaders", "HttpHeaders") { UIHint = "json-editor" },
            ],
        },
        new("Elsa.WriteLine", "Console", "Write Line", ActivityKind.Action)
        {
            Inputs =
            [
                new("Text", "String"),
            ],
        },
        new("Homelab.Incident.Opened", "Incident", "Incident opened", ActivityKind.Trigger)
        {
            Inputs =
            [
                new("Kinds", "String"),
                new("MinSeverity", "String", "\"info\"") { UIHint = "dropdown", DisplayName = "Least severity" },
            ],
            Outputs = [new("Result", "Object")],
        },
    ];
}
