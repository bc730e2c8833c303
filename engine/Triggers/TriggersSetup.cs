using Homelab.Engine.Definitions;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Triggers;

internal static class TriggersSetup
{
    public static IServiceCollection AddTriggers(this IServiceCollection services) => services
        .AddSettings<WebhookSettings>("Webhooks")
        .AddSingleton<EndpointRoutes>()
        .AddSingleton<IDefinitionObserver>(provider => provider.GetRequiredService<EndpointRoutes>())
        .AddSingleton<IIntake, Intake>()
        .AddSingleton<WaitingEndpoints>()
        .AddSingleton<WebhookAnswers>()
        .AddSingleton<WebhookGuard>()
        .AddSingleton<WorkflowEndpoints>();
}
