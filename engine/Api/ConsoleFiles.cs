using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Net.Http.Headers;

namespace Homelab.Engine.Api;

/// <summary>
/// The built console (<c>designer/dist</c>). Names under <c>assets/</c> hold a hash of the content, so browsers keep them for ever; every other
/// address that is not a file is the console's page, which finds its own way.
/// </summary>
internal sealed class ConsoleFiles
{
    private static readonly FileExtensionContentTypeProvider ContentTypes = new();
    private static readonly (string Encoding, string Suffix)[] Packed = [("br", ".br"), ("gzip", ".gz")];

    private readonly PhysicalFileProvider? _files;

    private ConsoleFiles(string? directory) => _files = directory is null ? null : new PhysicalFileProvider(directory);

    public bool Built => _files is not null;

    /// <summary>Looks beside the executable (published), then upward from there and from the working directory (a source tree).</summary>
    public static ConsoleFiles Find(string baseDirectory, string workingDirectory)
    {
        foreach (var start in new[] { baseDirectory, workingDirectory })
        {
            for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
            {
                if (Path.Combine(at.FullName, "designer", "dist") is var found && File.Exists(Path.Combine(found, "index.html")))
                {
                    return new ConsoleFiles(found);
                }
            }
        }

        return new ConsoleFiles(null);
    }

    public async Task ServeAsync(HttpContext context, string path)
    {
        if (_files is null)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync("The console is not built: run `npm ci && npm run build` in designer, then restart.", context.RequestAborted);
            return;
        }

        var asset = path.StartsWith("assets/", StringComparison.Ordinal);
        var name = path.Length > 0 && _files.GetFileInfo(path) is { Exists: true, IsDirectory: false } ? path : asset ? null : "index.html";
        if (name is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        await SendAsync(context, _files, name, asset);
    }

    private static async Task SendAsync(HttpContext context, PhysicalFileProvider files, string name, bool immutable)
    {
        var (request, response) = (context.Request, context.Response);
        var (file, encoding) = Choose(files, name, request);
        var tag = $"\"{file.LastModified.UtcTicks:x}-{file.Length:x}\"";
        response.Headers.ETag = tag;
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        response.Headers.CacheControl = immutable ? "public, max-age=31536000, immutable" : "no-cache";
        if (request.Headers.IfNoneMatch.Contains(tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = ContentTypes.TryGetContentType(name, out var type) ? type : "application/octet-stream";
        response.ContentLength = file.Length;
        if (encoding is not null)
        {
            response.Headers.ContentEncoding = encoding;
        }

        if (!HttpMethods.IsHead(request.Method))
        {
            await response.SendFileAsync(file, context.RequestAborted);
        }
    }

    private static (IFileInfo File, string? Encoding) Choose(PhysicalFileProvider files, string name, HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().AcceptEncoding;
        foreach (var (encoding, suffix) in Packed)
        {
            if (accepted.Any(value => value.Value == encoding && value.Quality is null or > 0) && files.GetFileInfo(name + suffix) is { Exists: true } packed)
            {
                return (packed, encoding);
            }
        }

        return (files.GetFileInfo(name), null);
    }
}

internal static class ConsoleSetup
{
    /// <summary>The console at every address that nothing else answers. Its files hold no data and are open; what they show comes from the API, which is not.</summary>
    public static IEndpointRouteBuilder MapConsole(this IEndpointRouteBuilder routes)
    {
        var files = ConsoleFiles.Find(AppContext.BaseDirectory, Environment.CurrentDirectory);
        routes.MapMethods("/{**path}", ["GET", "HEAD"], (string? path, HttpContext context) => files.ServeAsync(context, path ?? ""))
            .AllowAnonymous()
            .ExcludeFromDescription()
            .WithOrder(int.MaxValue);
        return routes;
    }
}
