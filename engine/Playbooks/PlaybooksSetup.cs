using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Engine.Diagnosis;
using Homelab.Engine.Operations;
using Homelab.Engine.Remediation;

namespace Homelab.Engine.Playbooks;

/// <summary>Playbooks, diagnosis, and the activities that heal an incident with them.</summary>
internal static class PlaybooksSetup
{
    public static IServiceCollection AddPlaybooks(this IServiceCollection services)
    {
        services.AddSettings<PlaybookSettings>("Playbooks");
        services.AddSettings<DiagnosisSettings>("Diagnosis");
        services.AddSingleton(provider => PlaybookFolder.From(provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<DefinitionFolderOptions>()));
        services.AddSingleton<PlaybookReader>();
        services.AddSingleton<PlaybookCompiler>();
        services.AddSingleton<PlaybookPlanner>();
        services.AddSingleton<PlaybookLibrary>();
        services.AddHostedService(provider => provider.GetRequiredService<PlaybookLibrary>());
        services.AddSingleton<Candidates>();
        services.AddSingleton<FiringAlerts>();
        services.AddSingleton<RemedyStore>();
        services.AddSingleton<RemedyDesk>();
        services.AddSingleton<FeedbackDesk>();
        services.AddSingleton<IncidentReport>();
        services.AddSingleton<PlaybookTrial>();
        services.AddSingleton<DiagnosisReader>();
        services.AddSingleton<DiagnosisBook>();
        services.AddSingleton<SimilarIncidents>();
        services.AddSingleton<ContextCollector>();
        services.AddSingleton<Diagnostician>();
        services.AddSingleton<IncidentActivities>();

        // The catalogue holds them and they need what needs the catalogue: asked for when they are performed.
        Add(IncidentActivities.CollectContext, (activities, input, context, token) => activities.CollectContextAsync(input, context, token));
        Add(IncidentActivities.Diagnose, (activities, input, context, token) => activities.DiagnoseAsync(input, context, token));
        Add(IncidentActivities.Heal, (activities, input, context, token) => activities.RemedyAsync(input, context, token));
        return services;

        void Add(ActivityDescriptor descriptor, Func<IncidentActivities, JsonElement, ActivityContext, CancellationToken, Task<JsonNode?>> perform) => services.AddSingleton<IActivityInvoker>(provider =>
            new ControlActivity(descriptor, (input, context, token) => perform(provider.GetRequiredService<IncidentActivities>(), input, context, token)));
    }
}
