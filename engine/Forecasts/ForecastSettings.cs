using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace Homelab.Engine.Forecasts;

/// <summary>Section <c>Forecasts</c>.</summary>
internal sealed class ForecastSettings
{
    /// <summary>Connection of Prometheus with the history.</summary>
    public string Connection { get; set; } = "default";

    /// <summary>How much of it is looked at.</summary>
    [Range(3, 400)]
    public int HistoryDays { get; set; } = 30;

    /// <summary>Series of one metric that are forecast at most.</summary>
    [Range(1, 10_000)]
    public int MostSeries { get; set; } = 500;

    /// <summary>Scaling aims at so much of the limit at the highest point ahead.</summary>
    [Range(10, 95)]
    public double TargetPercent { get; set; } = 70;

    /// <summary>A forecast is planned for when its limit is reached within so many days.</summary>
    [Range(1, 30)]
    public int PlanWithinDays { get; set; } = 7;

    /// <summary>What a host keeps free when something on it is made larger.</summary>
    [Range(0, 90)]
    public double HeadroomPercent { get; set; } = 15;

    /// <summary>
    /// So long after a scaling its metric may take to become better; what did not help by then is taken back. It must stay better for a quarter of it, so that what fills again at once does
    /// not count, and be long enough for Prometheus to see the new limit.
    /// </summary>
    [Range(4, 86_400)]
    public int HelpsWithinSeconds { get; set; } = 900;

    /// <summary>Price of a GiB of memory a month, for the cost report.</summary>
    [Range(0, 1_000_000)]
    public double MemoryGibPrice { get; set; } = 0.5;

    /// <summary>Price of a processor a month.</summary>
    [Range(0, 1_000_000)]
    public double ProcessorPrice { get; set; } = 2;

    [StringLength(8)]
    public string Currency { get; set; } = "EUR";
}

/// <summary>One metric to forecast, as data: <c>forecasts/forecasts.json</c> in the rules folder.</summary>
internal sealed partial record ForecastDefinition
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, ReadCommentHandling = JsonCommentHandling.Skip };

    public required string Name { get; init; }

    /// <summary>With {label} where a series' label belongs.</summary>
    public required string Title { get; init; }

    public required string Service { get; init; }

    public required string Unit { get; init; }

    /// <summary>PromQL that answers one series for each thing.</summary>
    public required string Query { get; init; }

    /// <summary>What must not be reached.</summary>
    public double? Limit { get; init; }

    /// <summary>capacity, memory (leaks are looked for) or response (becoming slower is looked for).</summary>
    public required string Kind { get; init; }

    public ScaleTarget? Scale { get; init; }

    /// <exception cref="InvalidDataException">The file cannot be used.</exception>
    public static IReadOnlyList<ForecastDefinition> Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<DefinitionFile>(File.ReadAllBytes(file), Format)?.Forecasts ?? [];
        }
        catch (Exception exception) when (exception is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"{file} cannot be used: {exception.Message}", exception);
        }
    }

    public static string Fill(string template, IReadOnlyDictionary<string, string> labels) => Label().Replace(template, match => labels.GetValueOrDefault(match.Groups[1].Value, ""));

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Label();

    private sealed record DefinitionFile(IReadOnlyList<ForecastDefinition> Forecasts);
}

/// <summary>What to change when the limit comes near.</summary>
/// <param name="Tool">docker or proxmox.</param>
/// <param name="Resource">memory, processors or disk; replicas where the planner chose them.</param>
/// <param name="Target">With {label}: a container's name, or a guest as "qemu/100"; a compose service is its file and name, as "srv/stack/compose.yaml/web".</param>
internal sealed record ScaleTarget(string Tool, string Resource, string Target, string Connection = "default");
