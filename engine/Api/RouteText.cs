namespace Homelab.Engine.Api;

/// <summary>A name out of a path. The server leaves %2F alone while it decodes all else, and ids such as docker:default/container/web have slashes.</summary>
internal static class RouteText
{
    public static string Of(string value) => value.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
