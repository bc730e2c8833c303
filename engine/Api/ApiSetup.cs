using Homelab.Engine.Api.Elsa;
using Homelab.Engine.Connections;
using Homelab.Engine.Operations;
using Homelab.Engine.Schedules;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Homelab.Engine.Vault;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Api;

/// <summary>The frame of our own API: errors, limits, the OpenAPI document, and the order of what a request passes.</summary>
internal static class ApiSetup
{
    public const string DocumentName = "v1";
    public const string DocumentPath = "/api/openapi.json";

    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddSettings<ApiOptions>("Api");
        services.AddOptions<KestrelServerOptions>().Configure<IOptions<ApiOptions>>((kestrel, api) =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = api.Value.MaxRequestBytes;
        });
        services.AddProblemDetails();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.AddExceptionHandler<FaultHandler>();
        services.AddSingleton<RequestRate>();
        services.AddRequestTimeouts();
        services.AddOptions<RequestTimeoutOptions>().Configure<IOptions<ApiOptions>>(
            (timeouts, api) => timeouts.DefaultPolicy = new RequestTimeoutPolicy { Timeout = api.Value.RequestTimeout, TimeoutStatusCode = StatusCodes.Status504GatewayTimeout });
        services.AddSingleton<ApiAreas>();
        services.AddSingleton<LiveFeed>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveFeed>());
        services.AddHostedService<LiveProgress>();
        services.AddSingleton(provider => LiveProbes.Runs(provider.GetRequiredService<Dispatch.Runs>()));
        services.AddSingleton(provider => LiveProbes.Jobs(provider.GetRequiredService<Jobs>()));
        services.AddSingleton(provider => LiveProbes.Workflows(provider.GetRequiredService<Database>()));
        services.AddOpenApi(DocumentName, OpenApiDocumentSetup.Configure);
        return services;
    }

    /// <summary>What every request passes, in this order. Comes before anything is mapped.</summary>
    public static IApplicationBuilder UseApi(this IApplicationBuilder app) => app
        .UseMiddleware<SecurityHeaders>()
        .UseExceptionHandler()
        .UseStatusCodePages(static context => context.HttpContext.Request.Path.StartsWithSegments("/api") ? Plain(context.HttpContext) : Task.CompletedTask)
        .Use(NamesAnEmptyBody)
        .UseRouting()
        .UseAuthentication()
        .UseMiddleware<RequestRate>()
        .UseMiddleware<CsrfProtection>()
        .UseAuthorization()
        .UseRequestTimeouts();

    /// <summary>Our own routes under <c>/api</c>.</summary>
    public static IEndpointRouteBuilder MapApi(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi(DocumentPath).RequireAuthorization(Policies.Viewer);
        var api = app.MapGroup("/api").AddEndpointFilter<PagingFilter>();
        app.MapIdentity();
        api.MapActivities().MapApiKeys().MapConnections().MapDeadLetters().MapEvents().MapJobs().MapOverview().MapRuns().MapSecrets().MapSession().MapSettings().MapUsers().MapWorkflows();

        // Without this an unknown address under /api would be answered with the console's page.
        api.Map("/{**path}", UnknownAddress).RequireAuthorization(Policies.Viewer).ExcludeFromDescription().WithOrder(int.MaxValue);
        return app;
    }

    // A request without a body has no content type either; a route that takes a body would leave itself out of the choice, and an emergency stop without a word be "unknown".
    private static Task NamesAnEmptyBody(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (request.ContentType is null && request.ContentLength is null or 0 && request.Headers.TransferEncoding.Count == 0 && HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments("/api"))
            request.ContentType = "application/json";
        return next(context);
    }

    // A body that is no JSON leads here too: the routes that take one leave themselves out of the choice.
    private static ProblemHttpResult UnknownAddress(HttpContext context) => context.Request.ContentLength > 0 && !context.Request.HasJsonContentType()
        ? Problems.Of(415, "The body is not JSON.", "Content-Type", context.Request.ContentType, "The body must be application/json, and the address must exist.", "Send the header 'Content-Type: application/json'.")
        : Problems.NotFound("address", $"{context.Request.Method} {context.Request.Path}", "GET /api/openapi.json lists all there are.");

    private static Task Plain(HttpContext context) => context.Response.StatusCode switch
    {
        // What a handler refuses has a body; without one it is a value that could not be read for it.
        StatusCodes.Status400BadRequest => Problems.Invalid(UnreadValues.Of(context)).ExecuteAsync(context),
        StatusCodes.Status504GatewayTimeout => Problems.Of(
            504, "It took too long.", "request", context.Request.Path, "A request is answered within Api:RequestTimeout.", "Try again, or ask for less.").ExecuteAsync(context),
        _ => Task.CompletedTask,
    };
}
