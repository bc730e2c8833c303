using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Restic;

internal static class ResticSetup
{
    public static void AddResticTool(this IServiceCollection services)
    {
        services.AddSingleton<ResticRepositories>();
        services.AddConnectionTest<ResticOptions, ResticRepositories>(async (repositories, name, context, cancellationToken) =>
        {
            var repository = await repositories.OpenAsync(name, context, cancellationToken);
            await repository.ReadAsync(["--no-lock", "cat", "config"], cancellationToken);
            return (await repository.Host.ReadAsync(new("restic", "version"), cancellationToken)).Output.Split(' ').ElementAtOrDefault(1);
        });
        services.AddOptionsProvider<ResticRepositories>("restic.snapshots", async (repositories, connection, context, cancellationToken) =>
            [.. (await (await repositories.OpenAsync(connection, context, cancellationToken)).SnapshotsAsync([], cancellationToken)).Reverse().Take(200)
                .Select(snapshot => new InputOption(snapshot.Id, $"{snapshot.Time:u} {snapshot.Hostname} {string.Join(' ', snapshot.Paths ?? [])}"))]);
    }
}
