using System.Globalization;
using System.Text;
using Homelab.Engine.Findings;

namespace Homelab.Engine.Inventory;

/// <summary>Writes the documents: pure, in an order that does not change, so that a small change makes a small difference.</summary>
internal static class Documents
{
    private static readonly Dictionary<string, string> Shapes = new(StringComparer.Ordinal)
    {
        ["host"] = "[[{0}]]", ["guest"] = "[/{0}/]", ["container"] = "({0})", ["network"] = "{{{{{0}}}}}", ["storage"] = "[({0})]", ["backup"] = "[({0})]", ["certificate"] = ">{0}]",
    };

    public static SortedDictionary<string, string> Write(
        IReadOnlyList<InventoryItem> items, IReadOnlyList<InventoryEdge> edges, IReadOnlyList<Finding> findings, IReadOnlyList<(string Name, string? Schedule, string Description)> workflows) => new(StringComparer.Ordinal)
    {
        ["INFRASTRUCTURE.md"] = Infrastructure(items, edges),
        ["PROCEDURES.md"] = Procedures(items, workflows),
        ["SERVICES.md"] = Services(items, edges),
        ["TROUBLESHOOTING.md"] = Troubleshooting(findings),
    };

    /// <summary>The day's document; null where nothing changed.</summary>
    public static string? Session(DateOnly day, IReadOnlyList<string> changes, IReadOnlyList<DeclaredDrift> drift)
    {
        if (changes.Count == 0)
            return null;
        var text = Begin($"Changes of {day:yyyy-MM-dd}", "What was different from the documents when they were made.");
        foreach (var change in changes)
            text.Append("- ").Append(Plain(change)).Append('\n');
        if (drift.Count > 0)
        {
            text.Append("\n## Not as declared\n\n");
            DriftTable(text, drift);
        }

        return text.ToString();
    }

