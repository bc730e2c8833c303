using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

/// <summary>What to create a container from, so that it is like another one but for its image.</summary>
internal static class ContainerDefinition
{
    private static readonly string[] FromImage = ["Cmd", "Entrypoint", "ExposedPorts", "Healthcheck", "Shell", "StopSignal", "User", "Volumes", "WorkingDir"];

    /// <param name="furtherNetworks">To be connected after creation: older engines take one at creation.</param>
    public static JsonObject Of(Container old, JsonObject? oldImage, string image, out IReadOnlyList<KeyValuePair<string, JsonObject>> furtherNetworks)
    {
        var config = old.Config.DeepClone().AsObject();
        var defaults = oldImage?["Config"] as JsonObject ?? [];
        config["Image"] = image;
        // What merely came from the old image must come from the new one.
        foreach (var name in FromImage.Where(name => JsonNode.DeepEquals(config[name], defaults[name])))
            config.Remove(name);
        Subtract(config, defaults, "Env");
        if (config["Labels"] is JsonObject labels && defaults["Labels"] is JsonObject imageLabels)
        {
            foreach (var label in imageLabels.Where(label => JsonNode.DeepEquals(labels[label.Key], label.Value)))
                labels.Remove(label.Key);
        }

        if (old.Id.StartsWith(config["Hostname"]?.ToString() ?? "-", StringComparison.Ordinal))
            config.Remove("Hostname");
        config["HostConfig"] = old.HostConfig.DeepClone();
        var mode = old.HostConfig["NetworkMode"]?.ToString() ?? "";
        var isShared = mode is "host" or "none" || mode.StartsWith("container:", StringComparison.Ordinal);
        if (isShared)
            config.Remove("Hostname");
        var networks = isShared ? [] : old.Networks.Select(network => KeyValuePair.Create(network.Key, Endpoint(network.Value as JsonObject ?? [], old.Id))).ToList();
        if (networks.Count > 0)
            config["NetworkingConfig"] = new JsonObject { ["EndpointsConfig"] = new JsonObject { [networks[0].Key] = networks[0].Value } };
        furtherNetworks = [.. networks.Skip(1)];
        return config;
    }

    /// <summary>What was asked of the network, without what it gave.</summary>
    public static JsonObject Endpoint(JsonObject endpoint, string containerId) => new()
    {
        ["IPAMConfig"] = endpoint["IPAMConfig"]?.DeepClone(),
        ["Links"] = endpoint["Links"]?.DeepClone(),
        ["Aliases"] = new JsonArray([.. (endpoint["Aliases"] as JsonArray ?? []).Select(alias => alias!.ToString())
            .Where(alias => !containerId.StartsWith(alias, StringComparison.Ordinal)).Select(alias => JsonValue.Create(alias))]),
        ["DriverOpts"] = endpoint["DriverOpts"]?.DeepClone(),
    };

    private static void Subtract(JsonObject config, JsonObject defaults, string list)
    {
        if (config[list] is not JsonArray own || defaults[list] is not JsonArray given)
            return;
        var from = given.Select(entry => entry?.ToString()).ToHashSet();
        config[list] = new JsonArray([.. own.Where(entry => !from.Contains(entry?.ToString())).Select(entry => entry?.DeepClone())]);
    }
}
