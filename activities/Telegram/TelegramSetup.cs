using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Telegram;

internal static class TelegramSetup
{
    public static void AddTelegramTool(this IServiceCollection services)
    {
        services.AddSingleton<TelegramClients>();
        services.AddSingleton(provider => new TelegramBotApi(
            provider.GetRequiredService<TelegramClients>(), provider.GetRequiredService<Connections<TelegramOptions>>(), provider.GetRequiredService<Secrets>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddConnectionTest<TelegramOptions, TelegramClients>(async (clients, name, context, cancellationToken) =>
            await (await clients.OpenAsync(name, context, cancellationToken)).WhoAsync(cancellationToken));
    }
}
