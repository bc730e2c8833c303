using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Telegram;

internal static class TelegramSetup
{
    public static void AddTelegramTool(this IServiceCollection services)
    {
        services.AddSingleton<TelegramClients>();
        services.AddConnectionTest<TelegramOptions, TelegramClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).WhoAsync(cancellationToken));
    }
}
