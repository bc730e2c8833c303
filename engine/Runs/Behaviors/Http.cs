using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;

namespace Homelab.Engine.Runs.Behaviors;

/// <summary>Started by its request, or waiting for one. The request comes as an object with the activity's output names in camel case (parsedContent, routeData, queryStringData, headers, result).</summary>
internal sealed class HttpEndpointBehavior : ActivityBehavior
{
    private static readonly string[] OutputNames = ["ParsedContent", "Files", "File", "RouteData", "QueryStringData", "Headers", "Result"];

    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        if (run.State.TriggerActivityId == frame.Node.Id && run.State.TriggerPayload is { } request)
        {
            run.State.TriggerPayload = null;
            Receive(run, frame, request);
            return;
        }

        var path = run.Text(frame, "Path") ?? "";
        var methods = ValueConverter.ToItems(run.Input(frame, "SupportedMethods")).Select(ValueConverter.ToText).OfType<string>().ToArray();
        foreach (var method in methods.Length > 0 ? methods : ["GET"])
            run.AddBookmark(frame, "Elsa.HttpEndpoint", Payload(path, method), withInstance: false);
    }

    /// <summary>What an endpoint waits with, and what a request is looked up by.</summary>
    public static JsonObject Payload(string path, string method) => new()
    {
        ["Path"] = "/" + path.Trim('/').ToLowerInvariant(),
        ["Method"] = method.ToLowerInvariant(),
    };

    public override void Resumed(Interpreter run, ActivityFrame frame, Bookmark bookmark, JsonNode? input)
    {
        if (input is null && bookmark.Payload is not null)
        {
            // Resumed, but not by a request: as in Elsa it waits once more, for whoever carries the request.
            run.State.Bookmarks.RemoveAll(known => known.ActivityInstanceId == frame.Id);
            run.AddBookmark(frame, "Elsa.HttpEndpoint", null);
            return;
        }

        Receive(run, frame, input);
    }

    private static void Receive(Interpreter run, ActivityFrame frame, JsonNode? request)
    {
        if (request is JsonObject fields)
        {
            run.State.HasCaller = true;
            foreach (var name in OutputNames)
                if (fields[JsonNamingPolicy.CamelCase.ConvertName(name)] is { } value)
                    run.SetOutput(frame, name, value);
            // A request that would have been refused, of which this workflow wants to hear itself.
            if ((string?)fields["outcome"] is { } outcome)
            {
                run.Complete(frame, [outcome]);
                return;
            }
        }

        run.Complete(frame);
    }
}

internal sealed class WriteHttpResponseBehavior : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        if (!run.State.HasCaller)
            throw new ActivityFailure(
                "FaultException",
                "The HTTP context was lost during workflow execution. No HTTP request started or resumed this run, so there is nobody to answer. Start it by an HTTP endpoint.");
        var content = run.Input(frame, "Content");
        var contentType = run.Text(frame, "ContentType");
        var body = content is null ? null : content is JsonValue ? ValueConverter.ToText(content) : content.ToJsonString(ValueConverter.Compact);
        if (string.IsNullOrWhiteSpace(contentType))
            contentType = content is JsonObject or JsonArray ? "application/json" : content is null ? null : "text/plain";
        run.Commands.Add(new RunCommand.Respond(Status(run.Text(frame, "StatusCode")), contentType, body, run.Input(frame, "ResponseHeaders") is JsonObject headers ? (JsonObject)headers.DeepClone() : null));
        run.Complete(frame);
    }

    private static int Status(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
            return 200;
        if (int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var code))
            return code;
        return Enum.TryParse<System.Net.HttpStatusCode>(text, ignoreCase: true, out var named)
            ? (int)named
            : throw new ActivityFailure("ArgumentException", $"'{text}' is no HTTP status. Use a number such as 200 or a name such as NotFound.");
    }
}

/// <summary>
/// Elsa.SendHttpRequest, Elsa.FlowSendHttpRequest and Elsa.DownloadHttpFile: performed outside. The performer answers
/// <c>{statusCode, parsedContent, responseHeaders, ...}</c>, or fails with the error type "Timeout" or another one for a connection that failed.
/// </summary>
internal sealed class SendHttpRequestBehavior(bool isFlow) : ActivityBehavior
{
    public override void Execute(Interpreter run, ActivityFrame frame)
    {
        // The codes are needed when the answer comes, after the store.
        if (isFlow)
            frame.Data = ForEachBehavior.Items(run.Input(frame, "ExpectedStatusCodes"));
        run.Perform(frame, PerformBehavior.InputOf(frame), frame.Node.RunAsynchronously);
    }

    public override void StepSucceeded(Interpreter run, ActivityFrame frame, JsonNode? output)
    {
        var answer = output as JsonObject ?? [];
        foreach (var (name, value) in answer)
            run.SetOutput(frame, OutputName(name), value);
        var status = (int)ValueConverter.ToInteger(answer["statusCode"]);
        if (isFlow)
        {
            var expected = frame.Data as JsonArray ?? [];
            string?[] outcomes = expected.Count == 0
                ? ["Done"]
                : [expected.Any(code => ValueConverter.ToInteger(code) == status) ? status.ToString(CultureInfo.InvariantCulture) : "Unmatched status code", "Done"];
            run.Complete(frame, outcomes);
            return;
        }

        var port = frame.Node.Cases.FirstOrDefault(item => item.Label == status.ToString(CultureInfo.InvariantCulture))?.Activity ?? frame.Node.Port("unmatchedStatusCode");
        if (port is null)
            run.Complete(frame);
        else
            run.Schedule(frame, port);
    }

    public override void StepFailed(Interpreter run, ActivityFrame frame, string errorType, string message)
    {
        if (errorType == "Refused")
            throw new ActivityFailure(errorType, message);
        var timedOut = errorType is "Timeout" or "TimeoutException" or "TaskCanceledException";
        run.SetOutput(frame, "Error", new JsonObject { ["type"] = errorType, ["message"] = message });
        if (isFlow)
            run.Complete(frame, [timedOut ? "Timeout" : "Failed to connect"]);
        else
            run.Schedule(frame, frame.Node.Port(timedOut ? "timeout" : "failedToConnect"));
    }

    private static string OutputName(string camelCase) => camelCase.Length == 0 ? camelCase : char.ToUpperInvariant(camelCase[0]) + camelCase[1..];
}
