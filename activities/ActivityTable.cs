using System.Text;

namespace Homelab.Activities;

/// <summary>The table of all activities as Markdown, for <c>activities/README.md</c> and <c>homelab activities --markdown</c>.</summary>
public static class ActivityTable
{
    public const string Begin = "<!-- activities: begin -->";
    public const string End = "<!-- activities: end -->";

    public static string Markdown()
    {
        var table = new StringBuilder();
        table.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"{ActivityCatalog.All.Count} activities, {ActivityCatalog.All.Count(activity => activity.Effect != Effect.None)} with an effect.");
        foreach (var tool in ActivityCatalog.All.GroupBy(activity => activity.Tool).OrderBy(tool => tool.Key, StringComparer.Ordinal))
        {
            table.AppendLine().AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"### {tool.Key}").AppendLine()
                .AppendLine("| id | effect | inputs | what it does |")
                .AppendLine("|---|---|---|---|");
            foreach (var activity in tool)
                table.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"| `{activity.Id}` | {EffectOf(activity)} | {Inputs(activity)} | {Cell(activity.Description)} |");
        }

        return table.ToString().ReplaceLineEndings("\n");
    }

    /// <summary>The page with the part between the marks replaced by the table of now.</summary>
    public static string Update(string page)
    {
        var (begin, end) = (page.IndexOf(Begin, StringComparison.Ordinal), page.IndexOf(End, StringComparison.Ordinal));
        return begin < 0 || end < begin
            ? throw new InvalidOperationException($"The page has no {Begin} ... {End}.")
            : $"{page[..(begin + Begin.Length)]}\n{Markdown()}{page[end..]}";
    }

    private static string EffectOf(ActivityDescriptor activity) => activity switch
    {
        { Sends: true } => "sends a message",
        { Effect: Effect.None } => "",
        { NoUndoReason: { } reason } => $"{activity.Effect.ToString().ToLowerInvariant()}; no undo: {Cell(reason)}",
        _ => $"{activity.Effect.ToString().ToLowerInvariant()}; undo",
    };

    private static string Inputs(ActivityDescriptor activity)
    {
        var required = (activity.InputSchema["required"] as System.Text.Json.Nodes.JsonArray)?.Select(name => name!.GetValue<string>()).ToHashSet() ?? [];
        return string.Join(", ", activity.InputSchema["properties"]!.AsObject()
            .Where(property => property.Key != "connection")
            .Select(property => required.Contains(property.Key) ? $"**{property.Key}**" : property.Key));
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
