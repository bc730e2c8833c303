namespace Homelab.Engine.Api;

/// <summary>Which parts of the API this server has: the console offers a page only where there is something behind it.</summary>
internal sealed class ApiAreas(EndpointDataSource endpoints)
{
    /// <summary>"runs" when there is a route <c>/api/runs</c>, and so on, in order.</summary>
    public IReadOnlyList<string> Names => [.. endpoints.Endpoints
        .OfType<RouteEndpoint>()
        .Select(endpoint => (endpoint.RoutePattern.RawText ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries))
        .Where(parts => parts is ["api", _, ..] && parts[1].All(letter => char.IsAsciiLetterLower(letter) || letter == '-'))
        .Select(parts => parts[1])
        .Distinct()
        .Order(StringComparer.Ordinal)];
}
