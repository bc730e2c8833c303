using Homelab.Engine.Api;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Operations;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Homelab.Engine.Gate;

/// <summary>The gate, its controls, approvals and their API.</summary>
internal static class GateSetup
{
    /// <summary><c>Rules:Directory</c> and <c>Preferences:File</c> say where the files are that people edit.</summary>
    public static IServiceCollection AddGate(this IServiceCollection services, IConfiguration configuration, DataDirectory data)
    {
        var preferences = configuration["Preferences:File"] is { Length: > 0 } file ? Path.GetFullPath(file) : Path.Combine(data.Path, "preferences.json");
        services.AddSingleton(provider => new LiveSettings(RulesDirectory(configuration), preferences, provider.GetRequiredService<ILogger<LiveSettings>>(), provider.GetRequiredService<SavedPreferences>()));
        services.AddSingleton<SavedPreferences>();
        services.AddSingleton<ClockGuard>();
        services.AddSingleton<HashKey>();
        services.AddSingleton<People>();
        services.AddSingleton<ControlStore>();
        services.AddSingleton<TargetHealth>();
        services.AddSingleton<GateMetrics>();
        services.AddSingleton<ChangeLog>();
        services.AddSingleton<DecisionLog>();
        services.AddSingleton<EmergencyStop>();
        services.AddSingleton<EffectDoor>();
        services.AddSingleton<EffectGate>();
        services.Replace(ServiceDescriptor.Singleton<IGate>(provider => provider.GetRequiredService<EffectGate>()));
        services.AddSingleton<EffectCheck>();
        services.AddSingleton<Foresight>();
        services.AddSingleton<ApprovalDesk>();
        services.AddSingleton<AuditFollower>();
        foreach (var kind in AuditFollower.Kinds)
            services.AddSingleton(provider => provider.GetRequiredService<AuditFollower>().Probe(kind));
        services.AddSingleton<ResumeStep>(provider => provider.GetRequiredService<Dispatch.Runs>().SendAsync);
        services.AddHostedService(provider => provider.GetRequiredService<EmergencyStop>());
        services.AddHostedService<GateWatch>();
        return services;
    }

    public static IEndpointRouteBuilder MapGate(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").AddEndpointFilter<PagingFilter>();
        api.MapApprovals().MapChanges().MapControls().MapLimits().MapRules().MapDecisions().MapAudit();
        return app;
    }

    /// <summary>As configured, else <c>rules</c> or <c>rules/library</c> in the working directory or above the executable.</summary>
    internal static string RulesDirectory(IConfiguration configuration)
    {
        if (configuration["Rules:Directory"] is { Length: > 0 } configured)
            return Path.GetFullPath(configured);
        IEnumerable<string> above = [Directory.GetCurrentDirectory()];
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            above = above.Append(at.FullName);
        return above.SelectMany(root => new[] { Path.Combine(root, "rules"), Path.Combine(root, "rules", "library") })
            .FirstOrDefault(directory => File.Exists(Path.Combine(directory, Homelab.Rules.Decisions.DecisionPolicyReader.PolicyFile)))
            ?? Path.Combine(AppContext.BaseDirectory, "rules");
    }
}

/// <summary>Keeps rules, preferences and open questions current.</summary>
internal sealed partial class GateWatch(LiveSettings settings, ApprovalDesk approvals, TimeProvider time, ILogger<GateWatch> logger) : BackgroundService
{
    // Looking at a few small files is cheap, and a watch on a network share or in a container misses changes.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await settings.ReloadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // Each on its own: questions must time out whatever is wrong with a file.
            await TryAsync(settings.LookAsync, stoppingToken);
            await TryAsync(approvals.SweepAsync, stoppingToken);
        }
    }

    private async Task TryAsync(Func<CancellationToken, Task> look, CancellationToken cancellationToken)
    {
        try
        {
            await look(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.Failed(logger, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4401, LogLevel.Error, "Rules, preferences or open questions could not be looked at; tried again at once")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
