using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Xunit;

namespace Homelab.Tests.Engine.Forecasts;

/// <summary>The shipped workflows on a real Prometheus with a month of history and a real container.</summary>
[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class ForecastsTests(DockerFixture docker)
{
    private const string Prometheus = "/usr/bin/prometheus";
    private const string Promtool = "/usr/bin/promtool";

    /// <summary>The first thing a new user sees must not be a failed run.</summary>
    [Fact]
    public async Task Forecasting_WithoutPrometheus_SaysSoAndFinishes()
    {
        await using var server = await ShippedServer.StartAsync("forecasting");
        await server.RunAsync("forecasting");
    }

    [ServerFact(Prometheus, Promtool)]
    public async Task Forecasting_MonthOfHistory_SaysWhenAndIsCheckedLater()
    {
        var now = TimeProvider.System.GetUtcNow();
        await using var prometheus = await RealServer.StartAsync("prometheus-history", folder => HistoryFile.Write(folder, now, 30, new Dictionary<string, Func<DateTimeOffset, double>>
        {
            ["node_filesystem_size_bytes{instance=\"nas\",mountpoint=\"/\",fstype=\"ext4\"}"] = _ => 1000,
            ["node_filesystem_avail_bytes{instance=\"nas\",mountpoint=\"/\",fstype=\"ext4\"}"] = at => 100 + (20 * (now - at).TotalDays) + (5 * Math.Sin(at.ToUnixTimeSeconds() / 86_400.0 * Math.Tau)),
            ["node_memory_MemTotal_bytes{instance=\"flat\"}"] = _ => 1000,
            ["node_memory_MemAvailable_bytes{instance=\"flat\"}"] = _ => 600,
            ["node_memory_MemTotal_bytes{instance=\"leaky\"}"] = _ => 1000,
            ["node_memory_MemAvailable_bytes{instance=\"leaky\"}"] = at => at < now.AddDays(-1.1) ? 700 : 700 - (8 * (at - now.AddDays(-1.1)).TotalHours),
            ["probe_duration_seconds{instance=\"web\"}"] = at => at > now.AddDays(-1) ? 0.4 : 0.3,
        }));
        await using var server = await ShippedServer.StartAsync("forecasting", ("Activities:Prometheus:default:Url", prometheus.Said["URL"]));
        await server.RunAsync("forecasting");

        var list = (await server.GetAsync("/api/forecasts"))["items"]!.AsArray();
        var disk = list[0]!;
        ((string?)disk["title"], (bool)disk["acts"]!).Should().Be(("Disk / of nas", true));
        ((DateTimeOffset)disk["reachesAt"]! - now).TotalDays.Should().BeApproximately(5, 0.6);
        ((DateTimeOffset)disk["earliestAt"]!).Should().BeOnOrBefore((DateTimeOffset)disk["reachesAt"]!);
        disk["horizons"]!.AsArray().Should().HaveCount(3);
        var flat = list.Single(one => (string)one!["title"]! == "Memory of flat")!;
        ((bool)flat["acts"]!, flat["reachesAt"]).Should().Be((false, null));
        ((string)flat["why"]!).Should().Contain("no better");
        var titles = (await server.GetAsync("/api/findings?area=forecasts"))["items"]!.AsArray().Select(one => (string)one!["title"]!).ToArray();
        titles.Should().Contain("Disk / of nas will be full").And.Contain("Memory of leaky grows steadily: perhaps a leak").And.Contain("Response time of web became longer");
        var detail = await server.GetAsync($"/api/forecasts/{(string)disk["id"]!}");
        detail["curve"]!["history"]!.AsArray().Should().HaveCount(720);
        detail["curve"]!["ahead"]!.AsArray().Should().HaveCount(120);
        var metrics = await server.Server.Http.GetStringAsync("/metrics");
        metrics.Should().Contain("service_health_prediction{service=\"nas\"}").And.Contain("service_failure_probability_24h{service=\"nas\"} 0").And.Contain("homelab_forecast_exhaustion_seconds{");

        // Five days ago it said what would be; now its time is over.
        await server.Database.WriteAsync(
            session => session.ExecuteAsync("UPDATE forecast_checks SET due_at = due_at - @days, made_at = made_at - @days WHERE horizon_hours = 24", new { days = (long)TimeSpan.FromDays(5).TotalMilliseconds }, default), default);
        ((int)(await server.ReadAsync("forecasts.check_forecasts", new { }))["compared"]!).Should().BeGreaterThan(3);
        var accuracy = (await server.GetAsync("/api/forecasts/accuracy"))["items"]!.AsArray();
        accuracy.Select(row => (string)row!["metric"]!).Should().Contain("disk_used");
        (await server.CountAsync("SELECT COUNT(*) FROM forecast_checks WHERE checked_at IS NOT NULL AND actual IS NULL")).Should().Be(0);
    }

    [ServerFact(Prometheus, Promtool, DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client)]
    public async Task RightSizing_ContainerThatUsesLittle_IsReportedAndPlannedSmaller()
    {
        var name = await docker.NewAsync("big", ["--network", "none", "--memory", "512m"]);
        var now = TimeProvider.System.GetUtcNow();
        await using var prometheus = await RealServer.StartAsync("prometheus-history", folder => HistoryFile.Write(folder, now, 20, new Dictionary<string, Func<DateTimeOffset, double>>
        {
            [$"container_memory_working_set_bytes{{name=\"{name}\"}}"] = at => (30 << 20) + ((5 << 20) * Math.Sin(at.ToUnixTimeSeconds() / 86_400.0 * Math.Tau)),
            [$"container_spec_memory_limit_bytes{{name=\"{name}\"}}"] = _ => 512 << 20,
        }));
        await using var server = await ShippedServer.StartAsync(
            "right-sizing", [.. DockerFixture.Settings("default", $"unix://{docker.Server.Said["SOCK"]}"), ("Activities:Prometheus:default:Url", prometheus.Said["URL"])]);
        await server.ReadAsync("forecasts.make_forecasts", new { });
        await server.RunAsync("right-sizing");
        var scaling = (await server.GetAsync("/api/forecasts/scalings"))["items"]!.AsArray().Should().ContainSingle().Subject!;
        ((string?)scaling["kind"], (double)scaling["to"]! < 200 << 20, (double)scaling["savingsPerMonth"]! > 0).Should().Be(("lower", true, true));
        ((string)(await server.GetAsync("/api/findings?area=forecasts&search=sizes"))["items"]![0]!["text"]!).Should().Contain(name).And.Contain("could be saved");
    }
}
