using System.Text.Json.Nodes;
using Homelab.Engine.Expressions;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Compiling;
using Homelab.Workflows.Definitions;

namespace Homelab.Tests.Conformance;

/// <summary>One recorded case: its files, how it is run, and what Elsa did.</summary>
internal sealed class ElsaCase(JsonObject json)
{
    private static readonly Lazy<IReadOnlyDictionary<string, ElsaCase>> Cases = new(() =>
        JsonNode.Parse(File.ReadAllText(ConformanceFolder.Path("elsa/cases.json")))!.AsArray().Select(item => new ElsaCase(item!.AsObject())).ToDictionary(item => item.Id));

    private static readonly JavaScriptEngines JavaScript = new(TimeProvider.System);

    public static ExpressionCompiler Expressions { get; } = new(JavaScript, new NCalcEvaluator());

    public static DefinitionCompiler Compiler { get; } = new(Expressions, JavaScript);

    public static IReadOnlyDictionary<string, ElsaCase> All => Cases.Value;

    public string Id { get; } = (string)json["id"]!;

    public string Family => (string)json["family"]!;

    public FlowchartMode Mode => (string)json["mode"]! == "token" ? FlowchartMode.Token : FlowchartMode.Counter;

    public JsonObject Observed => json["observed"]!.AsObject();

    public bool Resumes => (bool?)json["noResume"] != true;

    public JsonObject Input => json["input"] as JsonObject is { } input ? (JsonObject)input.DeepClone() : [];

    public IReadOnlyList<WorkflowDefinition> Definitions()
    {
        var files = json["files"]!.AsArray().Select(file => ConformanceFolder.Path("elsa/" + (string)file!)).ToList();
        if ((string?)json["dir"] is { } folder)
            files = [.. Directory.GetFiles(ConformanceFolder.Path("elsa/" + folder), "*.json").Except(files), .. files];
        var definitions = files.Select(file => WorkflowJson.Read(File.ReadAllBytes(file)));
        return [.. json["dir"] is null ? definitions : definitions.Select(definition => definition.WithLegacyOptions())];
    }

    /// <summary>Why this engine does not run it; null when it does.</summary>
    public string? NotRunnable(IReadOnlyList<WorkflowDefinition> definitions)
    {
        if (Observed["status"] is null)
            return "nothing was observed";
        foreach (var definition in definitions)
            foreach (var activity in definition.Activities())
            {
                if (activity.Type is "Elsa.RunCSharp" or "Elsa.RunPython")
                    return activity.Type;
                foreach (var expression in activity.Inputs.Values.Select(input => input.Expression).Concat((activity.Cases ?? []).Select(item => item.Condition)))
                    if (expression is not null && Expressions.Check(expression) is not null)
                        return $"{expression.Type}: {expression.Value}";
            }

        return null;
    }

    public async Task<InMemoryResult> RunAsync(IReadOnlyList<WorkflowDefinition> definitions, Func<RunState, RunState>? between = null)
    {
        var runner = new InMemoryRunner(Compiler, definitions, TimeProvider.System, (step, _) => Task.FromResult<StepOutcome>(new StepOutcome.Failed("NoPerformer", step.ActivityType, false)))
        {
            Mode = Mode,
            Between = between ?? (state => state),
        };
        var id = (string?)json["run"] ?? definitions[^1].DefinitionId;
        var result = await runner.StartAsync(id, new RunEvent.Start(Input), CancellationToken.None);
        for (var i = 0; i < 50 && Resumes && result.State.Bookmarks.Count > 0; i++)
        {
            foreach (var bookmark in result.State.Bookmarks.ToArray())
            {
                result = result.Then(await runner.SendAsync(result.State.Id, new RunEvent.Resume(bookmark.Id), CancellationToken.None));
            }
        }

        return result;
    }

    /// <summary>Suspended with nothing to wait for: real Elsa hangs there.</summary>
    public bool HangsInElsa
    {
        get
        {
            if ((string?)Observed["subStatus"] != "Suspended")
                return false;
            var last = (Observed["steps"] as JsonArray)?.LastOrDefault();
            return last is null || (last["bookmarks"] as JsonArray)?.Count is null or 0;
        }
    }
}
