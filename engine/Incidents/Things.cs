using Homelab.Engine.Controls;

namespace Homelab.Engine.Incidents;

/// <summary>What hangs on what, asked with the names that alerts use: nas.lan is nas.</summary>
internal sealed class Things(DependencyGraph graph)
{
    private readonly Dictionary<string, string> _byName = graph.Names.ToDictionary(name => name, name => name, StringComparer.OrdinalIgnoreCase);

    /// <summary>The name in the graph; null where it is not in there.</summary>
    public string? Find(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return null;
        if (_byName.TryGetValue(name, out var found))
            return found;
        return name.Contains('.') && !char.IsAsciiDigit(name[^1]) ? _byName.GetValueOrDefault(name.Split('.')[0]) : null;
    }

    /// <summary>All that it hangs on, the machine that it is on included, whether people wrote that down or not.</summary>
    public IReadOnlyList<string> Above(string? service, string? host)
    {
        List<string> above = [];
        var (thing, machine) = (Find(service), Find(host) ?? host);
        if (thing is not null)
            above.AddRange(graph.Ancestors(thing));
        if (machine is not null && !machine.Equals(thing ?? service, StringComparison.OrdinalIgnoreCase))
            above.AddRange([machine, .. graph.Ancestors(machine)]);
        return above;
    }

    public IReadOnlyList<string> Below(string name) => graph.Descendants(name);

    public IReadOnlyList<string> Parents(string name) => graph.Parents(name);
}
