using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Webhook;

internal static class WebhookSetup
{
    public static void AddWebhookTool(this IServiceCollection services)
    {
        services.AddSingleton<WebhookClients>();
        services.AddConnectionTest<WebhookOptions, WebhookClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).HealthAsync(cancellationToken));
    }
}
