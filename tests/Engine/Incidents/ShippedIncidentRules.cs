using Homelab.Engine.Controls;
using Homelab.Engine.Incidents;
using Homelab.Tests.Rules.Decisions;
using Microsoft.Extensions.Configuration;

namespace Homelab.Tests.Engine.Incidents;

/// <summary>The rules for incidents as they are shipped, and alerts as they come.</summary>
internal static class ShippedIncidentRules
{
    public static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static IncidentRules Rules { get; } = IncidentRulesReader.Read(File.ReadAllText(Path.Combine(ShippedPolicy.Directory, IncidentRulesReader.FileName))) switch
    {
        ({ } rules, _) => rules,
        (_, var problems) => throw new InvalidOperationException(string.Join(Environment.NewLine, problems)),
    };

    public static ConnectionNames Connections(params (string Name, string Value)[] settings) => new(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, (string?)setting.Value))).Build());

    public static Alert Alert(string name, params (string Label, string Value)[] labels) => new()
    {
        Firing = true,
        Labels = labels.Prepend(("alertname", name)).ToDictionary(label => label.Item1, label => label.Item2),
        StartsAt = Now,
    };

    public static Alert Over(this Alert alert, DateTimeOffset? at = null) => alert with { Firing = false, EndsAt = at };

    public static DependencyGraph Graph(params (string Child, string Parent)[] edges) =>
        new(edges.GroupBy(edge => edge.Child).ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group.Select(edge => edge.Parent)]));
}
