using Homelab.Engine.Definitions;
using Homelab.Engine.Runs;
using Homelab.Engine.Runs.Behaviors;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Routing.Template;

namespace Homelab.Engine.Triggers;

/// <param name="Hash">Of the bookmark, whose path may hold {names}.</param>
internal sealed record WaitingEndpoint(RunId Run, string Hash, EndpointRoute Route, RouteValueDictionary Values);

/// <summary>Runs that wait for a request in their middle.</summary>
internal sealed class WaitingEndpoints(Dispatch.Runs runs, DefinitionCatalog definitions)
{
    public async Task<WaitingEndpoint?> FindAsync(string method, string path, CancellationToken cancellationToken)
    {
        var exact = BookmarkHash.Of(EndpointRoute.Stimulus, HttpEndpointBehavior.Payload(path, method));
        var bookmarks = await runs.BookmarksAsync(null, EndpointRoute.Stimulus, exact, cancellationToken);
        if (bookmarks.Count == 0)
            bookmarks = await runs.BookmarksAsync(null, EndpointRoute.Stimulus, null, cancellationToken);
        foreach (var bookmark in bookmarks)
        {
            var values = new RouteValueDictionary();
            if (!string.Equals((string?)bookmark.Payload?["Method"], method, StringComparison.OrdinalIgnoreCase)
                || (string?)bookmark.Payload?["Path"] is not { } template
                || !new TemplateMatcher(TemplateParser.Parse(template.Trim('/')), []).TryMatch("/" + path.Trim('/'), values))
                continue;
            if (await RouteAsync(bookmark, template, method, cancellationToken) is { } route)
                return new(bookmark.RunId, bookmark.Hash, route, values);
        }

        return null;
    }

    private async Task<EndpointRoute?> RouteAsync(StoredBookmark bookmark, string template, string method, CancellationToken cancellationToken)
    {
        if (await runs.StateAsync(bookmark.RunId, cancellationToken) is not { } state
            || state.Bookmarks.Find(candidate => candidate.Id == bookmark.Id) is not { } waiting
            || await definitions.FindVersionAsync(state.DefinitionVersionId, cancellationToken) is not { } stored)
            return null;
        return EndpointRoute.Of(stored.Definition, waiting.ActivityId, TriggerIndex.NormalizePath(template), method.ToLowerInvariant());
    }
}