    private static string Infrastructure(IReadOnlyList<InventoryItem> items, IReadOnlyList<InventoryEdge> edges)
    {
        var text = Begin("Infrastructure", "Hosts, guests, networks, storage, certificates and backups, as they were found.");
        text.Append("| what | how many |\n|---|---|\n");
        foreach (var kind in items.GroupBy(item => item.Kind).OrderBy(group => group.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"| {kind.Key} | {kind.Count()} |\n");
        text.Append("\n## Map\n\n```mermaid\ngraph LR\n");
        var hosts = items.Where(item => item.Kind == "host").ToArray();
        var drawn = new HashSet<string>(StringComparer.Ordinal);
        foreach (var host in hosts)
        {
            text.Append(CultureInfo.InvariantCulture, $"  subgraph {Id(host.Id)}[\"{Label(host.Name)}\"]\n");
            foreach (var item in items.Where(item => item.Parent == host.Id && item.Kind is "guest" or "container" or "network" && item.Parent == host.Id))
            {
                text.Append("    ").Append(Node(item)).Append('\n');
                drawn.Add(item.Id);
            }

            text.Append("  end\n");
        }

        foreach (var container in items.Where(item => item.Kind == "container"))
        {
            foreach (var network in container["networks"].Split(", ", StringSplitOptions.RemoveEmptyEntries))
            {
                if (drawn.Contains($"{container.Parent}/network/{network}"))
                    text.Append(CultureInfo.InvariantCulture, $"  {Id(container.Id)} --- {Id($"{container.Parent}/network/{network}")}\n");
            }
        }

        text.Append("```\n");
        Table(text, "Hosts", hosts, "state", "memory", "processors");
        Table(text, "Guests", items.Where(item => item.Kind == "guest"), "number", "kind", "state", "memory", "processors", "disk", "tags");
        Table(text, "Networks", items.Where(item => item.Kind == "network"));
        Table(text, "Storage", items.Where(item => item.Kind == "storage"), "type", "size", "content");
        Table(text, "Certificates", items.Where(item => item.Kind == "certificate"), "names", "issuer", "valid until", "trusted");
        Table(text, "Backups", items.Where(item => item.Kind == "backup"), "paths", "size", "recent");
        _ = edges;
        return text.ToString();
    }

    private static string Services(IReadOnlyList<InventoryItem> items, IReadOnlyList<InventoryEdge> edges)
    {
        var names = items.ToDictionary(item => item.Id, StringComparer.Ordinal);
        var known = edges.Where(edge => names.ContainsKey(edge.From) && names.ContainsKey(edge.To)).ToArray();
        var text = Begin("Services", "What runs, what it is made of, and what it needs.");
        if (known.Length > 0)
        {
            text.Append("## Dependencies\n\n```mermaid\ngraph TD\n");
            foreach (var id in known.SelectMany(edge => new[] { edge.From, edge.To }).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
                text.Append("  ").Append(Node(names[id])).Append('\n');
            foreach (var edge in known)
                text.Append(CultureInfo.InvariantCulture, $"  {Id(edge.From)} -->|{edge.Why}| {Id(edge.To)}\n");
            text.Append("```\n");
        }

        Table(text, "Containers", items.Where(item => item.Kind == "container"), "image", "state", "restart", "memory limit", "networks", "project");
        Table(text, "Units and routes", items.Where(item => item.Kind == "service"), "state", "description", "rule");
        Table(text, "Timers", items.Where(item => item.Kind == "timer"), "starts");
        if (known.Length > 0)
        {
            text.Append("\n## What hangs on what\n\n");
            foreach (var item in items.Where(item => known.Any(edge => edge.From == item.Id || edge.To == item.Id)))
            {
                text.Append(CultureInfo.InvariantCulture, $"### {Plain(item.Name)}\n\n");
                foreach (var edge in known.Where(edge => edge.From == item.Id))
                    text.Append(CultureInfo.InvariantCulture, $"- needs {Plain(names[edge.To].Name)} ({edge.Why})\n");
                foreach (var edge in known.Where(edge => edge.To == item.Id))
                    text.Append(CultureInfo.InvariantCulture, $"- is needed by {Plain(names[edge.From].Name)} ({edge.Why})\n");
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Procedures(IReadOnlyList<InventoryItem> items, IReadOnlyList<(string Name, string? Schedule, string Description)> workflows)
    {
        var text = Begin("Procedures", "How to do by hand what the product does by itself. Each of these passes the gate when it is given to `homelab activities run`.");
        Do("container", "Containers", item => [
            ("look", $"homelab activities run docker.read_logs --connection {Connection(item)} --input '{{\"container\":\"{item.Name}\"}}'"),
            ("restart", $"homelab activities run docker.restart_container --connection {Connection(item)} --input '{{\"container\":\"{item.Name}\"}}'"),
        ]);
        Do("guest", "Guests", item => [
            ("look", $"homelab activities run proxmox.get_guest --connection {Connection(item)} --input '{{\"vmid\":{item["number"]}}}'"),
            ("restart", $"homelab activities run proxmox.reboot_guest --connection {Connection(item)} --input '{{\"vmid\":{item["number"]}}}'"),
            ("snapshot", $"homelab activities run proxmox.create_snapshot --connection {Connection(item)} --input '{{\"vmid\":{item["number"]},\"snapshot\":\"before\"}}'"),
        ]);
        Do("service", "Units", item => item.Id.StartsWith("systemd:", StringComparison.Ordinal)
            ? [
                ("look", $"homelab activities run systemd.read_logs --connection {Connection(item)} --input '{{\"unit\":\"{item.Name}\"}}'"),
                ("restart", $"homelab activities run systemd.restart_unit --connection {Connection(item)} --input '{{\"unit\":\"{item.Name}\"}}'"),
            ]
            : []);
        if (workflows.Count > 0)
        {
            text.Append("\n## Workflows\n\n| workflow | starts | what it does |\n|---|---|---|\n");
            foreach (var (name, schedule, description) in workflows.OrderBy(workflow => workflow.Name, StringComparer.Ordinal))
                text.Append(CultureInfo.InvariantCulture, $"| {Cell(name)} | {Cell(schedule ?? "by hand or event")} | {Cell(description)} |\n");
        }

        return text.ToString();

        void Do(string kind, string title, Func<InventoryItem, (string Verb, string Command)[]> commands)
        {
            // A command with an odd name in it could not be copied without harm.
            var found = items.Where(item => item.Kind == kind && item.Name.All(letter => char.IsLetterOrDigit(letter) || "._@:+-".Contains(letter, StringComparison.Ordinal))).Select(item => (Item: item, Commands: commands(item))).Where(pair => pair.Commands.Length > 0).ToArray();
            if (found.Length == 0)
                return;
            text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n");
            foreach (var (item, list) in found)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n### {Plain(item.Name)}\n\n");
                foreach (var (verb, command) in list)
                    text.Append(CultureInfo.InvariantCulture, $"- {verb}: `{command}`\n");
            }
        }
    }

    private static string Troubleshooting(IReadOnlyList<Finding> findings)
    {
        var text = Begin("Troubleshooting", "What was found lately and what to do about it. Counts and times are in the console.");
        foreach (var group in findings.GroupBy(finding => finding.Class).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {char.ToUpperInvariant(group.Key[0])}{group.Key[1..]}\n");
            foreach (var finding in group.OrderBy(finding => finding.Title, StringComparer.Ordinal).ThenBy(finding => finding.Id, StringComparer.Ordinal))
            {
                // The first sentences say what to do; what follows counts, and would change every day.
                var advice = finding.Text.Split(" It was logged ")[0].Split(" It came ")[0];
                text.Append(CultureInfo.InvariantCulture, $"\n### {Plain(finding.Title)}\n\n{Plain(finding.Area == "logs" ? advice : "See the console.")}\n");
            }
        }

        if (findings.Count == 0)
            text.Append("\nNothing is open.\n");
        return text.ToString();
    }

    public static void DriftTable(StringBuilder text, IReadOnlyList<DeclaredDrift> drift)
    {
        text.Append("| what | field | declared | real |\n|---|---|---|---|\n");
        foreach (var one in drift.OrderBy(one => one.ItemId, StringComparer.Ordinal).ThenBy(one => one.Field, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(one.Name)} | {Cell(one.Field)} | {Cell(one.Declared)} | {Cell(one.Real)} |\n");
    }

    private static void Table(StringBuilder text, string title, IEnumerable<InventoryItem> items, params string[] attributes)
    {
        var rows = items.OrderBy(item => item.Name, StringComparer.Ordinal).ThenBy(item => item.Id, StringComparer.Ordinal).ToArray();
        if (rows.Length == 0)
            return;
        string[] shown = [.. attributes.Where(attribute => rows.Any(row => row[attribute].Length > 0))];
        text.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n| name | on |{string.Concat(shown.Select(attribute => $" {attribute} |"))}\n|---|---|{string.Concat(shown.Select(_ => "---|"))}\n");
        foreach (var row in rows)
            text.Append(CultureInfo.InvariantCulture, $"| {Cell(row.Name)} | {Cell(row.Parent ?? row.Source)} |{string.Concat(shown.Select(attribute => $" {Cell(row[attribute])} |"))}\n");
    }

    private static StringBuilder Begin(string title, string about) => new StringBuilder("# ").Append(title).Append("\n\n").Append(about).Append(" Made by Homelab.Workflows; do not edit.\n\n");

    private static string Connection(InventoryItem item) => item.Id.Split(':', 2)[1].Split('/')[0];

    private static string Node(InventoryItem item) => Id(item.Id) + string.Format(CultureInfo.InvariantCulture, Shapes.GetValueOrDefault(item.Kind, "[{0}]"), $"\"{Label(item.Name)}\"");

    /// <summary>Names in a diagram are letters, digits and underscores.</summary>
    private static string Id(string id) => "n_" + string.Concat(id.Select(letter => char.IsAsciiLetterOrDigit(letter) ? $"{letter}" : $"_{(int)letter:x}_"));

    private static string Label(string text) => text.Replace("\"", "'", StringComparison.Ordinal).Replace("\n", " ", StringComparison.Ordinal);

    private static string Cell(string text) => Plain(text).Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary>What others named must not become a heading, a link or HTML.</summary>
    private static string Plain(string text) => text.ReplaceLineEndings(" ").Replace("<", "&lt;", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal).Replace("`", "'", StringComparison.Ordinal);
}
