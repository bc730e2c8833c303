using Homelab.Tests.Activities;

namespace Homelab.Tests.Engine.Forecasts;

/// <summary>A Prometheus with a back-filled history that goes on by scraping: the same series before and after now.</summary>
internal sealed class LiveMetrics : IAsyncDisposable
{
    public const string Prometheus = "/usr/bin/prometheus";
    public const string Promtool = "/usr/bin/promtool";

    private readonly FakeServer _exporter;
    private readonly RealServer _prometheus;

    private LiveMetrics(FakeServer exporter, RealServer prometheus) => (_exporter, _prometheus) = (exporter, prometheus);

    public string Url => _prometheus.Said["URL"];

    /// <param name="history">A month of it, by name with labels.</param>
    /// <param name="now">What the exporter answers, by name with labels.</param>
    public static async Task<LiveMetrics> StartAsync(IReadOnlyDictionary<string, Func<DateTimeOffset, double>> history, Func<Task<IEnumerable<(string Series, double Value)>>> now)
    {
        var exporter = await FakeServer.StartAsync();
        exporter.Answer = async context => await FakeServer.Status(200, string.Concat((await now()).Select(sample => FormattableString.Invariant($"{sample.Series} {sample.Value:R}\n"))), "text/plain")(context);
        return new(exporter, await RealServer.StartAsync("prometheus-history", folder =>
        {
            HistoryFile.Write(folder, TimeProvider.System.GetUtcNow(), 30, history);

            // Without the labels of scraping, so that history and present are one series.
            File.WriteAllText(
                Path.Combine(folder, "prometheus.yml"),
                $$"""
                global: {scrape_interval: 1s}
                scrape_configs:
                - job_name: live
                  static_configs: [{targets: ["{{new Uri(exporter.Url).Authority}}"]}]
                  metric_relabel_configs: [{action: labeldrop, regex: "job|instance"}]
                """);
        }));
    }

    public async ValueTask DisposeAsync()
    {
        await _prometheus.DisposeAsync();
        await _exporter.DisposeAsync();
    }
}
