using System.Text.Json;

namespace Homelab.Workflows.Definitions;

/// <summary>A flowchart's connections: that their ends and ports exist, that everything can be reached, and that what leads back may and waits.</summary>
internal sealed class FlowchartCheck(ActivityNode flowchart, IKnownActivities known)
{
    private static readonly (string Input, string Outcome)[] Exposed =
    [
        ("exposeRequestTooLargeOutcome", "Request too large"), ("exposeFileTooLargeOutcome", "File too large"),
        ("exposeInvalidFileExtensionOutcome", "Invalid file extension"), ("exposeInvalidFileMimeTypeOutcome", "Invalid file MIME type"),
    ];

    private readonly IReadOnlyList<ActivityNode> _activities = flowchart.Ports.TryGetValue("activities", out var port) ? port.Activities : [];

    public void Run(List<DefinitionProblem> problems)
    {
        if (_activities.Count == 0)
            return;
        var byId = new Dictionary<string, ActivityNode>();
        foreach (var activity in _activities)
            byId.TryAdd(activity.Id, activity);
        var edges = new List<Connection>();
        foreach (var connection in flowchart.Connections ?? [])
        {
            if (byId.ContainsKey(connection.Source) && byId.ContainsKey(connection.Target))
                edges.Add(connection);
            else
                problems.Add(new(ProblemSeverity.Warning, flowchart.Id, "connections",
                    $"The connection from '{connection.Source}' to '{connection.Target}' is ignored: there is no activity '{(byId.ContainsKey(connection.Source) ? connection.Target : connection.Source)}'. Remove it or draw it again."));
        }

        foreach (var edge in edges)
            if (edge.SourcePort is { } from && Outcomes(byId[edge.Source]) is { } outcomes && !outcomes.Contains(from))
                problems.Add(new(ProblemSeverity.Warning, edge.Source, from,
                    $"'{edge.Source}' has no outcome '{from}', so the connection to '{edge.Target}' is never followed. It has: {string.Join(", ", outcomes)}."));
        var starts = Starts(edges);
        Unreachable(edges, starts, problems);
        Circles(byId, edges, starts[0], problems);
    }

    /// <summary>Where Elsa starts, and every trigger, since a trigger starts its own run.</summary>
    private List<ActivityNode> Starts(List<Connection> edges)
    {
        var first = _activities.FirstOrDefault(activity => activity.Type == "Elsa.Start")
            ?? _activities.FirstOrDefault(activity => activity.CanStartWorkflow)
            ?? _activities.FirstOrDefault(activity => edges.TrueForAll(edge => edge.Target != activity.Id))
            ?? _activities[0];
        return [first, .. _activities.Where(activity => activity.CanStartWorkflow && activity != first)];
    }

    private void Unreachable(List<Connection> edges, List<ActivityNode> starts, List<DefinitionProblem> problems)
    {
        var reached = new HashSet<string>(starts.Select(start => start.Id));
        var queue = new Queue<string>(reached);
        while (queue.TryDequeue(out var id))
            foreach (var edge in edges)
                if (edge.Source == id && reached.Add(edge.Target))
                    queue.Enqueue(edge.Target);
        foreach (var activity in _activities)
            if (!reached.Contains(activity.Id))
                problems.Add(new(ProblemSeverity.Warning, activity.Id, null, $"Nothing leads to '{activity.Name ?? activity.Id}' from the start '{starts[0].Name ?? starts[0].Id}', so it never runs. Connect it or remove it."));
    }

    private static void Circles(Dictionary<string, ActivityNode> byId, List<Connection> edges, ActivityNode start, List<DefinitionProblem> problems)
    {
        var forward = Forward(edges, start.Id);
        var forwardEdges = forward.ToHashSet();
        var reachable = forward.SelectMany(edge => new[] { edge.Source, edge.Target }).Append(start.Id).ToHashSet();
        foreach (var (source, target) in edges.Select(edge => (edge.Source, edge.Target)).Distinct())
        {
            if (forwardEdges.Contains((source, target)) || !reachable.Contains(source))
                continue;
            if (!EveryPathPasses(forward, start.Id, source, target))
            {
                problems.Add(new(ProblemSeverity.Error, source, "connections",
                    $"The connection from '{source}' back to '{target}' is not valid: every path from the start to '{source}' must go through '{target}'. Lead it to an activity that all these paths share."));
                continue;
            }

            var circle = Between(forward, target, source);
            if (!circle.Any(id => WaitsOrDecides(byId[id])))
                problems.Add(new(ProblemSeverity.Error, source, "connections",
                    $"The circle from '{target}' to '{source}' and back neither waits nor decides, so it would never end. Put a delay or a decision into it."));
        }
    }

