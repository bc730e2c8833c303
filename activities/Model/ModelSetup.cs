using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Model;

internal static class ModelSetup
{
    public static void AddModelTool(this IServiceCollection services)
    {
        services.AddSingleton<Redaction>();
        services.AddSingleton(provider => new TextMask(provider.GetRequiredService<Redaction>()));
        services.AddSingleton<ModelUsage>();
        services.AddSingleton<Models>();
        services.AddConnectionTest<ModelOptions, Models>((models, name, context, cancellationToken) => models.VersionAsync(name, context, cancellationToken));
    }
}
