using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;

namespace Homelab.Activities.Git;

[Activity(
    "git.write_files", "Write and commit files", "Writes files into a work tree and commits those that changed; where nothing changed there is no commit.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.Low, TimeoutSeconds = 120)]
internal sealed class WriteFiles(WorkTrees trees) : IEffectActivity<WriteFiles.Input, WriteFiles.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var tree = await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken);
        if (await tree.MadeByAsync(context, cancellationToken) is { } made)
            return new() { Commit = made };
        foreach (var file in input.Files)
        {
            if (file.Path.StartsWith('/') || file.Path.Split('/').Any(part => part is "" or "." or ".." or ".git"))
                throw new ActivityException($"The path '{file.Path}' must be relative and stay inside of the work tree.", retryable: false);
        }

        context.Plan.Intend(context, $"git commit of {string.Join(", ", input.Files.Select(file => file.Path))}");
        foreach (var folder in input.Files.Select(file => Path.GetDirectoryName(file.Path)).OfType<string>().Where(folder => folder.Length > 0).Distinct())
            await tree.Host.ChangeAsync(new("mkdir", "-p", "--", $"{input.Directory}/{folder}"), cancellationToken);
        foreach (var file in input.Files)
            await tree.Host.WriteFileAsync($"{input.Directory}/{file.Path}", Encoding.UTF8.GetBytes(file.Content), null, cancellationToken);
        return new() { Commit = await tree.CommitAsync([.. input.Files.Select(file => file.Path)], input.Message, input.Author, context, cancellationToken) };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken)).TargetAsync(cancellationToken);

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        await (await trees.OpenAsync(input.Connection, input.Directory, context, cancellationToken)).MadeByAsync(context, cancellationToken) is null ? Probe.DidNotHappen : Probe.Happened;

    public UndoStep? Undo(Input input, Output output) => output.Commit is { Length: > 0 } commit
        ? Activities.Undo.By("git.revert_commit", new RevertCommit.Input { Connection = input.Connection, Directory = input.Directory, Commit = commit })
        : null;

    internal sealed record Input : ConnectedInput
    {
        [Description("Absolute path of the work tree.")]
        [RegularExpression(WorkTrees.PathPattern)]
        [Example("/srv/docs")]
        public required string Directory { get; init; }

        [Description("Files with path, relative to the work tree, and content.")]
        [MinLength(1)]
        [Example("""[{"path":"SERVICES.md","content":"# Services"}]""", Json = true)]
        public required IReadOnlyList<TextFile> Files { get; init; }

        [Description("Why.")]
        [StringLength(20_000, MinimumLength = 1)]
        [Editor("multi-line")]
        [Example("A container was added")]
        public required string Message { get; init; }

        [Description("Who it is from, as Name <address>.")]
        [RegularExpression("[^<>\\x00\\r\\n]+ <[^<>\\s]+>")]
        public string Author { get; init; } = "Homelab <homelab@localhost>";
    }

    internal sealed record TextFile(string Path, string Content);

    internal sealed record Output
    {
        [Description("The commit; empty where nothing changed.")]
        public string? Commit { get; init; }
    }
}
