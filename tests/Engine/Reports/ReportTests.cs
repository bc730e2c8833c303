using FluentAssertions;
using Homelab.Engine.Controls;
using Homelab.Engine.Findings;
using Homelab.Engine.Forecasts;
using Homelab.Engine.Reports;
using Homelab.Tests.Engine.Remediation;
using Homelab.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace Homelab.Tests.Engine.Reports;

public sealed class ReportTests
{
    [Theory]
    [InlineData("daily", "2026-03-29T05:59:00Z", "2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z")]
    [InlineData("daily", "2026-03-29T06:00:00Z", "2026-03-29T06:00:00Z", "2026-03-30T06:00:00Z")]
    [InlineData("weekly", "2026-06-10T12:00:00Z", "2026-06-08T06:00:00Z", "2026-06-15T06:00:00Z")]
    [InlineData("monthly", "2026-01-15T12:00:00Z", "2026-01-01T07:00:00Z", "2026-02-01T07:00:00Z")]
    public void Clock_InTheHousesZone_KnowsWhenItIsDue(string kind, string now, string last, string next)
    {
        var clock = Clock(new ReportSettings { TimeZone = "Europe/Berlin" });
        clock.Last(kind, DateTimeOffset.Parse(now, null))!.End.Should().Be(DateTimeOffset.Parse(last, null));
        clock.Next(kind, DateTimeOffset.Parse(now, null)).Should().Be(DateTimeOffset.Parse(next, null));
    }

    [Fact]
    public void Clock_KindWithoutATime_IsNotDue() => Clock(new ReportSettings { Weekly = "" }).Last("weekly", TimeProvider.System.GetUtcNow()).Should().BeNull();

    [Fact]
    public async Task Report_OverARealStore_SaysWhatIsInIt()
    {
        await using var server = await LampServer.StartAsync();
        await SeedAsync(server);
        var (status, made) = await server.PostAsync("/api/reports", new { kind = "monthly" });
        status.Should().Be(200);
        var text = (string)made!["markdown"]!;
        text.Should().Contain("# Monthly report").And.Contain("**The nas fills up**")
            .And.Contain("1, of them 1 without a person").And.Contain("healed without a person").And.Contain("| lamp.set |").And.Contain("Goals for the next month").And.Contain("time to resolve | 60 s");
        var id = (string)made["info"]!["id"]!;
        (await server.Http.GetStringAsync($"/api/reports/{id}/markdown")).Should().Be(text);
        ((int)(await server.GetAsync("/api/reports"))["total"]!).Should().Be(1);
        ((int)made["report"]!["health"]!["score"]!).Should().BeLessThan(100);
        (await server.PostAsync("/api/reports", new { kind = "hourly" })).Status.Should().Be(400);
    }

    [Fact]
    public async Task Due_IsMadeOnceAndSentToWhomItIsFor()
    {
        await using var server = await LampServer.StartAsync(settings: [("Reports:TimeZone", "Europe/Berlin"), ("Activities:Email:default:Host", "127.0.0.1"), ("Activities:Email:default:Port", "9"), ("Activities:Email:default:From", "homelab@example.net"), ("Connections:CheckEvery", "00:00:00")]);
        await SeedAsync(server);
        using (var chosen = await System.Net.Http.Json.HttpClientJsonExtensions.PutAsJsonAsync(
            server.Http, "/api/notifications/choices", new { choices = new[] { new { channel = "email", address = "me@example.net", questions = "none", before = "none", after = "none", alerts = "none", daily = true } } }))
            chosen.EnsureSuccessStatusCode();
        var desk = server.Server.Services.GetRequiredService<ReportDesk>();
        var made = await desk.RunOnceAsync(DateTimeOffset.MinValue, default);
        made.Should().HaveCount(3);
        (await desk.RunOnceAsync(DateTimeOffset.MinValue, default)).Should().BeEmpty();
        (await server.CountAsync("SELECT COUNT(*) FROM notification_outbox WHERE channel = 'email' AND subject LIKE 'Daily report%'")).Should().Be(1);
    }

