using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Email;

internal static class EmailSetup
{
    public static void AddEmailTool(this IServiceCollection services) =>
        services.AddConnectionTest<EmailOptions, Connections<EmailOptions>>(async (connections, name, _, cancellationToken) =>
        {
            var options = await connections.GetAsync(name, cancellationToken);
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(options.Host!, options.Port, cancellationToken);
            using var reader = new StreamReader(client.GetStream());
            return (await reader.ReadLineAsync(cancellationToken))?[4..];
        });
}
