using System.ComponentModel;

namespace Homelab.Activities.Grafana;

[Activity("grafana.list_alert_rules", "List alert rules", "Lists the alert rules that Grafana manages.")]
internal sealed class ListAlertRules(GrafanaClients clients) : IActivity<ListAlertRules.Input, ListAlertRules.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);

        return new() { Rules = [.. (await client.AlertRulesAsync(cancellationToken)).Select(rule => new Rule(rule.Uid, rule.Title, rule.RuleGroup, rule.FolderUID, rule.IsPaused, rule.For, rule.Labels ?? []))] };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Rules.")]
        public required IReadOnlyList<Rule> Rules { get; init; }
    }

    internal sealed record Rule(string Uid, string Title, string? Group, string? FolderUid, bool Paused, string? For, IReadOnlyDictionary<string, string> Labels);
}
