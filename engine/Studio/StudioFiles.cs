using System.IO.Compression;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;

namespace Homelab.Engine.Studio;

/// <summary>
/// The files of Elsa Studio (an npm package), of its fonts, and of the pages that hold its elements. Studio comes compressed:
/// who takes brotli gets the package's <c>.br</c> as it is, anybody else gets it unpacked on the way out.
/// </summary>
/// <remarks>Browsers take brotli only over HTTPS and on localhost; plain HTTP in the home network is the other case.</remarks>
internal sealed class StudioFiles
{
    private static readonly FileExtensionContentTypeProvider ContentTypes = new(new FileExtensionContentTypeProvider().Mappings)
    {
        Mappings =
        {
            [".dat"] = "application/octet-stream",
            [".map"] = "application/json",
            [".webmanifest"] = "application/manifest+json",
            [".woff2"] = "font/woff2",
            [".cur"] = "image/x-icon",
        },
    };

    private readonly (string Prefix, PhysicalFileProvider Files, bool Immutable)[] _roots;

    private StudioFiles(string directory)
    {
        var packages = Path.Combine(directory, "node_modules");
        _roots =
        [
            .. Root("pages/", Path.Combine(directory, "pages"), immutable: false),
            .. Root("fonts/roboto/", Path.Combine(packages, "@fontsource", "roboto", "files"), immutable: true),
            .. Root("fonts/roboto-mono/", Path.Combine(packages, "@fontsource", "roboto-mono", "files"), immutable: true),
            .. Root("", Path.Combine(packages, "@elsa-workflows", "elsa-studio-wasm"), immutable: true),
        ];
    }

    /// <summary>True when the npm package is there; without it the pages say how to get it.</summary>
    public bool Installed => _roots.Any(root => root.Prefix.Length == 0);

    /// <summary>Looks beside the executable (published), then upward from there and from the working directory (a source tree).</summary>
    public static StudioFiles Find(string baseDirectory, string workingDirectory)
    {
        foreach (var start in new[] { baseDirectory, workingDirectory })
            for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
                if (Path.Combine(at.FullName, "designer", "studio") is var found && Directory.Exists(Path.Combine(found, "pages")))
                    return new StudioFiles(found);
        return new StudioFiles(Path.Combine(baseDirectory, "designer", "studio"));
    }

    /// <summary>The page for every address that is not a file: its script chooses the element.</summary>
    public IFileInfo Page => _roots.First(root => root.Prefix == "pages/").Files.GetFileInfo("index.html");

    public async Task ServeAsync(HttpContext http, string path)
    {
        foreach (var (prefix, files, immutable) in _roots)
        {
            if (!path.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var name = path[prefix.Length..];
            var plain = files.GetFileInfo(name);
            var packed = files.GetFileInfo(name + ".br");
            if (!plain.Exists && !packed.Exists)
                continue;
            await SendAsync(http, name, packed.Exists ? packed : plain, packed.Exists, immutable);
            return;
        }

        http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private static IEnumerable<(string, PhysicalFileProvider, bool)> Root(string prefix, string directory, bool immutable)
    {
        if (Directory.Exists(directory))
            yield return (prefix, new PhysicalFileProvider(directory), immutable);
    }

    private static async Task SendAsync(HttpContext http, string name, IFileInfo file, bool packed, bool immutable)
    {
        var (request, response) = (http.Request, http.Response);
        var unpack = packed && !AcceptsBrotli(request);
        var tag = $"\"{file.LastModified.ToUnixTimeSeconds():x}-{file.Length:x}{(unpack ? "-u" : "")}\"";
        response.Headers.ETag = tag;
        // Names without a fingerprint stay the same over versions, so they are asked for again; the version is in the entity tag.
        response.Headers.CacheControl = immutable && IsFingerprinted(name) ? "public, max-age=31536000, immutable" : "no-cache";
        if (packed)
            response.Headers.Vary = "Accept-Encoding";
        if (request.Headers.IfNoneMatch.Contains(tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = ContentTypes.TryGetContentType(name, out var type) ? type : "application/octet-stream";
        if (packed && !unpack)
            response.Headers.ContentEncoding = "br";
        if (!unpack)
            response.ContentLength = file.Length;
        if (HttpMethods.IsHead(request.Method))
            return;
        if (!unpack)
        {
            await response.SendFileAsync(file, http.RequestAborted);
            return;
        }

        await using var source = file.CreateReadStream();
        await using var unpacked = new BrotliStream(source, CompressionMode.Decompress);
        await unpacked.CopyToAsync(response.Body, http.RequestAborted);
    }

    private static bool AcceptsBrotli(HttpRequest request) =>
        request.GetTypedHeaders().AcceptEncoding.Any(encoding => encoding.Value == "br" && encoding.Quality is null or > 0);

    /// <summary>"dotnet.runtime.a1b2c3d4e5.js": the build put a ten character hash before the extension.</summary>
    private static bool IsFingerprinted(string name)
    {
        var parts = Path.GetFileName(name).Split('.');
        return parts.Length > 2 && parts[1..^1].Any(part => part.Length == 10 && part.All(char.IsAsciiLetterOrDigit) && part.Any(char.IsAsciiDigit));
    }
}
