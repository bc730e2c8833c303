using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Borg;

internal static class BorgSetup
{
    public static void AddBorgTool(this IServiceCollection services)
    {
        services.AddSingleton<BorgRepositories>();
        services.AddConnectionTest<BorgOptions, BorgRepositories>(async (repositories, name, context, cancellationToken) =>
        {
            var repository = await repositories.OpenAsync(name, context, cancellationToken);
            await repository.ReadAsync(["info", "--json", "--", repository.Path], cancellationToken);
            return (await repository.Host.ReadAsync(new("borg", "--version"), cancellationToken)).Output.Trim().Split(' ')[^1];
        });
        services.AddOptionsProvider<BorgRepositories>("borg.archives", async (repositories, connection, context, cancellationToken) =>
            [.. (await (await repositories.OpenAsync(connection, context, cancellationToken)).ArchivesAsync(cancellationToken)).Reverse().Take(200)
                .Select(archive => new InputOption(archive.Name, $"{archive.Name} ({archive.TakenAt:u})"))]);
    }
}
