using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Email;

internal static class EmailSetup
{
    public static void AddEmailTool(this IServiceCollection services) =>
        services.AddConnectionTest<EmailOptions, Connections<EmailOptions>>(async (connections, name, context, cancellationToken) =>
        {
            var options = await connections.GetAsync(name, cancellationToken);
            return await SocketFailure.GuardAsync($"Email connection '{options.Name}' ({options.Host}:{options.Port})", options, context, async limit =>
            {
                await using var session = await SmtpSession.OpenAsync(options, limit);
                return session.Greeting;
            }, cancellationToken);
        });
}