    [Fact]
    public async Task Numbers_OnPostgreSql_AreTheSame()
    {
        var postgres = await PostgresServer.SharedAsync();
        await using var server = await LampServer.StartAsync(settings: [("Storage:ConnectionString", await postgres.CreateDatabaseAsync())]);
        await SeedAsync(server);
        ((string)(await server.PostAsync("/api/reports", new { kind = "weekly" })).Body!["markdown"]!).Should().Contain("1, of them 1 without a person").And.Contain("Resource trends");
    }

    [Fact]
    public async Task Weekly_WithForecastsAndSizes_TellsAccuracyTrendsAndCost()
    {
        await using var server = await LampServer.StartAsync();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await server.Database.WriteAsync(
            async session =>
            {
                foreach (var (age, actual) in new[] { (1, 82.0), (2, 84.0), (3, 99.0), (40, 10.0) })
                    await session.ExecuteAsync(
                        "INSERT INTO forecast_checks (forecast_id, metric, horizon_hours, made_at, due_at, expected, low, high, naive, actual, checked_at) VALUES ('f', 'disk', 24, @at, @at, 83, 80, 86, 70, @actual, @at)",
                        new { at = now - age * 86_400_000L, actual }, default);
                await session.ExecuteAsync(
                    """
                    INSERT INTO scalings (id, target, kind, resource, from_value, to_value, reason, state, savings_per_month, not_before, created_at, updated_at)
                    VALUES ('s', 'docker:default/web', 'lower', 'memory', 4, 2, 'much too large', 'done', 1.5, @now, @now, @now)
                    """,
                    new { now }, default);
            },
            default);
        await server.Server.Services.GetRequiredService<ForecastStore>().SaveAsync(Disk(now), [], default);
        await server.Server.Services.GetRequiredService<FindingStore>().ReportAsync(
            new NewFinding("sizes", "forecasts", "capacity", "info", 6, "Weekly sizes and cost", "# Sizes and cost, week 3 of 2026\n\nLimits cost 12.00 EUR a month; 3.00 could be saved.\n\n| what |\n", "sizes", "forecasts"), default);

        var text = (string)(await server.PostAsync("/api/reports", new { kind = "weekly" })).Body!["markdown"]!;
        text.Should().Contain("| disk | 3 | 66.7 % | 6 | 18.3 |", "two of the three of this week were inside 80 to 86; the one of last month does not count")
            .And.Contain("The nas's disk: 80 % of its limit, +15 % in 30 days")
            .And.Contain("Limits cost 12.00 EUR a month; 3.00 could be saved.").And.Contain("1.50 EUR a month");
        ((string)(await server.PostAsync("/api/reports", new { kind = "daily" })).Body!["markdown"]!).Should().NotContain("How good forecasts were");
    }


    private static ForecastRow Disk(long now) => new() { Id = "disk", Metric = "disk", Title = "The nas's disk", Service = "nas", Unit = "%", LimitValue = 100, MadeAt = now, Value = 80, SlopePerDay = 0.5 };

    private static ReportClock Clock(ReportSettings settings) => new(Options.Create(settings), new LiveSettings("", "", NullLogger<LiveSettings>.Instance));

    private static async Task SeedAsync(LampServer server)
    {
        await server.ProveAsync("light", "lamp.set");
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await server.Database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync("UPDATE authorizations SET used_at = @at, issued_at = @at, expires_at = @at + 1, finished_at = @at WHERE id LIKE '%-1'", new { at = now - 90_000_000 }, default);
                foreach (var (id, state, ended, how) in new[] { ("one", "open", (long?)null, (string?)null), ("two", "resolved", now - 100_000, "autonomous") })
                    await session.ExecuteAsync(
                        """
                        INSERT INTO incidents (id, fingerprint, correlation, kind, title, severity, state, source, labels, annotations, started_at, detected_at, updated_at, resolved_at, resolution, alerts, deliveries, openings, flapping)
                        VALUES (@id, @id, @id, 'disk_filling', 'The nas fills up', 'critical', @state, 'test', '{}', '{}', @started, @started + 1000, @started, @ended, @how, 1, 1, 1, 0)
                        """,
                        new { id, state, started = now - 160_000, ended, how }, default);
            },
            default);
    }
}
