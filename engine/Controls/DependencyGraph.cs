namespace Homelab.Engine.Controls;

/// <summary>What hangs on what: services on guests, guests on hosts. Names as people use them; a target is found by its id or its name.</summary>
internal sealed class DependencyGraph
{
    private readonly Dictionary<string, List<string>> _parents = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, List<string>> _children = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="parents">Name to the names it hangs on.</param>
    public DependencyGraph(IReadOnlyDictionary<string, IReadOnlyList<string>> parents)
    {
        foreach (var (child, names) in parents)
        {
            foreach (var parent in names)
            {
                Add(_parents, child, parent);
                Add(_children, parent, child);
            }
        }
    }

    public static DependencyGraph Empty { get; } = new(new Dictionary<string, IReadOnlyList<string>>());

    public IReadOnlyList<string> Names => [.. _parents.Keys.Union(_children.Keys, StringComparer.OrdinalIgnoreCase)];

    /// <summary>What it hangs on directly.</summary>
    public IReadOnlyList<string> Parents(string name) => _parents.GetValueOrDefault(name, []);

    /// <summary>How many hang on it, directly or not, itself left out. Ends also where a configuration is circular.</summary>
    public int BlastRadius(string name) => Descendants(name).Count;

    /// <summary>With further ones: nothing hangs on less by it.</summary>
    public DependencyGraph With(IEnumerable<(string Child, string Parent)> further) => new(
        _parents.SelectMany(pair => pair.Value.Select(parent => (Child: pair.Key, Parent: parent))).Concat(further).GroupBy(edge => edge.Child, edge => edge.Parent, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => (IReadOnlyList<string>)[.. group], StringComparer.OrdinalIgnoreCase));

    /// <summary>Everything that hangs on it, nearest first.</summary>
    public IReadOnlyList<string> Descendants(string name) => Reach(name, _children);

    /// <summary>Everything it hangs on, nearest first.</summary>
    public IReadOnlyList<string> Ancestors(string name) => Reach(name, _parents);

    /// <summary>A name of a circle, if there is one.</summary>
    public string? Circle() => _parents.Keys.Order(StringComparer.OrdinalIgnoreCase).FirstOrDefault(name => ReachesItself(name));

    private bool ReachesItself(string name)
    {
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase);
        Queue<string> waiting = new([name]);
        while (waiting.TryDequeue(out var at))
        {
            foreach (var next in _parents.GetValueOrDefault(at, []))
            {
                if (next.Equals(name, StringComparison.OrdinalIgnoreCase))
                    return true;
                if (seen.Add(next))
                    waiting.Enqueue(next);
            }
        }

        return false;
    }

    private static List<string> Reach(string name, Dictionary<string, List<string>> edges)
    {
        List<string> reached = [];
        HashSet<string> seen = new(StringComparer.OrdinalIgnoreCase) { name };
        Queue<string> waiting = new([name]);
        while (waiting.TryDequeue(out var at))
        {
            foreach (var next in edges.GetValueOrDefault(at, []))
            {
                if (seen.Add(next))
                {
                    reached.Add(next);
                    waiting.Enqueue(next);
                }
            }
        }

        return reached;
    }

    private static void Add(Dictionary<string, List<string>> edges, string from, string to)
    {
        if (!edges.TryGetValue(from, out var list))
            edges[from] = list = [];
        list.Add(to);
    }
}
