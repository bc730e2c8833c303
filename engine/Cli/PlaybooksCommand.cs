using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Homelab.Activities;
using Homelab.Engine.Diagnosis;
using Homelab.Engine.Playbooks;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Cli;

/// <summary><c>homelab playbooks schema</c>, and what other commands need to read playbooks without a server.</summary>
internal static class PlaybooksCommand
{
    private const string DiagnosisFile = "diagnosis.yaml";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var schema = new Command("schema", "Prints the JSON schema of playbooks, for editors: save it as playbook.schema.json beside them.");
        schema.SetAction(async (parsed, _) =>
        {
            await parsed.InvocationConfiguration.Output.WriteLineAsync(Schema());
            return ExitCode.Ok;
        });
        return new Command("playbooks", "Playbooks: remediations in short form.") { schema };
    }

    /// <summary>As the file beside the shipped playbooks has it.</summary>
    public static string Schema() => PlaybookSchema.Of(ActivityCatalog.All).ToJsonString(Format);

    /// <returns>False where it has problems, which are printed.</returns>
    public static async Task<bool> ValidateAsync(string file, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var (valid, problems) = await CheckAsync(file, cancellationToken);
        foreach (var problem in problems)
            await error.WriteLineAsync($"{file}:{problem.Line}:{problem.Column}: error: {(problem.Path.Length > 0 ? $"{problem.Path} " : "")}{problem.Message}");
        if (valid)
            await output.WriteLineAsync($"{file}: ok");
        return valid;
    }

    /// <summary>The workflow that a playbook compiles to; null where it has problems, which are printed.</summary>
    public static async Task<(Playbook Playbook, WorkflowDefinition Definition)?> CompileAsync(FileInfo file, TextWriter error, CancellationToken cancellationToken)
    {
        await using var activities = DefinitionFiles.Activities();
        var catalog = activities.GetRequiredService<ActivityCatalog>();
        var (playbook, problems) = new PlaybookReader(catalog).Read(file.Name, await File.ReadAllTextAsync(file.FullName, cancellationToken));
        foreach (var problem in problems)
            await error.WriteLineAsync(problem.ToString());
        return playbook is null ? null : (playbook, new PlaybookCompiler(catalog).Compile(playbook));
    }

    private static async Task<(bool Valid, IReadOnlyList<PlaybookProblem> Problems)> CheckAsync(string file, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await File.ReadAllTextAsync(file, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return (false, [new PlaybookProblem(file, 1, 1, "", exception.Message)]);
        }

        await using var activities = DefinitionFiles.Activities();
        var catalog = activities.GetRequiredService<ActivityCatalog>();
        if (Path.GetFileName(file) == DiagnosisFile)
        {
            var (rules, wrong) = new DiagnosisReader(catalog).Read(file, text);
            return (rules is not null, wrong);
        }

        var (playbook, problems) = new PlaybookReader(catalog).Read(file, text);
        return (playbook is not null, problems);
    }
}
