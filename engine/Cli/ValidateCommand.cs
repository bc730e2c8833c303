using System.CommandLine;
using System.Text.Json;
using Homelab.Activities;
using Homelab.Engine.Controls;
using Homelab.Engine.Definitions;
using Homelab.Engine.Expressions;
using Homelab.Engine.Gate;
using Homelab.Workflows.Definitions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab validate PATH...</c>: every problem of every file, without a server.</summary>
internal static class ValidateCommand
{
    private static readonly Argument<string[]> Paths = new("path") { Description = "Files, or directories whose *.json and *.yaml files are taken.", Arity = ArgumentArity.OneOrMore };

    private static readonly Option<DirectoryInfo?> Rules = new("--rules") { Description = "Directory with policy.json and rule files; the shipped ones unless said.", HelpName = "DIR" };

    public static Command Create()
    {
        var command = new Command("validate", "Checks definitions, playbooks and diagnoses; prints every problem with its place, and every way to an activity that changes something.") { Paths, Rules };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var failed = 0;
        var definitions = new List<(string File, WorkflowDefinition Definition)>();
        foreach (var file in DefinitionFiles.Expand(parsed.GetValue(Paths)!))
        {
            if (DefinitionFiles.IsYaml(file))
            {
                failed += await PlaybooksCommand.ValidateAsync(file, output, error, cancellationToken) ? 0 : 1;
                continue;
            }

            try
            {
                definitions.Add((file, WorkflowJson.Read(await File.ReadAllBytesAsync(file, cancellationToken))));
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException or WorkflowJsonException)
            {
                failed++;
                await error.WriteLineAsync($"{file}: error: {exception.Message}");
            }
        }

        var javaScript = new JavaScriptEngines(TimeProvider.System);
        var validator = new DefinitionValidator(new ExpressionCompiler(javaScript, new NCalcEvaluator()), new KnownFiles([.. definitions.Select(pair => pair.Definition)]));
        var rules = new LiveSettings(
            parsed.GetValue(Rules)?.FullName ?? GateSetup.RulesDirectory(new ConfigurationBuilder().Build()), Path.Combine(Path.GetTempPath(), "no-preferences", "preferences.json"), NullLogger<LiveSettings>.Instance);
        await rules.ReloadAsync(cancellationToken);
        foreach (var problem in rules.Problems)
            await error.WriteLineAsync(problem.ToString());
        var effects = new EffectCheck(new DefinitionTypes(ActivityCatalog.All), rules);
        foreach (var (file, definition) in definitions)
        {
            var problems = validator.Validate(definition);
            foreach (var effect in effects.Of(definition))
                await output.WriteLineAsync($"{file}: effect: {effect.Action} ({DecisionLog.Camel(effect.Effect.ToString())}), class {DecisionLog.Camel(effect.Class.ToString())} or stricter, by {effect.Way}");
            var forbidden = effects.Forbidden(definition).ToList();
            foreach (var problem in forbidden)
                await error.WriteLineAsync($"{file}: error: {problem}");
            var triggers = TriggerIndex.Of(definition, type => BuiltInActivities.Find(type) is { Kind: ActivityKind.Trigger }).Problems;
            foreach (var problem in problems)
                await error.WriteLineAsync($"{file}: {problem}");
            foreach (var problem in triggers)
                await error.WriteLineAsync($"{file}: error: activity '{problem.ActivityId}', {problem.Field}: {problem.Message}");
            if (triggers.Count > 0 || forbidden.Count > 0 || rules.Policy is null || problems.Any(problem => problem.Severity == ProblemSeverity.Error))
                failed++;
            else
                await output.WriteLineAsync($"{file}: ok");
        }

        return failed == 0 ? ExitCode.Ok : ExitCode.Problems;
    }

    /// <summary>The catalogue, and the workflows among the files that are usable as activities.</summary>
    private sealed class KnownFiles(IReadOnlyCollection<WorkflowDefinition> definitions) : IKnownActivities
    {
        public bool IsKnown(ActivityNode activity) => Descriptor(activity) is not null || definitions.Any(definition => definition.ActivityTypeName == activity.Type);

        public IEnumerable<string> RequiredInputs(ActivityNode activity) =>
            Descriptor(activity)?.InputSchema["required"]?.AsArray().Select(name => (string?)name).OfType<string>() ?? [];

        public IEnumerable<string>? Outcomes(ActivityNode activity) => null;

        private static ActivityDescriptor? Descriptor(ActivityNode activity) => ActivityCatalog.All.FirstOrDefault(descriptor => descriptor.TypeName == activity.Type);
    }
}
