using System.Diagnostics.Metrics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using Homelab.Engine.Forecasts;
using Homelab.Engine.Operations;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

/// <summary>The dashboards in workflows/dashboards ask for metrics that there are.</summary>
public sealed partial class DashboardTests
{
    [Fact]
    public async Task Dashboards_EachExpression_AsksForMetricsOfTheProduct()
    {
        HashSet<string> known = new(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == EngineMetrics.MeterName)
                    known.UnionWith(NamesOf(instrument));
            },
        };
        listener.Start();
        await using var server = await TestServer.StartAsync();
        server.Services.GetRequiredService<ForecastMetrics>();

        var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "workflows", "dashboards"), "*.json");
        files.Should().HaveCountGreaterThan(3);
        foreach (var file in files)
        {
            var board = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
            var asked = board["panels"]!.AsArray().SelectMany(panel => panel!["targets"]!.AsArray()).SelectMany(target => Metric().Matches((string)target!["expr"]!).Select(match => match.Value)).Distinct().ToArray();
            asked.Should().NotBeEmpty(file).And.BeSubsetOf(known, Path.GetFileName(file));
            board["panels"]!.AsArray().Select(panel => (int)panel!["id"]!).Should().OnlyHaveUniqueItems(file);
        }
    }

    private static IEnumerable<string> NamesOf(Instrument instrument)
    {
        var name = instrument.Name + (instrument.Unit == "s" ? "_seconds" : "");
        return instrument.GetType().Name switch
        {
            ['C', ..] or "ObservableCounter`1" => [$"{name}_total"],
            ['H', ..] => [$"{name}_bucket", $"{name}_sum", $"{name}_count"],
            _ => [name],
        };
    }

    [GeneratedRegex("(homelab|service|automation)_[a-z0-9_]+")]
    private static partial Regex Metric();
}
