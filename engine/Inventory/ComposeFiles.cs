using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Homelab.Activities;
using Homelab.Activities.Docker;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Homelab.Engine.Inventory;

/// <summary>What compose files say: who needs whom, and whether what runs is what is written.</summary>
internal static partial class ComposeFiles
{
    /// <summary>From the labels that compose gives containers.</summary>
    public static void Edges(InventoryScan scan, string host, string source, IReadOnlyDictionary<string, JsonObject> labels)
    {
        foreach (var (name, own) in labels)
        {
            var project = (string?)own["com.docker.compose.project"];
            foreach (var needed in ((string?)own["com.docker.compose.depends_on"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
            {
                // service:condition:restart
                var service = needed.Split(':')[0];
                var other = labels.FirstOrDefault(pair => (string?)pair.Value["com.docker.compose.project"] == project && (string?)pair.Value["com.docker.compose.service"] == service).Key;
                if (other is not null)
                    scan.Edges.Add(new($"{host}/container/{name}", $"{host}/container/{other}", "compose", source));
            }
        }
    }

    /// <exception cref="ActivityException">The file cannot be read.</exception>
    public static void Compare(InventoryScan scan, string host, string source, string file, string text, IReadOnlyDictionary<string, (JsonObject Inspect, JsonObject Labels)> containers)
    {
        var services = Read(file, text);
        foreach (var (service, declared) in services)
        {
            var running = containers.FirstOrDefault(pair =>
                ((string?)pair.Value.Labels["com.docker.compose.service"] == service && ((string?)pair.Value.Labels["com.docker.compose.project.config_files"] ?? "").Split(',').Contains(file)) || pair.Key == declared.ContainerName);
            var id = $"{host}/container/{running.Key ?? declared.ContainerName ?? service}";
            if (running.Key is null)
            {
                scan.Drift.Add(new(id, service, "container", $"{service} in {file}", "no container", false, source));
                continue;
            }

            var (inspect, labels) = running.Value;
            if (declared.Image is { } image && !Same(image, (string)inspect["image"]!))
                Drift("image", image, (string)inspect["image"]!, minor: false);
            if (declared.Restart is { } restart && restart != ((string?)inspect["restartPolicy"] is { Length: > 0 } policy ? policy : "no"))
                Drift("restart", restart, (string?)inspect["restartPolicy"] ?? "no", minor: true);
            if (declared.MemoryBytes is { } memory && memory != (long)inspect["memoryLimitBytes"]!)
                Drift("memory limit", $"{memory >> 20} MiB", (long)inspect["memoryLimitBytes"]! == 0 ? "none" : $"{(long)inspect["memoryLimitBytes"]! >> 20} MiB", minor: false);
            foreach (var (label, value) in declared.Labels.Where(pair => (string?)labels[pair.Key] != pair.Value))
                Drift($"label {label}", Shown(label, value), Shown(label, (string?)labels[label] ?? "none"), minor: true);
            if (!(bool)inspect["running"]!)
                Drift("state", "running", (string)inspect["state"]!, minor: false);

            foreach (var needed in declared.Needs.Where(needed => needed != service && services.ContainsKey(needed)))
            {
                var other = containers.FirstOrDefault(pair => (string?)pair.Value.Labels["com.docker.compose.service"] == needed || pair.Key == services[needed].ContainerName).Key;
                if (other is not null)
                    scan.Edges.Add(new(id, $"{host}/container/{other}", "compose", source));
            }

            void Drift(string field, string wanted, string real, bool minor) => scan.Drift.Add(new(id, running.Key, field, wanted, real, minor, source));
        }
    }

    /// <summary>Ssh connection of an engine's machine, where its compose files are.</summary>
    public static string MachineOf(IConfiguration configuration, string docker) => configuration[$"Activities:Docker:{docker}:Host"] is { Length: > 0 } named ? named : "default";

    /// <summary>How many containers of a service are declared; 1 where nothing says so.</summary>
    /// <exception cref="ActivityException">The file cannot be read, or leaves the number to a variable or to another place.</exception>
    public static int Replicas(string file, string text, string service)
    {
        var node = Services(file, text) is { } services && services.Children.TryGetValue(new YamlScalarNode(service), out var found) ? found : throw new ActivityException($"{file} has no service '{service}'.", retryable: false);
        string[] said = [.. new[] { Child(Child(node, "deploy"), "replicas"), Child(node, "scale") }.OfType<YamlNode>().Select(value => $"{value}")];
        if (said.Length == 0 && Child(node, "extends") is null && Child(node, "<<") is null)
            return 1;
        return said.Length > 0 && said.All(value => int.TryParse(value, CultureInfo.InvariantCulture, out _))
            ? said.Max(value => int.Parse(value, CultureInfo.InvariantCulture))
            : throw new ActivityException($"{file} does not say itself, as a number, how many replicas the service '{service}' has; write deploy.replicas there.", retryable: false);
    }

    private static Dictionary<string, Service> Read(string file, string text)
    {
        if (Services(file, text) is not { } services)
            return [];
        var names = services.Children.Keys.Select(key => $"{key}").ToHashSet(StringComparer.Ordinal);
        return services.Children.ToDictionary(pair => $"{pair.Key}", pair => Read(pair.Value, names), StringComparer.Ordinal);
    }

    private static YamlMappingNode? Services(string file, string text)
    {
        try
        {
            var yaml = new YamlStream();
            yaml.Load(new StringReader(text));
            return yaml.Documents.Count == 0 ? null : Child(yaml.Documents[0].RootNode, "services") as YamlMappingNode;
        }
        catch (YamlException exception)
        {
            throw new ActivityException($"{file} is not YAML: {exception.Message}", retryable: false);
        }
    }

    private static Service Read(YamlNode node, HashSet<string> names)
    {
        var needs = Names(Child(node, "depends_on")).Concat(Names(Child(node, "links")).Select(link => link.Split(':')[0]));

        // A service that is named as a host in the environment is needed as well; the values themselves are not kept.
        var environment = Child(node, "environment") switch
        {
            YamlMappingNode map => map.Children.Select(pair => ($"{pair.Key}", $"{pair.Value}")),
            YamlSequenceNode list => list.Children.Select(entry => EnvironmentHosts.Read($"{entry}")),
            _ => [],
        };
        var hosts = EnvironmentHosts.Of(environment, names);
        return new(
            Text(node, "image"), Text(node, "container_name"), Text(node, "restart"), Size(Text(node, "mem_limit") ?? Text(Child(Child(Child(node, "deploy"), "resources"), "limits"), "memory")),
            Child(node, "labels") switch
            {
                YamlMappingNode map => map.Children.ToDictionary(pair => $"{pair.Key}", pair => $"{pair.Value}", StringComparer.Ordinal),
                YamlSequenceNode list => list.Children.Select(entry => $"{entry}".Split('=', 2)).Where(parts => parts.Length == 2).DistinctBy(parts => parts[0]).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal),
                _ => [],
            },
            [.. needs.Concat(hosts).Distinct().Order(StringComparer.Ordinal)]);
    }

    private static YamlNode? Child(YamlNode? node, string name) => node is YamlMappingNode map && map.Children.TryGetValue(new YamlScalarNode(name), out var child) ? child : null;

    // What is filled in by variables is not known here, so it is not compared.
    private static string? Text(YamlNode? node, string name) => Child(node, name) is YamlScalarNode { Value: { Length: > 0 } value } && !value.Contains('$', StringComparison.Ordinal) ? value : null;

    private static IEnumerable<string> Names(YamlNode? node) => node switch
    {
        YamlSequenceNode list => list.Children.Select(entry => $"{entry}"),
        YamlMappingNode map => map.Children.Keys.Select(key => $"{key}"),
        _ => [],
    };

    private static long? Size(string? text) => text is not null && SizePattern().Match(text) is { Success: true } match
        ? (long)(double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) * match.Groups[2].Value.ToLowerInvariant() switch { "k" => 1L << 10, "m" => 1L << 20, "g" => 1L << 30, _ => 1 })
        : null;

    /// <summary>A label can hold the users of a proxy with their passwords' hashes.</summary>
    private static string Shown(string label, string value) => Operations.Secrets.IsSecretName(label) || label.Contains("auth", StringComparison.OrdinalIgnoreCase) ? "***" : value;

    private static bool Same(string declared, string real) => Tagged(declared) == Tagged(real);

    private static string Tagged(string image) => image.LastIndexOf(':') > image.LastIndexOf('/') ? image : image + ":latest";

    [GeneratedRegex(@"^(\d+(?:\.\d+)?)\s*([kmgKMG]?)i?[bB]?$")]
    private static partial Regex SizePattern();

    private sealed record Service(string? Image, string? ContainerName, string? Restart, long? MemoryBytes, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<string> Needs);
}
