using Homelab.Activities;
using Homelab.Engine.Api;
using Homelab.Engine.Api.Elsa;
using Homelab.Engine.Connections;
using Homelab.Engine.Definitions;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Findings;
using Homelab.Engine.Forecasts;
using Homelab.Engine.Gate;
using Homelab.Engine.Incidents;
using Homelab.Engine.Inventory;
using Homelab.Engine.Lab;
using Homelab.Engine.Logs;
using Homelab.Engine.Maintenance;
using Homelab.Engine.Notifications;
using Homelab.Engine.Operations;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Remediation;
using Homelab.Engine.Reports;
using Homelab.Engine.Requests;
using Homelab.Engine.Schedules;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Homelab.Engine.Studio;
using Homelab.Engine.Telegram;
using Homelab.Engine.Triggers;
using Homelab.Engine.Vault;

namespace Homelab.Engine;

/// <summary>The whole product wired together: what is here runs, nothing else does.</summary>
internal static class Server
{
    /// <param name="settings">Override the files and the environment; command line options and tests come this way.</param>
    /// <param name="further">Added last: tests bring activities of their own.</param>
    /// <exception cref="BadConfigurationException">With every problem of the settings; nothing has been opened or changed then.</exception>
    public static WebApplication Create(IReadOnlyDictionary<string, string?> settings, Action<IServiceCollection>? further = null)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddSettingsSources(settings);
        var (services, configuration) = (builder.Services, builder.Configuration);
        var data = DataDirectory.Of(configuration);

        services.AddSingleton(data);
        services.AddSingleton(TimeProvider.System);
        services.AddOperations();
        services.AddSettings<ProxySettings>("Proxy");
        // Certificates come by configuration: Kestrel:Certificates:Default:Path, and an https address in Urls.
        builder.WebHost.UseKestrelHttpsConfiguration();
        services.AddDatabase(configuration, data);
        services.AddSignIn();
        services.AddApi();
        services.AddVault();
        services.AddActivities();
        services.AddSingleton<IEnumerable<ActivityDescriptor>>([.. ActivityCatalog.All, .. ControlActivity.All, .. EngineActivities.All]);
        services.AddConnectionHealth();
        services.AddDefinitions();
        services.AddTriggers();
        services.AddDispatch();
        services.AddGate(configuration, data);
        services.AddRemediation();
        services.AddIncidents(configuration);
        services.AddPlaybooks();
        services.AddNotifications();
        services.AddReports();
        services.AddRequests();
        services.AddTelegram();
        services.AddEngineActivities();
        services.AddLogAnalysis(configuration);
        services.AddForecasts();
        services.AddInventory();
        services.AddElsaApi();
        services.AddStudio();
        services.AddSchedules(configuration, data);
        services.AddMaintenance(configuration);
        services.CheckSettings(configuration);
        builder.AddLogs(data.Path);
        further?.Invoke(services);

        var app = builder.Build();
        app.UseProxy();
        app.UseApi();
        app.MapOperations();
        app.MapApi();
        app.MapGate();
        app.MapRemediation();
        app.MapIncidents();
        app.MapPlaybooks();
        app.MapPeople();
        app.MapRequests();
        app.MapFindings();
        app.MapForecasts();
        app.MapInventory();
        app.MapTriggers();
        app.MapElsaApi();
        app.MapStudio();
        app.MapLab();
        app.MapConsole();
        return app;
    }
}
