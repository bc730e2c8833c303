namespace Homelab.Engine.Api.Elsa;

/// <summary>What Studio may switch on. Elsa's alterations are served for its API's users, but their pages are no part of Studio's elements, so they are not announced.</summary>
internal static class FeaturesApi
{
    private static readonly Feature[] Installed =
    [
        new("Expressions", "Elsa", "Elsa.Expressions", "Expressions", "Literal, JavaScript, NCalc, Handlebars, variables and inputs."),
        new("Http", "Elsa", "Elsa.Http", "HTTP", "Endpoints and requests."),
        new("RealTimeWorkflowUpdates", "Elsa", "Elsa.RealTimeWorkflowUpdates", "Live updates", "Runs as they happen."),
        new("Resilience", "Elsa", "Elsa.Resilience", "Resilience", "Retries with back-off, durable."),
        new("Scheduling", "Elsa", "Elsa.Scheduling", "Scheduling", "Cron, timers, delays."),
        new("WorkflowManagement", "Elsa", "Elsa.WorkflowManagement", "Workflow management", "Definitions and their versions."),
        new("WorkflowRuntime", "Elsa", "Elsa.WorkflowRuntime", "Workflow runtime", "Durable runs."),
    ];

    public static void Map(RouteGroupBuilder read)
    {
        read.MapGet("/features/installed", () => ElsaAnswers.List(Installed));
        read.MapGet("/features/installed/{fullName}", (string fullName) =>
            Array.Find(Installed, feature => feature.FullName == fullName) is { } feature ? (IResult)ElsaAnswers.Ok(feature) : TypedResults.NotFound());
        read.MapGet("/package/version", IResult () => ElsaAnswers.Ok(new { PackageVersion = "3.8.2" }));
    }

    internal sealed record Feature(string Name, string Namespace, string FullName, string DisplayName, string Description);
}
