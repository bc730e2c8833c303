namespace Homelab.Engine.Runs.Compiling;

/// <summary>A flowchart's connections seen from its start: which lead forward, which back, and whether those that lead back may. Immutable.</summary>
internal sealed class FlowGraph
{
    private readonly Dictionary<CompiledNode, List<CompiledConnection>> _forwardInbound = [];
    private readonly Dictionary<CompiledNode, List<CompiledConnection>> _inbound = [];
    private readonly Dictionary<CompiledNode, List<CompiledConnection>> _outbound = [];
    private readonly Dictionary<CompiledConnection, bool> _backward = [];
    private readonly Dictionary<CompiledNode, List<CompiledNode>> _ancestors = [];
    private static readonly List<CompiledConnection> None = [];

    public FlowGraph(IReadOnlyList<CompiledConnection> connections, CompiledNode? root)
    {
        Root = root;
        var forward = root is null ? [] : Forward(connections, root);
        foreach (var connection in forward)
            Add(_forwardInbound, connection.Target, connection);
        foreach (var connection in connections)
        {
            Add(_inbound, connection.Target, connection);
            Add(_outbound, connection.Source, connection);
        }

        var forwardSet = forward.ToHashSet();
        foreach (var connection in connections)
            if (!forwardSet.Contains(connection))
                _backward[connection] = root is not null && EveryPathPasses(connection.Source, connection.Target, root);
        foreach (var node in _forwardInbound.Keys)
            _ancestors[node] = AncestorsOf(node);
    }

    public CompiledNode? Root { get; }

    public IReadOnlyList<CompiledConnection> ForwardInbound(CompiledNode node) => _forwardInbound.GetValueOrDefault(node, None);

    public IReadOnlyList<CompiledConnection> Inbound(CompiledNode node) => _inbound.GetValueOrDefault(node, None);

    public IReadOnlyList<CompiledConnection> Outbound(CompiledNode node) => _outbound.GetValueOrDefault(node, None);

    public IReadOnlyList<CompiledNode> Ancestors(CompiledNode node) => _ancestors.GetValueOrDefault(node, []);

    /// <summary>Nothing leads to it from the start.</summary>
    public bool IsDangling(CompiledNode node) => node != Root && !_forwardInbound.ContainsKey(node);

    public bool IsBackward(CompiledConnection connection, out bool isValid) => _backward.TryGetValue(connection, out isValid);

    private static void Add(Dictionary<CompiledNode, List<CompiledConnection>> lists, CompiledNode node, CompiledConnection connection)
    {
        if (!lists.TryGetValue(node, out var list))
            lists[node] = list = [];
        list.Add(connection);
    }

    /// <summary>Breadth first from the start, in the order of the connections; an edge that would close a circle among those taken so far leads back.</summary>
    private static List<CompiledConnection> Forward(IReadOnlyList<CompiledConnection> connections, CompiledNode root)
    {
        var targets = new Dictionary<CompiledNode, List<CompiledNode>>();
        foreach (var connection in connections)
        {
            if (!targets.TryGetValue(connection.Source, out var list))
                targets[connection.Source] = list = [];
            list.Add(connection.Target);
        }

        var visited = new HashSet<CompiledNode>();
        var taken = new HashSet<(CompiledNode, CompiledNode)>();
        var edges = new List<(CompiledNode Source, CompiledNode Target)>();
        var next = new Dictionary<CompiledNode, List<CompiledNode>>();
        var queue = new Queue<CompiledNode>();
        queue.Enqueue(root);
        while (queue.TryDequeue(out var source))
        {
            visited.Add(source);
            foreach (var target in targets.GetValueOrDefault(source, []))
            {
                if (taken.Contains((source, target)) || Leads(next, target, source))
                    continue;
                taken.Add((source, target));
                edges.Add((source, target));
                if (!next.TryGetValue(source, out var list))
                    next[source] = list = [];
                list.Add(target);
                if (!visited.Contains(target))
                    queue.Enqueue(target);
            }
        }

        return [.. edges.SelectMany(edge => connections.Where(c => c.Source == edge.Source && c.Target == edge.Target)).Distinct()];
    }

    private static bool Leads(Dictionary<CompiledNode, List<CompiledNode>> next, CompiledNode from, CompiledNode to)
    {
        if (from == to)
            return true;
        var visited = new HashSet<CompiledNode>();
        var stack = new Stack<CompiledNode>([from]);
        while (stack.TryPop(out var current))
        {
            if (current == to)
                return true;
            if (!visited.Add(current))
                continue;
            foreach (var node in next.GetValueOrDefault(current, []))
                stack.Push(node);
        }

        return false;
    }

    /// <summary>Every forward path from the start to the source goes through the target. Asked by taking the target out: then nothing may lead to the source.</summary>
    private bool EveryPathPasses(CompiledNode source, CompiledNode target, CompiledNode root)
    {
        if (source == target)
            return true;
        var visited = new HashSet<CompiledNode>();
        var stack = new Stack<CompiledNode>([source]);
        while (stack.TryPop(out var current))
        {
            if (current == root)
                return false;
            if (!visited.Add(current))
                continue;
            foreach (var connection in ForwardInbound(current))
                if (connection.Source != target)
                    stack.Push(connection.Source);
        }

        return true;
    }

    private List<CompiledNode> AncestorsOf(CompiledNode node)
    {
        var found = new HashSet<CompiledNode>();
        var result = new List<CompiledNode>();
        var queue = new Queue<CompiledNode>([node]);
        while (queue.TryDequeue(out var current))
            foreach (var connection in ForwardInbound(current))
                if (found.Add(connection.Source))
                {
                    result.Add(connection.Source);
                    queue.Enqueue(connection.Source);
                }

        return result;
    }
}
