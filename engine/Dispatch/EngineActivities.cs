using Homelab.Activities;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Dispatch;

/// <summary>Activities that need the engine's own store. Explicit, in the order of the ids, like the catalogue of the tools.</summary>
internal static class EngineActivities
{
    public static IReadOnlyList<ActivityDescriptor> All { get; } =
    [
        ActivityDescriptor.For<Findings.LinkIssue>(),
        ActivityDescriptor.For<Findings.ListUnreported>(),
        ActivityDescriptor.For<Findings.TellPeople>(),
        ActivityDescriptor.For<Forecasts.CarryOutScaling>(),
        ActivityDescriptor.For<Forecasts.CheckForecasts>(),
        ActivityDescriptor.For<Forecasts.MakeForecasts>(),
        ActivityDescriptor.For<Forecasts.PlanScaling>(),
        ActivityDescriptor.For<Forecasts.ReadScaled>(),
        ActivityDescriptor.For<Forecasts.ReviewSizes>(),
        ActivityDescriptor.For<Inventory.NoteCommit>(),
        ActivityDescriptor.For<Inventory.ScanSystems>(),
        ActivityDescriptor.For<Logs.AnalyzeLogs>(),
    ];

    public static IServiceCollection AddEngineActivities(this IServiceCollection services)
    {
        foreach (var descriptor in All)
            services.AddSingleton(descriptor.Invoker);

        // The catalogue holds the activities and these need what needs the catalogue: asked for when one is performed.
        services.AddSingleton(provider => new Lazy<Reading>(provider.GetRequiredService<Reading>));
        services.AddSingleton(provider => new Lazy<Runs>(provider.GetRequiredService<Runs>));
        services.AddSingleton(provider => new Lazy<PlanDesk>(provider.GetRequiredService<PlanDesk>));
        services.AddSingleton(provider => new Lazy<Approvals.People>(provider.GetRequiredService<Approvals.People>));
        return services;
    }
}
