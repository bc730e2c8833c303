using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Prometheus;

[Activity(
    "prometheus.edit_threshold", "Edit alert threshold",
    "Changes the number an alert rule compares with, in the rule's own file: checked by promtool, reloaded, and put back at once if either fails.",
    Effect = Effect.Reversible, DataRisk = RiskLevel.None, AvailabilityRisk = RiskLevel.Low, TimeoutSeconds = 90, Idempotent = true)]
internal sealed partial class EditThreshold(PrometheusClients clients, Hosts hosts) : IEffectActivity<EditThreshold.Input, EditThreshold.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        var (group, rule) = await FindAsync(client, input, cancellationToken);
        var host = await RulesHostAsync(input, context, cancellationToken);
        var old = await host.ReadFileAsync(group.File, cancellationToken);
        var (edited, before) = Edit(old, rule.Name, input.Threshold);
        if (edited == old)
            return new() { Rule = rule.Name, File = group.File, Before = before, After = input.Threshold };
        context.Plan.Intend(context, $"edit {group.File}: {rule.Name} {Text(before)} -> {Text(input.Threshold)}", "promtool check rules", "POST /-/reload");
        await host.WriteFileAsync(group.File, Encoding.UTF8.GetBytes(edited), null, cancellationToken);
        try
        {
            await host.ReadAsync(new("promtool", "check", "rules", group.File), cancellationToken);
            await client.ReloadAsync(cancellationToken);
        }
        catch
        {
            // Also when cancelled: a file that nobody checked must not wait for the next reload.
            await host.WriteFileAsync(group.File, Encoding.UTF8.GetBytes(old), null, CancellationToken.None);
            throw;
        }

        return new() { Rule = rule.Name, File = group.File, Before = before, After = input.Threshold };
    }

    public async Task<ActivityTarget> TargetAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var name = (await clients.OptionsAsync(input.Connection, cancellationToken)).Name;
        var (_, rule) = await FindAsync(await clients.OpenAsync(input.Connection, context, cancellationToken), input, cancellationToken);
        return new("rule", $"prometheus:{name}/rule/{rule.Name}", rule.Name);
    }

    public async Task<Probe> ProbeAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var (_, rule) = await FindAsync(await clients.OpenAsync(input.Connection, context, cancellationToken), input, cancellationToken);
        return Threshold().Match(rule.Query) is { Success: true } found && double.Parse(found.Groups["number"].Value, CultureInfo.InvariantCulture) == input.Threshold
            ? Probe.Happened
            : Probe.DidNotHappen;
    }

    public UndoStep? Undo(Input input, Output output) => Activities.Undo.By("prometheus.edit_threshold", input with { Threshold = output.Before });

    /// <summary>Changes the last comparison with a number in the expression of the rule; everything else of the file stays as it is, comments too.</summary>
    internal static (string Edited, double Before) Edit(string file, string name, double threshold)
    {
        var rules = RuleStart().Matches(file).Where(match => match.Groups["name"].Value.Trim('"', '\'') == name).ToList();
        if (rules.Count != 1)
            throw new ActivityException($"The rule file holds {rules.Count} entries that begin with 'alert: {name}', exactly one is needed.", retryable: false);
        var start = rules[0].Index;
        // The rule ends where the next entry of its list or of a list further out begins.
        var next = Entry().Matches(file, start + rules[0].Length).FirstOrDefault(entry => entry.Groups["indent"].Length <= rules[0].Groups["indent"].Length);
        var end = next?.Index ?? file.Length;
        var expression = Expression().Match(file[start..end]);
        var found = expression.Success ? Threshold().Match(expression.Value.TrimEnd()) : Match.Empty;
        if (!found.Success)
            throw new ActivityException($"The expression of alert '{name}' does not end in a comparison with a number.", retryable: false);
        var number = found.Groups["number"];
        var at = start + expression.Index + number.Index;
        return (file[..at] + Text(threshold) + file[(at + number.Length)..], double.Parse(number.Value, CultureInfo.InvariantCulture));
    }

    private static async Task<(PrometheusClient.RuleGroup Group, PrometheusClient.Rule Rule)> FindAsync(
        PrometheusClient client, Input input, CancellationToken cancellationToken)
    {
        var found = (await client.RulesAsync(cancellationToken)).Groups
            .SelectMany(group => group.Rules.Where(rule => rule.Type == "alerting" && rule.Name == input.Rule).Select(rule => (group, rule))).ToList();
        return found.Count == 1
            ? found[0]
            : throw new ActivityException($"Prometheus has {found.Count} alert rules named '{input.Rule}', exactly one is needed.", retryable: false);
    }

    private async Task<Host> RulesHostAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var options = await clients.OptionsAsync(input.Connection, cancellationToken);
        return options.RulesHost is { } name
            ? await hosts.OpenAsync(name, context, cancellationToken)
            : throw new ActivityException(
                $"Prometheus connection '{options.Name}' does not say where its rule files lie: set RulesHost to a connection of Ssh.", retryable: false);
    }

    private static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Only where the name comes first in its entry; otherwise it is not certain which expression is its own.</summary>
    [GeneratedRegex("^(?<indent>[ \\t]*)-[ \\t]+alert:[ \\t]*(?<name>[^\\r\\n#]*[^\\r\\n# \\t])", RegexOptions.Multiline, 1000)]
    private static partial Regex RuleStart();

    [GeneratedRegex("^(?<indent>[ \\t]*)-[ \\t]", RegexOptions.Multiline, 1000)]
    private static partial Regex Entry();

    /// <summary>The value of `expr:`: the rest of its line, or the lines below it that are indented deeper.</summary>
    [GeneratedRegex("^(?<indent>[ \\t]*(-[ \\t]+)?)expr:[^\\r\\n]*(\\r?\\n\\k<indent>[ \\t]+[^\\r\\n]*)*", RegexOptions.Multiline, 1000)]
    private static partial Regex Expression();

    [GeneratedRegex("(==|!=|>=|<=|>|<)\\s*(bool\\s+)?(?<number>[-+]?[0-9]*\\.?[0-9]+([eE][-+]?[0-9]+)?)\\s*[\"']?\\s*(\\s#[^\\r\\n]*)?$", RegexOptions.None, 1000)]
    private static partial Regex Threshold();

    internal sealed record Input : ConnectedInput
    {
        [Description("Name of the alert.")]
        [StringLength(300, MinimumLength = 1)]
        [Options("prometheus.alert_rules")]
        [Example("HighLoad")]
        public required string Rule { get; init; }

        [Description("The number to compare with.")]
        [Example(0.9)]
        public required double Threshold { get; init; }
    }

    internal sealed record Output
    {
        [Description("Name of the alert.")]
        public required string Rule { get; init; }

        [Description("File that was changed.")]
        public required string File { get; init; }

        [Description("The number before.")]
        public required double Before { get; init; }

        [Description("The number now.")]
        public required double After { get; init; }
    }
}
