using System.Diagnostics.Metrics;
using Homelab.Activities;
using Homelab.Engine.Expressions;
using Homelab.Engine.Operations;
using Homelab.Engine.Runs.Compiling;
using Homelab.Engine.Storage;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Homelab.Workflows.Definitions;

namespace Homelab.Engine.Dispatch;

internal static class DispatchSetup
{
    /// <summary>The run loop. Until a gate is registered, every step with an effect is refused.</summary>
    public static IServiceCollection AddDispatch(this IServiceCollection services)
    {
        services.AddSettings<DispatchOptions>("Dispatch");
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<DispatchOptions>>().Value);
        services.AddSingleton<JavaScriptEngines>(provider => new(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<INCalcEvaluator, NCalcEvaluator>();
        services.AddSingleton<ExpressionCompiler>();
        services.AddSingleton<IExpressionChecker>(provider => provider.GetRequiredService<ExpressionCompiler>());
        services.AddSingleton<DefinitionCompiler>();
        services.AddSingleton<IDecider, PublishedDecider>();
        services.AddSingleton<ActivityRuns>();
        services.AddSingleton<StepProgressBoard>();
        services.AddSingleton<IRunObserver>(provider => provider.GetRequiredService<StepProgressBoard>());
        services.AddSingleton<IRunStore, RunStore>();
        services.TryAddSingleton<IGate, RefuseEverythingGate>();
        services.AddSingleton(provider => CrashPoints.FromEnvironment(provider.GetRequiredService<DispatchOptions>().CrashPoints));
        services.AddSingleton(provider =>
        {
            var activities = provider.GetRequiredService<ActivityCatalog>();
            return new Dispatcher(
                provider.GetRequiredService<IRunStore>(), provider.GetRequiredService<IDecider>(), provider.GetRequiredService<IGate>(),
                name => activities.TryFind(name, out var invoker) ? invoker : null,
                provider.GetRequiredService<DispatchOptions>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>(),
                provider.GetServices<IRunObserver>(), provider.GetRequiredService<CrashPoints>());
        });
        services.AddSingleton<Runs>();
        services.AddHostedService<DispatcherService>();
        services.AddSingleton(provider => new ReadinessCheck("inbox", _ =>
        {
            var (pending, limit) = (provider.GetRequiredService<Dispatcher>().Pending, provider.GetRequiredService<DispatchOptions>().MaxInbox);
            return Task.FromResult(pending < limit ? null : $"{pending} accepted triggers wait, which is the limit (Dispatch:MaxInbox); new ones are refused until some are done.");
        }));
        return services;
    }
}

/// <summary>Starts with the host, stops with it: what is being done is finished, or handed over.</summary>
internal sealed class DispatcherService(Dispatcher dispatcher, Database database, IMeterFactory meters) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var meter = meters.Create(EngineMetrics.MeterName);
        meter.CreateObservableCounter("homelab_dead_letters", () => dispatcher.Buried, description: "Accepted, and put aside after the last attempt to process it.");
        meter.CreateObservableGauge("homelab_inbox_depth", () => dispatcher.Pending, description: "Accepted on this node and not processed yet.");
        await dispatcher.StartAsync(alone: database.Dialect == Dialect.Sqlite, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => dispatcher.StopAsync(cancellationToken);
}
