namespace Homelab.Engine.Studio;

internal static class StudioSetup
{
    public static IServiceCollection AddStudio(this IServiceCollection services) =>
        services.AddSingleton(StudioFiles.Find(AppContext.BaseDirectory, Environment.CurrentDirectory));

    /// <summary>Elsa Studio under <c>/studio</c>. Its files hold no data and are open; what they show comes from the API, which is not.</summary>
    public static IEndpointRouteBuilder MapStudio(this IEndpointRouteBuilder routes)
    {
        var files = routes.ServiceProvider.GetRequiredService<StudioFiles>();
        routes.MapMethods("/studio/{**path}", ["GET", "HEAD"], (string? path, HttpContext http) => AnswerAsync(files, path ?? "", http))
            .AllowAnonymous()
            .ExcludeFromDescription();
        return routes;
    }

    private static Task AnswerAsync(StudioFiles files, string path, HttpContext http)
    {
        if (path.Length > 0 && Path.GetExtension(path).Length > 0 && !path.StartsWith("workflows/", StringComparison.Ordinal))
            return files.ServeAsync(http, path);
        if (files.Installed)
            return files.ServeAsync(http, "pages/index.html");
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsync("Elsa Studio is not installed: run `npm ci` in designer/studio, then restart.", http.RequestAborted);
    }
}
