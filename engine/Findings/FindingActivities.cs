using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Findings;

[Activity("findings.list_unreported", "Findings without an issue", "Lists open findings of one area that nobody filed an issue for yet, the most urgent first, with title and text for one.")]
internal sealed class ListUnreported(FindingStore store) : IActivity<ListUnreported.Input, ListUnreported.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken) => new()
    {
        Findings = [.. (await store.WithoutIssueAsync(input.Area, input.Limit, cancellationToken)).Select(finding => new Unreported(finding.Id, $"[{finding.Class}] {finding.Title}", finding.Report(), finding.Severity))],
    };

    internal sealed record Input
    {
        [Description("logs, forecasts or documentation.")]
        [StringLength(40, MinimumLength = 1)]
        [Example("logs")]
        public required string Area { get; init; }

        [Description("At most so many: a bad night must not open a hundred issues at once.")]
        [Range(1, 50)]
        public int Limit { get; init; } = 5;
    }

    internal sealed record Output
    {
        [Description("Findings, the most urgent first.")]
        public required IReadOnlyList<Unreported> Findings { get; init; }
    }

    internal sealed record Unreported(string Id, string Title, string Body, string Severity);
}

[Activity("findings.link_issue", "Link issue", "Remembers which issue a finding was filed as, so that it is not filed again.")]
internal sealed class LinkIssue(FindingStore store) : IActivity<LinkIssue.Input, LinkIssue.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken) =>
        new() { Linked = context.DryRun || await store.LinkIssueAsync(input.Finding, input.Issue, input.Url, cancellationToken) };

    internal sealed record Input
    {
        [Description("Id of the finding.")]
        [StringLength(64, MinimumLength = 1)]
        [Example("0199c0ffee")]
        public required string Finding { get; init; }

        [Description("Repository and number of the issue.")]
        [StringLength(300, MinimumLength = 1)]
        [Example("me/homelab#12")]
        public required string Issue { get; init; }

        [Description("Its address.")]
        [StringLength(2000)]
        public string? Url { get; init; }
    }

    internal sealed record Output
    {
        [Description("The finding is there.")]
        public required bool Linked { get; init; }
    }
}

[Activity("findings.tell_people", "Tell people", "Tells people of critical findings that they were not told of yet, over the channels they chose.")]
internal sealed class TellPeople(FindingStore store, Database database, Lazy<People> people) : IActivity<TellPeople.Input, TellPeople.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var findings = await store.CriticalNotToldAsync(cancellationToken);
        foreach (var finding in context.DryRun ? [] : findings)
        {
            var now = context.Time.GetUtcNow();
            var notice = new Notice($"finding-{finding.Id}-{finding.LastAt.ToUnixTimeMilliseconds()}", now, "alert", "critical", false, $"{finding.Title}. {finding.Text}{(finding.IssueUrl is { } url ? $" {url}" : "")}");
            var isNew = await database.WriteAsync(
                async session =>
                {
                    if (await session.ExecuteAsync("UPDATE findings SET told_at = @at WHERE id = @Id AND told_at IS NULL", new { finding.Id, at = now.ToUnixTimeMilliseconds() }, cancellationToken) == 0)
                        return false;
                    await People.StoreAsync(session, notice, cancellationToken);
                    return true;
                },
                cancellationToken);
            if (isNew)
                await people.Value.TellAsync(notice, cancellationToken);
        }

        return new() { Told = findings.Count };
    }

    internal sealed record Input;

    internal sealed record Output
    {
        [Description("How many findings people were told of.")]
        public required int Told { get; init; }
    }
}
