using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

/// <summary>How far a pull is, from the lines the engine says meanwhile: bytes of all layers known so far, told at each whole percent.</summary>
internal sealed class PullProgress(string image, ActivityContext context)
{
    private readonly Dictionary<string, (double Current, double Total)> _layers = [];
    private int _told = -1;

    public void See(string line)
    {
        if (context.Progress is not { } progress || Read(line) is not { } said || said["id"]?.ToString() is not { } layer)
            return;
        var detail = said["progressDetail"];
        if (said["status"]?.ToString() is "Pull complete" or "Already exists")
            _layers[layer] = _layers.TryGetValue(layer, out var known) ? (known.Total, known.Total) : default;
        else if (said["status"]?.ToString() == "Downloading" && Number(detail?["total"]) is > 0 and var total)
            _layers[layer] = (Number(detail?["current"]), total);
        else
            return;
        var all = _layers.Values.Sum(known => known.Total);
        var percent = all > 0 ? (int)(100 * _layers.Values.Sum(known => known.Current) / all) : 0;
        if (percent == _told)
            return;
        _told = percent;
        progress.Report(new(percent, $"pulling {image}: {_layers.Values.Count(known => known.Current >= known.Total)} of {_layers.Count} layers, {all / (1 << 20):0.#} MB"));
    }

    private static JsonObject? Read(string line)
    {
        try
        {
            return JsonNode.Parse(line) as JsonObject;
        }
        catch (JsonException)
        {
            // The whole answer is judged when it has come; this only watches.
            return null;
        }
    }

    private static double Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out double number) ? number : 0;
}
