using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Alertmanager;

internal static class AlertmanagerSetup
{
    public static void AddAlertmanagerTool(this IServiceCollection services)
    {
        services.AddSingleton<AlertmanagerClients>();
        services.AddConnectionTest<AlertmanagerOptions, AlertmanagerClients>(async (clients, name, context, cancellationToken) =>
            (await (await clients.OpenAsync(name, context, cancellationToken)).StatusAsync(cancellationToken)).VersionInfo.Version);
        services.AddOptionsProvider<AlertmanagerClients>("alertmanager.silences", async (clients, connection, context, cancellationToken) =>
        {
            var silences = await (await clients.OpenAsync(connection, context, cancellationToken)).SilencesAsync(cancellationToken);
            return [.. silences.Where(silence => silence.Status?.State != "expired").Select(silence => new InputOption(silence.Id!, $"{silence.Comment} ({silence.CreatedBy})"))];
        });
    }
}
