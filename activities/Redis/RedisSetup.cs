using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Redis;

internal sealed class RedisClients(Connections<RedisOptions> connections)
{
    public async Task<RedisClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken) =>
        new(await connections.GetAsync(connection, cancellationToken), context);
}

internal static class RedisSetup
{
    public static void AddRedisTool(this IServiceCollection services)
    {
        services.AddSingleton<RedisClients>();
        services.AddConnectionTest<RedisOptions, RedisClients>(async (clients, name, context, cancellationToken) =>
            (await (await clients.OpenAsync(name, context, cancellationToken)).InfoAsync(cancellationToken)).GetValueOrDefault("redis_version"));
    }
}
