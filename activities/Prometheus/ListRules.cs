using System.ComponentModel;

namespace Homelab.Activities.Prometheus;

[Activity("prometheus.list_rules", "List rules", "Lists alerting and recording rules with their expressions, state and the file they come from.")]
internal sealed class ListRules(PrometheusClients clients) : IActivity<ListRules.Input, ListRules.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var data = await client.RulesAsync(cancellationToken);
        return new()
        {
            Rules = [.. data.Groups.SelectMany(group => group.Rules.Select(rule => new Rule(
                rule.Name, group.Name, group.File, rule.Type, rule.Query, rule.State, rule.Health, rule.LastError, rule.Labels ?? [])))],
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("Rules of all groups.")]
        public required IReadOnlyList<Rule> Rules { get; init; }
    }

    internal sealed record Rule(
        string Name, string Group, string File, string Type, string Query, string? State, string? Health, string? LastError, IReadOnlyDictionary<string, string> Labels);
}
