namespace Homelab.Engine.Inventory;

/// <summary>One thing there is.</summary>
/// <param name="Id">As targets are named: "docker:default/container/web".</param>
/// <param name="Kind">host, guest, container, network, service, timer, storage, certificate or backup.</param>
/// <param name="Parent">Id of what it is on or in.</param>
/// <param name="Source">What was asked for it: "docker:default". Only who answers can say that something is gone.</param>
/// <param name="Attributes">What a document says of it; nothing that changes by itself, such as use or uptime.</param>
internal sealed record InventoryItem(string Id, string Kind, string Name, string? Parent, string Source, IReadOnlyDictionary<string, string> Attributes)
{
    public string this[string attribute] => Attributes.GetValueOrDefault(attribute, "");
}

/// <param name="Why">How it is known: "compose", "environment", "proxy", "connection".</param>
internal sealed record InventoryEdge(string From, string To, string Why, string Source)
{
    /// <summary>Seen open. One that is not open this time may be the next.</summary>
    public const string Connection = "connection";
}

/// <summary>Something that the declared state (a compose file, a unit file) says and the real one does not.</summary>
/// <param name="Minor">Mended without harm; the others are proposed with their difference.</param>
internal sealed record DeclaredDrift(string ItemId, string Name, string Field, string Declared, string Real, bool Minor, string Source)
{
    /// <summary>Line by line, from what is real to what is declared.</summary>
    public string Difference { get; init; } = $"-{Field}: {Real}\n+{Field}: {Declared}\n";
}

/// <summary>Everything that was seen in one scan.</summary>
internal sealed class InventoryScan
{
    public Dictionary<string, InventoryItem> Items { get; } = new(StringComparer.Ordinal);

    public HashSet<InventoryEdge> Edges { get; } = [];

    public List<DeclaredDrift> Drift { get; } = [];

    /// <summary>Sources that answered: what they did not name is gone.</summary>
    public HashSet<string> Answered { get; } = new(StringComparer.Ordinal);

    public List<string> Problems { get; } = [];

    public void Add(string id, string kind, string name, string? parent, string source, params IEnumerable<(string Name, string? Value)> attributes) => Items[id] = new(
        id, kind, name, parent, source, new SortedDictionary<string, string>(attributes.Where(pair => !string.IsNullOrEmpty(pair.Value)).ToDictionary(pair => pair.Name, pair => pair.Value!), StringComparer.Ordinal));
}

/// <param name="Kind">added, removed or changed.</param>
internal sealed record InventoryChange(string ItemId, string Name, string ItemKind, string Kind, string Text);

/// <summary>What is different between what was documented and what is. Pure.</summary>
internal static class InventoryDifference
{
    public static IReadOnlyList<InventoryChange> Of(IReadOnlyCollection<InventoryItem> before, InventoryScan scan)
    {
        List<InventoryChange> changes = [];
        var known = before.ToDictionary(item => item.Id, StringComparer.Ordinal);
        foreach (var item in scan.Items.Values.OrderBy(item => item.Id, StringComparer.Ordinal))
        {
            if (!known.TryGetValue(item.Id, out var old))
            {
                changes.Add(new(item.Id, item.Name, item.Kind, "added", $"{item.Kind} {item.Name} is new"));
                continue;
            }

            foreach (var attribute in old.Attributes.Keys.Union(item.Attributes.Keys).Order(StringComparer.Ordinal).Where(name => old[name] != item[name]))
                changes.Add(new(item.Id, item.Name, item.Kind, "changed", $"{item.Kind} {item.Name}: {attribute} was {Shown(old[attribute])} and is {Shown(item[attribute])}"));
        }

        changes.AddRange(before.Where(item => scan.Answered.Contains(item.Source) && !scan.Items.ContainsKey(item.Id)).OrderBy(item => item.Id, StringComparer.Ordinal)
            .Select(item => new InventoryChange(item.Id, item.Name, item.Kind, "removed", $"{item.Kind} {item.Name} is gone")));
        return changes;
    }

    private static string Shown(string value) => value.Length == 0 ? "nothing" : $"\"{value}\"";
}
