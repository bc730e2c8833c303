using Homelab.Engine.Definitions;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Routing.Template;

namespace Homelab.Engine.Triggers;

/// <summary>What a path led to.</summary>
internal abstract record EndpointMatch
{
    private EndpointMatch()
    {
    }

    public sealed record Found(EndpointRoute Route, RouteValueDictionary Values) : EndpointMatch;

    public sealed record WrongMethod(IReadOnlyList<string> Allowed) : EndpointMatch;

    public sealed record None : EndpointMatch;
}

/// <summary>The paths of all published workflows. Swapped whole when definitions change; reading never waits.</summary>
internal sealed partial class EndpointRoutes(ILogger<EndpointRoutes> logger) : IDefinitionObserver
{
    private volatile Entry[] _entries = [];

    public Task DefinitionsChangedAsync(DefinitionSnapshot snapshot, CancellationToken cancellationToken)
    {
        var entries = new List<Entry>();
        foreach (var trigger in snapshot.Triggers.Where(trigger => trigger.Name == EndpointRoute.Stimulus))
        {
            if (!snapshot.Published.TryGetValue(trigger.DefinitionId, out var stored) || EndpointRoute.Of(stored.Definition, trigger.ActivityId, (string?)trigger.Payload["path"] ?? "", (string?)trigger.Payload["method"] ?? "get") is not { } route)
                continue;
            try
            {
                var template = TemplateParser.Parse(route.Path);
                entries.Add(new(route, new TemplateMatcher(template, []), RoutePrecedence.ComputeInbound(template)));
            }
            catch (Exception exception) when (exception is ArgumentException or RoutePatternException)
            {
                Log.BadPath(logger, route.DefinitionId, route.ActivityId, route.Path, exception.Message);
            }
        }

        _entries = [.. entries.OrderBy(entry => entry.Precedence).ThenBy(entry => entry.Route.Path, StringComparer.Ordinal)];
        return Task.CompletedTask;
    }

    public EndpointMatch Find(string method, string path)
    {
        var allowed = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in _entries)
        {
            var values = new RouteValueDictionary();
            if (!entry.Matcher.TryMatch("/" + path.Trim('/'), values))
                continue;
            if (entry.Route.Method.Equals(method, StringComparison.OrdinalIgnoreCase))
                return new EndpointMatch.Found(entry.Route, values);
            allowed.Add(entry.Route.Method.ToUpperInvariant());
        }

        return allowed.Count > 0 ? new EndpointMatch.WrongMethod([.. allowed]) : new EndpointMatch.None();
    }

    private sealed record Entry(EndpointRoute Route, TemplateMatcher Matcher, decimal Precedence);

    private static partial class Log
    {
        [LoggerMessage(EventId = 3101, Level = LogLevel.Error, Message = "The HTTP endpoint {Activity} of {Definition} has the path {Path}, which cannot be matched: {Problem}")]
        public static partial void BadPath(ILogger logger, string definition, string activity, string path, string problem);
    }
}
