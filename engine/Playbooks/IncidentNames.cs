using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Playbooks;

/// <summary>What expressions of playbooks and diagnoses see of an incident.</summary>
internal static partial class IncidentNames
{
    /// <param name="incident">As it is given to workflows.</param>
    public static JsonObject Of(JsonObject incident, JsonObject? context = null, JsonObject? diagnosis = null) => new()
    {
        ["incident"] = Whole(incident),
        ["labels"] = incident["labels"]?.DeepClone() ?? new JsonObject(),
        ["annotations"] = incident["annotations"]?.DeepClone() ?? new JsonObject(),
        ["target"] = Target((string?)incident["target"]),
        ["context"] = context?.DeepClone() ?? new JsonObject(),
        ["diagnosis"] = diagnosis?.DeepClone() ?? new JsonObject(),
    };

    /// <summary>"docker:default/container/web" as tool, connection, kind and name; null where there is none.</summary>
    public static JsonObject? Target(string? id) => id is not null && Parts().Match(id) is { Success: true } match
        ? new JsonObject
        {
            ["id"] = id,
            ["tool"] = match.Groups["tool"].Value,
            ["connection"] = match.Groups["connection"].Value,
            ["kind"] = match.Groups["kind"].Value,
            ["name"] = match.Groups["name"].Value,
        }
        : null;

    /// <summary>What an incident does not say is missing, not unknown: an expression may ask for it.</summary>
    private static JsonObject Whole(JsonObject incident)
    {
        var whole = (JsonObject)incident.DeepClone();
        foreach (var name in new[] { "target", "service", "host", "part", "parent", "cause" })
            if (!whole.ContainsKey(name))
                whole[name] = null;
        return whole;
    }

    [GeneratedRegex("^(?<tool>[^:/]+):(?<connection>[^/]+)/(?<kind>[^/]+)/(?<name>.+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Parts();
}
