using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Findings;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Logs;

[Activity(
    "logs.analyze_logs", "Analyze logs",
    "Reads what is new of every log source, finds new, exploding and vanished patterns and what rules know, and stores the findings. Nothing outside is changed.",
    TimeoutSeconds = 240)]
internal sealed class AnalyzeLogs(LogSources sources, PatternStore patterns, FindingStore findings, LogMiners miners, LogLook look, Lazy<Reading> reading, IConfiguration configuration)
    : IActivity<AnalyzeLogs.Input, AnalyzeLogs.Output>
{
    private const int MostQuestions = 5;
    private static readonly string[] Classes = ["security", "performance", "drift", "failure", "harmless"];

    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var settings = configuration.GetSection("LogAnalysis").Get<LogAnalysisSettings>() ?? new();
        List<SourceReport> reports = [];
        List<Finding> fresh = [];
        var total = 0;
        foreach (var (name, source) in settings.Sources.Where(source => input.Source is null or "" || source.Key == input.Source).OrderBy(source => source.Key, StringComparer.Ordinal))
        {
            context.Progress?.Report(new ActivityProgress(null, $"reading {name}"));
            var turn = miners.Of(name).Turn;
            await turn.WaitAsync(cancellationToken);
            try
            {
                var (lines, found) = await LookAsync(name, source, settings, context, cancellationToken);
                total += found.Count;
                fresh.AddRange(found.Where(one => one.IsNew).Select(one => one.Finding));
                reports.Add(new SourceReport(name, lines, found.Count, null));
            }
            catch (ActivityException exception)
            {
                // One source that cannot be read does not keep the others from being looked at.
                reports.Add(new SourceReport(name, 0, 0, exception.Message));
                var row = await patterns.FindSourceAsync(name, cancellationToken) ?? new LogSourceRow { Name = name, FirstAt = context.Time.GetUtcNow().ToUnixTimeMilliseconds() };
                (row.ReadAt, row.Problem) = (context.Time.GetUtcNow().ToUnixTimeMilliseconds(), exception.Message);
                await patterns.SaveAsync(row, [], new Dictionary<string, long>(), 0, cancellationToken);
            }
            finally
            {
                turn.Release();
            }
        }

        var now = context.Time.GetUtcNow();
        await findings.PruneAsync(now.AddDays(-settings.CloseAfterDays), now.AddDays(-settings.KeepDays), cancellationToken);
        await patterns.PruneAsync(now.AddDays(-settings.KeepDays), PatternWatch.Slot(now.AddDays(-2)), cancellationToken);
        return new()
        {
            Sources = reports,
            Findings = total,
            Fresh = [.. fresh.Select(finding => finding.Id)],
            Forge = settings is { Owner.Length: > 0, Repository.Length: > 0 } ? settings.Forge : "",
            ForgeConnection = settings.ForgeConnection,
            Owner = settings.Owner,
            Repository = settings.Repository,
        };
    }

    private async Task<(int Lines, IReadOnlyList<(Finding Finding, bool IsNew)> Found)> LookAsync(
        string name, LogSourceSettings source, LogAnalysisSettings settings, ActivityContext context, CancellationToken cancellationToken)
    {
        var now = context.Time.GetUtcNow();
        var row = await patterns.FindSourceAsync(name, cancellationToken) ?? new LogSourceRow { Name = name, FirstAt = now.ToUnixTimeMilliseconds() };
        var (entries, position) = await sources.ReadAsync(source, row.Position, context, cancellationToken);
        var result = look.Run(
            name, entries, miners.Of(name), await patterns.PatternsAsync(name, cancellationToken), await patterns.PastAsync(name, PatternWatch.Slot(now), cancellationToken),
            DateTimeOffset.FromUnixTimeMilliseconds(row.FirstAt), now);
        List<(Finding, bool)> found = [];

        // Findings before the position: looked at twice after a crash, they are the same findings; the other way round they would be lost.
        foreach (var finding in result.Findings.Concat(await SortedAsync(result.Unknown, settings.Model, context, cancellationToken)))
            found.Add(await findings.ReportAsync(finding, cancellationToken));
        await findings.ResolveAsync("logs", result.Back, cancellationToken);
        (row.Position, row.ReadAt, row.Lines, row.Problem) = (position, now.ToUnixTimeMilliseconds(), row.Lines + entries.Count, null);
        await patterns.SaveAsync(row, result.Patterns.Values, result.Counts, PatternWatch.Slot(now), cancellationToken);
        return (entries.Count, found);
    }

    /// <summary>Where there is a model it says what an unknown error is; where there is none, or it fails, the error is a failure.</summary>
    private async Task<IReadOnlyList<NewFinding>> SortedAsync(IReadOnlyList<NewFinding> unknown, string model, ActivityContext context, CancellationToken cancellationToken)
    {
        if (model.Length == 0)
            return unknown;
        List<NewFinding> sorted = [];
        foreach (var finding in unknown)
        {
            var answer = sorted.Count < MostQuestions ? await AskAsync(finding, model, context, cancellationToken) : null;
            sorted.Add(answer switch
            {
                "harmless" => finding with { Severity = "info", Level = 6 },
                { } known => finding with { Class = known },
                null => finding,
            });
        }

        return sorted;
    }

    private async Task<string?> AskAsync(NewFinding finding, string model, ActivityContext context, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await reading.Value.PerformAsync(
                "model.choose_option",
                new JsonObject
                {
                    ["connection"] = model,
                    ["question"] = $"A service named {finding.Service} logged something it never logged before. What is it about?",
                    ["options"] = new JsonArray([.. Classes.Select(option => (JsonNode)option)]),
                    ["data"] = string.Join('\n', finding.Evidence),
                },
                context, cancellationToken);
            return (double?)answer?["confidence"] >= 0.6 && (string?)answer["choice"] is { } choice && Classes.Contains(choice) ? choice : null;
        }
        catch (ActivityException)
        {
            return null;
        }
    }

    internal sealed record Input
    {
        [Description("Only this source; all of LogAnalysis:Sources when empty.")]
        [StringLength(100)]
        public string? Source { get; init; }
    }

    internal sealed record Output
    {
        [Description("What was read of each source, and what went wrong.")]
        public required IReadOnlyList<SourceReport> Sources { get; init; }

        [Description("Findings in this look, those known before among them.")]
        public required int Findings { get; init; }

        [Description("Ids of those that are new or came back.")]
        public required IReadOnlyList<string> Fresh { get; init; }

        [Description("Where issues are filed: gitea, github or nothing.")]
        public required string Forge { get; init; }

        [Description("Connection of the forge.")]
        public required string ForgeConnection { get; init; }

        [Description("Owner of the repository for issues.")]
        public required string Owner { get; init; }

        [Description("The repository for issues.")]
        public required string Repository { get; init; }
    }

    internal sealed record SourceReport(string Source, int Lines, int Findings, string? Problem);
}
