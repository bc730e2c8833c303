namespace Homelab.Engine.Definitions;

internal static class DefinitionsSetup
{
    public static IServiceCollection AddDefinitions(this IServiceCollection services) => services
        .AddSingleton<DefinitionTypes>()
        .AddSingleton<DefinitionChecks>()
        .AddSingleton<DefinitionCatalog>()
        .AddSingleton<DefinitionService>()
        .AddSingleton(provider => DefinitionFolderOptions.From(provider.GetRequiredService<IConfiguration>()))
        .AddSingleton<DefinitionFolder>()
        .AddHostedService(provider => provider.GetRequiredService<DefinitionFolder>());
}