    public static bool WaitsOrDecides(ActivityNode activity) =>
        activity.Type is "Elsa.FlowDecision" or "Elsa.FlowSwitch" or "Elsa.RunJavaScript" or "Elsa.Complete" or "Elsa.End" or "Elsa.Finish" or "Elsa.FlowFork" || Waits(activity);

    public static bool Waits(ActivityNode activity) => activity.DescendantsAndSelf().Any(node =>
        node.Type is "Elsa.Delay" or "Elsa.Timer" or "Elsa.Cron" or "Elsa.StartAt" or "Elsa.Event" or "Elsa.HttpEndpoint" or "Elsa.RunTask" or "Elsa.ReadLine"
        || BuiltInActivities.Find(node.Type) is null or { Kind: ActivityKind.Task });

    private static List<(string Source, string Target)> Forward(List<Connection> edges, string root)
    {
        var taken = new List<(string Source, string Target)>();
        var visited = new HashSet<string>();
        var queue = new Queue<string>([root]);
        while (queue.TryDequeue(out var source))
        {
            visited.Add(source);
            foreach (var edge in edges)
            {
                if (edge.Source != source || taken.Contains((source, edge.Target)) || Between(taken, edge.Target, source).Count > 0 || edge.Target == source)
                    continue;
                taken.Add((source, edge.Target));
                if (!visited.Contains(edge.Target))
                    queue.Enqueue(edge.Target);
            }
        }

        return taken;
    }

    /// <summary>What lies on the paths from one to the other, both included; empty when there is none.</summary>
    private static HashSet<string> Between(List<(string Source, string Target)> edges, string from, string to)
    {
        var down = Closure(edges, from, edge => edge.Source, edge => edge.Target);
        if (!down.Contains(to))
            return [];
        down.IntersectWith(Closure(edges, to, edge => edge.Target, edge => edge.Source));
        return down;
    }

    private static HashSet<string> Closure(List<(string Source, string Target)> edges, string start, Func<(string Source, string Target), string> near, Func<(string Source, string Target), string> far)
    {
        var found = new HashSet<string> { start };
        var queue = new Queue<string>(found);
        while (queue.TryDequeue(out var id))
            foreach (var edge in edges)
                if (near(edge) == id && found.Add(far(edge)))
                    queue.Enqueue(far(edge));
        return found;
    }

    private static bool EveryPathPasses(List<(string Source, string Target)> forward, string root, string source, string target)
    {
        if (source == target)
            return true;
        var without = forward.Where(edge => edge.Source != target && edge.Target != target).ToList();
        return root == target || !Closure(without, source, edge => edge.Target, edge => edge.Source).Contains(root);
    }

    private IReadOnlyCollection<string>? Outcomes(ActivityNode activity)
    {
        switch (activity.Type)
        {
            case "Elsa.FlowSwitch":
                return [.. (activity.Cases ?? []).Select(item => item.Label ?? ""), "Default"];
            case "Elsa.HttpEndpoint":
                return ["Done", .. Exposed.Where(pair => activity.Raw(pair.Input) is { ValueKind: JsonValueKind.True }).Select(pair => pair.Outcome)];
            case "Elsa.FlowFork" or "Elsa.RunJavaScript" or "Elsa.FlowSendHttpRequest" or "Elsa.SendHttpRequest":
                return LiteralOutcomes(activity);
        }

        if (BuiltInActivities.Find(activity.Type) is not { } builtIn)
            return known.Outcomes(activity)?.ToList();
        return builtIn.FlowPorts.Length > 0 ? builtIn.FlowPorts : ["Done"];
    }

    /// <summary>Null where the outcomes are computed: then any may be meant.</summary>
    private static IReadOnlyCollection<string>? LiteralOutcomes(ActivityNode activity)
    {
        var name = activity.Type == "Elsa.FlowFork" ? "branches" : activity.Type == "Elsa.RunJavaScript" ? "possibleOutcomes" : null;
        if (name is null || !activity.Inputs.TryGetValue(name, out var input) || input.Expression is not { Type: "Object" or "Literal" } expression)
            return null;
        try
        {
            using var document = expression.Value.ValueKind == JsonValueKind.String ? JsonDocument.Parse(expression.Value.GetString() ?? "[]") : null;
            var list = document?.RootElement ?? expression.Value;
            return list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(item => item.ToString()), "Done"] : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
