using Homelab.Engine.Operations;

namespace Homelab.Engine.Forecasts;

/// <summary>Forecasts, their accuracy, and scaling by them.</summary>
internal static class ForecastsSetup
{
    public static IServiceCollection AddForecasts(this IServiceCollection services)
    {
        services.AddSettings<ForecastSettings>("Forecasts");
        services.AddSingleton<ForecastStore>();
        services.AddSingleton<ForecastMetrics>();
        services.AddSingleton<MetricHistory>();
        services.AddSingleton<RecurringSchedules>();
        services.AddSingleton<ScalingStore>();
        services.AddSingleton<ScaleTools>();
        services.AddSingleton(Api.LiveProbes.Forecasts);
        return services;
    }
}
