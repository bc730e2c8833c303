using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Prometheus;

internal static class PrometheusSetup
{
    public static void AddPrometheusTool(this IServiceCollection services)
    {
        services.AddSingleton<PrometheusClients>();
        services.AddConnectionTest<PrometheusOptions, PrometheusClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).VersionAsync(cancellationToken));
        services.AddOptionsProvider<PrometheusClients>("prometheus.alert_rules", async (clients, connection, context, cancellationToken) =>
        {
            var rules = await (await clients.OpenAsync(connection, context, cancellationToken)).RulesAsync(cancellationToken);
            return [.. rules.Groups.SelectMany(group => group.Rules).Where(rule => rule.Type == "alerting").Select(rule => new InputOption(rule.Name, rule.Name)).Distinct()];
        });
    }
}
