using Homelab.Engine.Api.Elsa.Definitions;
using Homelab.Engine.Api.Elsa.Descriptors;
using Homelab.Engine.Api.Elsa.Instances;
using Homelab.Engine.Dispatch;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Api.Elsa;

/// <summary>Elsa's REST API and hub, as Elsa Studio 3.8 calls them (FORMATS 3).</summary>
internal static class ElsaApiSetup
{
    public static IServiceCollection AddElsaApi(this IServiceCollection services)
    {
        services.AddSignalR();
        return services
            .AddSingleton<ActivityDescriptions>()
            .AddSingleton<DefinitionAnswers>()
            .AddSingleton<ElsaAccess>()
            .AddSingleton<RunFeed>()
            .AddSingleton<RunReader>()
            .AddSingleton<RunStarter>()
            .AddSingleton<RunWatch>()
            .AddSingleton<IRunObserver>(provider => provider.GetRequiredService<RunWatch>());
    }

    public static IEndpointRouteBuilder MapElsaApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/elsa/api").AddEndpointFilter(ElsaAnswers.ReadErrorsAsync).ExcludeFromDescription();
        var read = api.MapGroup("").RequireAuthorization(Policies.Viewer);
        var operate = api.MapGroup("").RequireAuthorization(Policies.Operator);
        var edit = api.MapGroup("").RequireAuthorization(Policies.Admin);
        WorkflowDefinitionsApi.Map(read, edit);
        WorkflowDefinitionBulkApi.Map(edit);
        WorkflowDefinitionFilesApi.Map(read, edit);
        WorkflowGraphApi.Map(read);
        DescriptorsApi.Map(read);
        FeaturesApi.Map(read);
        ScriptingApi.Map(read);
        WorkflowInstancesApi.Map(read, operate);
        JournalApi.Map(read);
        ActivityExecutionsApi.Map(read);
        WorkflowExecutionApi.Map(operate);
        AlterationsApi.Map(read, operate);
        SignalsApi.Map(operate);
        routes.MapHub<WorkflowInstanceHub>("/elsa/hubs/workflow-instance").RequireAuthorization(Policies.Viewer);
        return routes;
    }
}
