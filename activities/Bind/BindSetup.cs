using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Bind;

internal static class BindSetup
{
    public static void AddBindTool(this IServiceCollection services)
    {
        services.AddSingleton<BindClients>();
        // A name server need not tell its version; that it answers for the zone is what counts.
        services.AddConnectionTest<BindOptions, BindClients>(async (clients, name, context, cancellationToken) =>
        {
            var client = await clients.OpenAsync(name, context, cancellationToken);
            return (await client.FindAsync(client.Zone, "SOA", cancellationToken)).Records is [var zone, ..]
                ? $"serial {zone.Split(' ')[^1]}"
                : throw new ActivityException($"Bind connection '{name}': the server knows no zone '{client.Zone}'.", retryable: false);
        });
    }
}
