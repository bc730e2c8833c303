using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Engine.Findings;
using Homelab.Engine.Schedules;

namespace Homelab.Engine.Inventory;

[Activity(
    "inventory.scan_systems", "Scan systems",
    "Asks every connected tool what there is, compares it with what is documented and with what compose and unit files declare, and writes the documents into the store. Nothing outside is changed.",
    TimeoutSeconds = 900)]
internal sealed class ScanSystems(Scanner scanner, InventoryStore store, FindingStore findings, IServiceProvider services, IConfiguration configuration) : IActivity<ScanSystems.Input, ScanSystems.Output>
{
    private const string NotAsDeclared = "is not as declared";

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("Documentation").Get<DocumentationSettings>() ?? new();
        var now = context.Time.GetUtcNow();
        var before = await store.ItemsAsync(cancellationToken);
        var scan = await scanner.ScanAsync(context, cancellationToken);
        var changes = InventoryDifference.Of(before, scan);
        await store.SaveAsync(scan, changes, cancellationToken);

        // The first look documents; only then is there something to differ from.
        foreach (var change in before.Count == 0 ? [] : changes)
        {
            await findings.ReportAsync(
                new NewFinding($"{change.Kind}/{change.ItemId}", "documentation", "drift", change.Kind == "removed" ? "warning" : "info", change.Kind == "removed" ? 4 : 6, $"Not as documented: {change.ItemKind} {change.Name}", change.Text, change.Name, change.ItemId),
                cancellationToken);
        }

        await ReportDriftAsync(scan, cancellationToken);
        await WriteAsync(scan, now, cancellationToken);
        var documents = await store.DocumentsAsync(cancellationToken);
        DocumentRow[] open = [.. documents.Where(document => document.Committed == 0)];
        IReadOnlyList<string> seen = [.. changes.Select(change => change.Text)];

        // Where this look saw nothing new, what is committed is of an earlier one whose commit did not happen.
        var log = seen.Count > 0 ? seen : await store.ChangesAsync(Day(now), Day(now).AddDays(1), cancellationToken);
        return new()
        {
            Items = scan.Items.Count,
            Changes = seen,
            Drift = scan.Drift.Count,
            Problems = scan.Problems,
            Files = settings.Directory.Length == 0 ? [] : [.. open.Select(document => new DocumentFile(document.Path, document.Content))],
            Message = $"Documentation of {now:yyyy-MM-dd}\n\n{(log.Count == 0 ? "Texts changed." : string.Join('\n', log.Take(200).Select(line => $"- {line}")))}",
            Connection = settings.Connection,
            Directory = settings.Directory,
            At = now,
        };
    }

    private async Task ReportDriftAsync(InventoryScan scan, CancellationToken cancellationToken)
    {
        foreach (var drift in scan.Drift)
        {
            await findings.ReportAsync(
                new NewFinding(
                    Key(drift), "documentation", "drift", drift.Minor ? "info" : "warning", drift.Minor ? 6 : 4, $"{drift.Name}: {drift.Field} {NotAsDeclared}",
                    $"{drift.Difference}\n{(drift.Minor ? "This can be put right without harm." : "Decide which of the two is meant: apply the file, or change it.")}", drift.Name, drift.Source),
                cancellationToken);
        }

        // Only who was asked can say that it is right again.
        var still = scan.Drift.Select(drift => FindingStore.FingerprintOf("documentation", Key(drift))).ToHashSet(StringComparer.Ordinal);
        var open = await findings.ListAsync(new FindingFilter { Area = "documentation", State = "open", Words = [[NotAsDeclared]] }, 0, 1000, cancellationToken);
        foreach (var row in open.Rows.Where(row => scan.Answered.Contains(row.Source) && !still.Contains(row.Fingerprint)))
            await findings.SetStateAsync(row.Id, "closed", cancellationToken);
    }

    private static string Key(DeclaredDrift drift) => $"declared/{drift.ItemId}/{drift.Field}";

    private async Task WriteAsync(InventoryScan scan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var items = await store.ItemsAsync(cancellationToken);
        var open = await findings.ListAsync(new FindingFilter { State = "open", Level = 4, Area = "logs" }, 0, 500, cancellationToken);
        var definitions = services.GetRequiredService<DefinitionCatalog>().Current.Published.Values.Where(stored => !stored.DefinitionId.StartsWith("plan-", StringComparison.Ordinal) && !stored.DefinitionId.StartsWith("undo-", StringComparison.Ordinal));
        var jobs = (await services.GetRequiredService<Jobs>().ListAsync(0, 500, cancellationToken)).Items.Where(job => job.DefinitionId is not null).ToLookup(job => job.DefinitionId, job => job.Schedule);
        var documents = Documents.Write(
            items, await store.EdgesAsync(cancellationToken), [.. open.Rows.Select(Finding.Of)],
            [.. definitions.Select(stored => (stored.Definition.Name ?? stored.DefinitionId, jobs[stored.DefinitionId].FirstOrDefault(), stored.Definition.Description ?? ""))]);
        var day = DateOnly.FromDateTime(now.UtcDateTime);
        if (Documents.Session(day, await store.ChangesAsync(Day(now), Day(now).AddDays(1), cancellationToken), scan.Drift) is { } session)
            documents[$"sessions/{day:yyyy-MM-dd}.md"] = session;
        await store.WriteDocumentsAsync(documents, cancellationToken);
    }

    private static DateTimeOffset Day(DateTimeOffset now) => new(now.UtcDateTime.Date, TimeSpan.Zero);

    internal sealed record Input;

    internal sealed record Output
    {
        [Description("How many things were seen.")]
        public required int Items { get; init; }

        [Description("What is different from the scan before.")]
        public required IReadOnlyList<string> Changes { get; init; }

        [Description("How many things are not as their files declare.")]
        public required int Drift { get; init; }

        [Description("What could not be asked.")]
        public required IReadOnlyList<string> Problems { get; init; }

        [Description("Documents that changed and are not in the repository yet.")]
        public required IReadOnlyList<DocumentFile> Files { get; init; }

        [Description("The change log, as the message of the commit.")]
        public required string Message { get; init; }

        [Description("Ssh connection of the machine with the repository.")]
        public required string Connection { get; init; }

        [Description("The repository's work tree; empty where there is none.")]
        public required string Directory { get; init; }

        [Description("When it was looked.")]
        public required DateTimeOffset At { get; init; }
    }

    internal sealed record DocumentFile(string Path, string Content);
}

[Activity("inventory.note_commit", "Note the commit", "Remembers that documents are in the repository.")]
internal sealed class NoteCommit(InventoryStore store) : IActivity<NoteCommit.Input, NoteCommit.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (!context.DryRun)
            await store.CommittedAsync(input.Paths, string.IsNullOrEmpty(input.Commit) ? null : input.Commit, context.Time.GetUtcNow(), cancellationToken);
        return new() { Noted = input.Paths.Count };
    }

    internal sealed record Input
    {
        [Description("Paths of the documents.")]
        [Example("[\"SERVICES.md\"]", Json = true)]
        public required IReadOnlyList<string> Paths { get; init; }

        [Description("The commit; empty where the repository had them already.")]
        [StringLength(64)]
        public string? Commit { get; init; }
    }

    internal sealed record Output
    {
        [Description("How many.")]
        public required int Noted { get; init; }
    }
}
