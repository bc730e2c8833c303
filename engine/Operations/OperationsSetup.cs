using System.Diagnostics.Metrics;
using Homelab.Engine.Dispatch;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Operations;

internal static class OperationsSetup
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddSettings<LogSettings>("Logs");
        services.AddSettings<TelemetrySettings>("Telemetry");
        services.AddMetrics();
        services.AddSingleton<EngineMetrics>();
        services.AddSingleton<ModelMetrics>();
        services.AddSingleton(provider => new PrometheusCollector(provider.GetRequiredService<IMeterFactory>()));
        services.AddSingleton<IRunObserver, RunTelemetry>();
        services.AddHostedService<Tracing>();
        services.AddHostedService<MemoryAtRest>();
        return services;
    }

    public static IEndpointRouteBuilder MapOperations(this IEndpointRouteBuilder routes)
    {
        // Created now, so that nothing measured before the first request is missed.
        routes.ServiceProvider.GetRequiredService<PrometheusCollector>();
        routes.ServiceProvider.GetRequiredService<EngineMetrics>();
        routes.ServiceProvider.GetRequiredService<ModelMetrics>();
        routes.MapHealth();
        routes.MapGet("/metrics", (PrometheusCollector collector) => TypedResults.Text(collector.Write(), PrometheusCollector.ContentType))
            .RequireAuthorization(Policies.Viewer)
            .ExcludeFromDescription();
        return routes;
    }
}
