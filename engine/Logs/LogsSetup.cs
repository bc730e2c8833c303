using Homelab.Engine.Findings;
using Homelab.Engine.Gate;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Logs;

/// <summary>Log analysis, the syslog receiver, and the findings of every part.</summary>
internal static class LogsSetup
{
    public static IServiceCollection AddLogAnalysis(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<LogAnalysisSettings>("LogAnalysis");
        services.AddSingleton<FindingStore>();
        services.AddSingleton(Api.LiveProbes.Findings);
        services.AddSingleton(provider => new LogRules(Path.Combine(GateSetup.RulesDirectory(configuration), "logs", "log-rules.json"), provider.GetRequiredService<ILogger<LogRules>>()));
        services.AddSingleton<LogMiners>();
        services.AddSingleton<LogLook>();
        services.AddSingleton<LogSources>();
        services.AddSingleton<PatternStore>();
        services.AddSingleton<SyslogStore>();
        services.AddSingleton<SyslogReceiver>();
        services.AddHostedService(provider => provider.GetRequiredService<SyslogReceiver>());
        return services;
    }
}
