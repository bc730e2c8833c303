namespace Homelab.Engine.SignIn;

/// <summary>What browsers may do with what we send them. Three kinds of page: the console, Studio, and what workflows answer.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    // Styles may be inline because the component library sets its colours so; scripts may not.
    private const string Console =
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";

    // Studio is WebAssembly with a code editor in a worker; its pages have an inline loader and a base element.
    private const string Studio =
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-eval' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; style-src 'self' 'unsafe-inline'; " +
        "worker-src 'self' blob:; connect-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'";

    // A workflow may answer with a page of strangers' making: without an origin it cannot use the session of who opens it.
    private const string Workflow = "sandbox allow-forms allow-scripts allow-popups";

    private static readonly PathString StudioPath = new("/studio");
    private static readonly PathString WorkflowsPath = new("/workflows/");

    public Task InvokeAsync(HttpContext context)
    {
        context.Response.OnStarting(
            static state =>
            {
                Set((HttpContext)state);
                return Task.CompletedTask;
            },
            context);
        return next(context);
    }

    private static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        var path = context.Request.Path;
        headers.ContentSecurityPolicy = path.StartsWithSegments(StudioPath) ? Studio : IsWorkflow(path) ? Workflow : Console;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
        if (context.Request.IsHttps)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }

        // Answers about the homelab stay out of shared and on-disk caches; a route that knows better has set its own.
        if (headers.CacheControl.Count == 0 && path.StartsWithSegments("/api"))
        {
            headers.CacheControl = "no-store";
        }
    }

    private static bool IsWorkflow(PathString path) => path.Value?.StartsWith(WorkflowsPath.Value ?? "", StringComparison.OrdinalIgnoreCase) == true;
}
