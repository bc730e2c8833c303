using System.CommandLine;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Dispatch;

namespace Homelab.Engine.Cli;

/// <summary>
/// <c>homelab activities run</c>. On a server when one is named, and always when the activity has an effect: there it is a durable run of one step
/// under gate, journal and approvals. Otherwise here, where the door is shut for everything that changes something.
/// </summary>
internal static class RunActivity
{
    public static readonly Argument<string> Name = new("name") { Description = "Id, such as prometheus.query_metrics." };
    public static readonly Option<string?> Connection = new("--connection") { Description = "Name of the connection under Activities:TOOL (default).", HelpName = "NAME" };
    public static readonly Option<string?> Input = new("--input") { Description = "Its input as a JSON object; @FILE reads it from a file.", HelpName = "JSON" };
    public static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what it would do and do nothing." };
    public static readonly Option<bool> Json = new("--json") { Description = "Print the whole answer as JSON, not only the output." };

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var error = parsed.InvocationConfiguration.Error;
        var name = parsed.GetValue(Name)!;
        if (ActivityCatalog.All.FirstOrDefault(activity => activity.Id == name || activity.TypeName == name) is not { } descriptor)
        {
            await error.WriteLineAsync($"There is no activity \"{name}\". homelab activities lists them.");
            return ExitCode.Usage;
        }

        JsonObject input;
        try
        {
            input = await InputAsync(parsed.GetValue(Input), cancellationToken);
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCode.Usage;
        }

        if (parsed.GetValue(Connection) is { } connection)
            input["connection"] = connection;
        return ServerClient.IsNamed(parsed) || (descriptor.Effect != Effect.None && !parsed.GetValue(DryRun))
            ? await OnServerAsync(parsed, descriptor, input, cancellationToken)
            : await HereAsync(parsed, descriptor, input, cancellationToken);
    }

    private static async Task<int> OnServerAsync(ParseResult parsed, ActivityDescriptor descriptor, JsonObject input, CancellationToken cancellationToken)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        using var server = ServerClient.From(parsed);
        var (status, body) = await server.SendAsync(
            HttpMethod.Post,
            $"/api/activities/{descriptor.Id}/{(parsed.GetValue(DryRun) ? "dry-run" : "run")}",
            new JsonObject { ["input"] = input, ["waitSeconds"] = 2 },
            cancellationToken);
        if (status != HttpStatusCode.OK)
        {
            await error.WriteLineAsync((string?)body?["detail"] ?? $"The server answered {(int)status}.");
            return status == HttpStatusCode.BadRequest ? ExitCode.Usage : ExitCode.Problems;
        }

        if ((string?)body?["state"] == ActivityRun.Running)
            await error.WriteLineAsync($"run {(string?)body["runId"]} goes on; it does so without this command, too");
        var said = "";
        while ((string?)body?["state"] == ActivityRun.Running)
        {
            (status, body) = await server.SendAsync(HttpMethod.Get, $"/api/activities/runs/{(string?)body["runId"]}?waitSeconds=2", null, cancellationToken);
            if (status != HttpStatusCode.OK)
                throw new ServerUnreachableException($"The server answered {(int)status} when it was asked how the run goes on.");
            if (Progress(body) is { Length: > 0 } progress && progress != said)
                await error.WriteLineAsync(said = progress);
        }

        if (parsed.GetValue(Json))
            await output.WriteLineAsync(body!.ToJsonString(Format));
        else if ((string?)body?["state"] == ActivityRun.Done)
            await output.WriteLineAsync(body["output"]?.ToJsonString(Format) ?? "null");
        else
            await error.WriteLineAsync($"{(string?)body?["state"]}: {(string?)body?["message"]}{((string?)body?["approvalId"] is { } approval ? $" (approval {approval}, run {(string?)body["runId"]})" : "")}");
        return (string?)body?["state"] switch
        {
            ActivityRun.Done => ExitCode.Ok,
            ActivityRun.Refused => ExitCode.Refused,
            ActivityRun.Waits => ExitCode.Waits,
            _ => ExitCode.Problems,
        };
    }

    private static async Task<int> HereAsync(ParseResult parsed, ActivityDescriptor descriptor, JsonObject fields, CancellationToken cancellationToken)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        await using var app = Server.Create(new Dictionary<string, string?>(ServeCommand.Settings(parsed), StringComparer.OrdinalIgnoreCase) { ["Logs:Directory"] = "" });
        var services = app.Services;
        services.GetRequiredService<ActivityCatalog>().TryFind(descriptor.Id, out var invoker);
        var input = JsonSerializer.SerializeToElement(fields);
        var problems = invoker!.Validate(input);
        foreach (var problem in problems)
            await error.WriteLineAsync($"{problem.Path}: {problem.Message}");
        if (problems.Count > 0)
            return ExitCode.Usage;

        var time = services.GetRequiredService<TimeProvider>();
        var id = Runs.RunId.New(time.GetUtcNow()).Value;
        using var limit = new CancellationTokenSource(descriptor.Timeout, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            // No decision, authorization or change log here: what changes something is the server's to do.
            var result = await new RefuseEverythingGate().PerformAsync(
                invoker,
                input,
                new ActivityContext
                {
                    RunId = id,
                    StepId = "command-line",
                    IdempotencyKey = id,
                    DryRun = parsed.GetValue(DryRun),
                    Time = time,
                    Logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Homelab.Steps"),
                    Progress = new Progress<ActivityProgress>(step => error.WriteLine(step.Percent is { } percent ? $"{percent,3:0} % {step.Message}" : step.Message)),
                },
                ends.Token);
            await output.WriteLineAsync((parsed.GetValue(Json) ? new JsonObject { ["activity"] = descriptor.Id, ["state"] = ActivityRun.Done, ["output"] = result } : result)?.ToJsonString(Format) ?? "null");
            return ExitCode.Ok;
        }
        catch (GateClosedException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCode.Refused;
        }
        catch (ActivityException exception)
        {
            await error.WriteLineAsync(exception.Message);
            return exception.Retryable ? ExitCode.Unreachable : ExitCode.Problems;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            await error.WriteLineAsync($"{descriptor.Id} did not answer within {descriptor.Timeout.TotalSeconds:0} s, which is its limit.");
            return ExitCode.Unreachable;
        }
    }

    private static string Progress(JsonNode? body) => (body?["progress"] as JsonObject) is { } progress
        ? $"{((double?)progress["percent"] is { } percent ? $"{percent,3:0} % " : "")}{(string?)progress["message"]}"
        : "";

    private static async Task<JsonObject> InputAsync(string? text, CancellationToken cancellationToken)
    {
        if (text is ['@', .. var path])
            text = await File.ReadAllTextAsync(path, cancellationToken);
        return string.IsNullOrWhiteSpace(text) ? [] : JsonNode.Parse(text) as JsonObject ?? throw new JsonException("--input is not a JSON object; write --input '{\"name\": \"value\"}'.");
    }
}
