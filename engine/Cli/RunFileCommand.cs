using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Expressions;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Remediation;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Compiling;
using Homelab.Workflows.Definitions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab run FILE</c>: runs a definition in memory. Nothing is stored; steps that read are performed with the configured connections, steps with an effect are refused, because the gate is the server's.</summary>
internal static class RunFileCommand
{
    private static readonly Argument<FileInfo> DefinitionFile = new("file") { Description = "An Elsa 3 definition, or a playbook (.yaml, with --dry-run); others beside it may be used as activities." };

    private static readonly Option<string?> Input = new("--input") { Description = "The workflow's inputs as a JSON object, or @FILE.", HelpName = "JSON" };

    private static readonly Option<bool> Json = new("--json") { Description = "Print the result as JSON." };

    private static readonly Option<FlowchartMode> Mode = new("--mode") { Description = "How flowcharts join: counter (Elsa's default) or token.", DefaultValueFactory = _ => FlowchartMode.Counter };

    private static readonly Option<bool> Resume = new("--resume") { Description = "Resume whatever it waits for, in the order it began to wait, until it finishes." };

    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Steps with an effect say what they would do and do nothing." };

    /// <summary>A run that waits anew each time it is resumed ends here.</summary>
    private const int MostResumes = 50;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var command = new Command("run", "Runs a definition in memory and prints status, lines, outputs and faults.") { DefinitionFile, Input, Json, Mode, Resume, DryRun };
        ServeCommand.AddOptions(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var file = parsed.GetValue(DefinitionFile)!;
        var isPlaybook = DefinitionFiles.IsYaml(file.Name);
        if (isPlaybook && !parsed.GetValue(DryRun))
        {
            await error.WriteLineAsync("A playbook runs here with --dry-run only, because the gate is the server's: put it into workflows/playbooks and start it there.");
            return ExitCode.Usage;
        }

        WorkflowDefinition definition;
        Playbook? playbook = null;
        JsonObject input;
        try
        {
            if (isPlaybook)
            {
                if (await PlaybooksCommand.CompileAsync(file, error, cancellationToken) is not { } compiled)
                    return ExitCode.Problems;
                (playbook, definition) = compiled;
            }
            else
                definition = WorkflowJson.Read(await File.ReadAllBytesAsync(file.FullName, cancellationToken)).WithLegacyOptions();
            input = await InputAsync(parsed.GetValue(Input), cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or WorkflowJsonException)
        {
            await error.WriteLineAsync(exception.Message);
            return ExitCode.Usage;
        }

        var javaScript = new JavaScriptEngines(TimeProvider.System);
        var compiler = new DefinitionCompiler(new ExpressionCompiler(javaScript, new NCalcEvaluator()), javaScript);
        await using var tools = new Tools(parsed);
        var runner = new InMemoryRunner(
            compiler, [.. await SiblingsAsync(file, definition, cancellationToken), definition], TimeProvider.System, tools.PerformAsync, type => ActivityCatalog.All.Concat(ControlActivity.All).FirstOrDefault(descriptor => descriptor.TypeName == type))
        {
            Mode = isPlaybook ? FlowchartMode.Token : parsed.GetValue(Mode),
        };
        var result = await runner.StartAsync(definition.DefinitionId, new RunEvent.Start(input, DryRun: parsed.GetValue(DryRun)), cancellationToken);
        for (var resumed = 0; parsed.GetValue(Resume) && resumed < MostResumes && result.State.Bookmarks.Count > 0; resumed++)
        {
            foreach (var bookmark in result.State.Bookmarks.ToArray())
                result = result.Then(await runner.SendAsync(result.State.Id, new RunEvent.Resume(bookmark.Id), cancellationToken));
        }

        // What it looks at is on another machine: where that cannot be reached, what it would do can still be shown.
        var preview = playbook is not null && PlaybookPreview.IsOutOfReach(result.State) ? PlaybookPreview.Of(playbook, input) : null;
        if (parsed.GetValue(Json))
            await output.WriteLineAsync(AsJson(result, preview).ToJsonString(Format));
        else
            await PrintAsync(result, preview, output);
        if (preview is not null)
            return ExitCode.Ok;
        return result.State is { Status: RunStatus.Finished, SubStatus: RunSubStatus.Finished, Incidents.Count: 0 } or { SubStatus: RunSubStatus.Suspended, Incidents.Count: 0 } ? ExitCode.Ok : ExitCode.Problems;
    }

    private static async Task<JsonObject> InputAsync(string? text, CancellationToken cancellationToken)
    {
        if (text is ['@', .. var path])
            text = await File.ReadAllTextAsync(path, cancellationToken);
        return string.IsNullOrWhiteSpace(text) ? [] : JsonNode.Parse(text) as JsonObject ?? throw new JsonException("--input is not a JSON object; write --input '{\"name\": \"value\"}'.");
    }

    /// <summary>What cannot be read beside the file is not its problem.</summary>
    private static async Task<List<WorkflowDefinition>> SiblingsAsync(FileInfo file, WorkflowDefinition definition, CancellationToken cancellationToken)
    {
        var siblings = new List<WorkflowDefinition>();
        foreach (var other in file.Directory!.EnumerateFiles("*.json").Where(other => other.FullName != file.FullName))
        {
            try
            {
                var read = WorkflowJson.Read(await File.ReadAllBytesAsync(other.FullName, cancellationToken)).WithLegacyOptions();
                if (read.DefinitionId != definition.DefinitionId)
                    siblings.Add(read);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or WorkflowJsonException)
            {
            }
        }

        return siblings;
    }

    private static async Task PrintAsync(InMemoryResult result, JsonObject? preview, TextWriter output)
    {
        foreach (var line in result.Lines)
            await output.WriteLineAsync(line);
        await output.WriteLineAsync($"status: {result.State.SubStatus}");
        foreach (var (name, value) in result.State.Output)
            await output.WriteLineAsync($"output {name}: {value?.ToJsonString() ?? "null"}");
        foreach (var bookmark in result.State.Bookmarks)
            await output.WriteLineAsync($"waits for {bookmark.Name} at {bookmark.ActivityId} {bookmark.Payload?.ToJsonString()}");
        foreach (var response in result.Responses)
            await output.WriteLineAsync($"response {response.StatusCode}: {response.Body}");
        foreach (var incident in result.State.Incidents)
            await output.WriteLineAsync($"{(preview is null ? "fault" : "not looked at")} in {incident.ActivityId} ({incident.ActivityType}): {incident.Message}");
        if (preview is null)
            return;
        await output.WriteLineAsync("What it looks at cannot be reached from here, so whether it would act is not known. If all that must hold does, it would do (${...} is what is read first):");
        foreach (var step in preview["steps"]!.AsArray()) // made with it
            await output.WriteLineAsync($"  {step}");
        await output.WriteLineAsync($"and look whether it helped: {preview["verify"]}");
    }

    private static JsonObject AsJson(InMemoryResult result, JsonObject? preview) => new()
    {
        ["preview"] = preview,
        ["status"] = result.State.Status.ToString(),
        ["subStatus"] = result.State.SubStatus.ToString(),
        ["name"] = result.State.Name,
        ["correlationId"] = result.State.CorrelationId,
        ["lines"] = new JsonArray([.. result.Lines.Select(line => (JsonNode?)line)]),
        ["output"] = result.State.Output.DeepClone(),
        ["bookmarks"] = new JsonArray([.. result.State.Bookmarks.Select(bookmark => new JsonObject { ["name"] = bookmark.Name, ["activityId"] = bookmark.ActivityId, ["payload"] = bookmark.Payload?.DeepClone() })]),
        ["responses"] = new JsonArray([.. result.Responses.Select(response => new JsonObject { ["statusCode"] = response.StatusCode, ["contentType"] = response.ContentType, ["body"] = response.Body })]),
        ["incidents"] = new JsonArray([.. result.State.Incidents.Select(incident => new JsonObject { ["activityId"] = incident.ActivityId, ["activityType"] = incident.ActivityType, ["message"] = incident.Message, ["exceptionType"] = incident.ExceptionType })]),
        ["journal"] = new JsonArray([.. result.Journal.Select(entry => new JsonObject
        {
            ["sequence"] = entry.Sequence,
            ["activityId"] = entry.ActivityId,
            ["activityType"] = entry.ActivityType,
            ["eventName"] = entry.EventName,
            ["message"] = entry.Message,
            ["payload"] = entry.Payload?.DeepClone(),
        })]),
    };

    /// <summary>The tools as configured, made when the first step needs one.</summary>
    private sealed class Tools(ParseResult parsed) : IAsyncDisposable
    {
        private WebApplication? _app;

        public async Task<StepOutcome> PerformAsync(Runs.RunCommand.Perform step, CancellationToken cancellationToken)
        {
            _app ??= Server.Create(new Dictionary<string, string?>(ServeCommand.Settings(parsed)) { ["Logs:Directory"] = "" });
            if (!_app.Services.GetRequiredService<ActivityCatalog>().TryFind(step.ActivityType, out var invoker))
                return new StepOutcome.Failed("UnknownActivity", $"There is no activity {step.ActivityType}. homelab activities lists them.", Retryable: false);
            var context = new ActivityContext
            {
                RunId = "run",
                StepId = step.StepId,
                Attempt = step.Attempt,
                IdempotencyKey = step.StepId,
                DryRun = step.DryRun,
                Time = TimeProvider.System,
                Logger = NullLogger.Instance,
            };
            try
            {
                return new StepOutcome.Succeeded(await new RefuseEverythingGate().PerformAsync(invoker, JsonSerializer.SerializeToElement(step.Input), context, cancellationToken));
            }
            catch (GateClosedException refusal)
            {
                return new StepOutcome.Refused(refusal.Message);
            }
            catch (ActivityException failure)
            {
                return new StepOutcome.Failed(failure.Kind.ToString(), failure.Message, Retryable: false);
            }
        }

        public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
