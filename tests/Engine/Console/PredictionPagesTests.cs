using System.Text.Json;
using FluentAssertions;
using Homelab.Engine.Findings;
using Homelab.Engine.Forecasts;
using Homelab.Engine.Inventory;
using Homelab.Tests.Engine.Api;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Engine.Console;

/// <summary>Forecasts, findings and documents with something in them, as wide as a desk and as narrow as a phone.</summary>
public sealed class PredictionPagesTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_WithData_ShowAccuracyFirstPlotsAnswersAndDiagrams(bool phone)
    {
        await SeedAsync();
        var axe = await BrowserFixture.AxeAsync();
        await using var visit = await browser.VisitAsync(phone);
        await visit.SignInAsync(ApiHost.FirstPassword);
        var kind = phone ? "phone" : "desktop";
        List<string> problems = [];

        await visit.Page.GotoAsync("/forecasts");
        await visit.Page.GetByRole(AriaRole.Table, new() { Name = "Accuracy" }).GetByText("disk used").First.WaitForAsync();
        await LookAsync("forecasts-data");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Disk / of nas" }).ClickAsync();
        await visit.Page.Locator(".recharts-line-curve").Nth(1).WaitForAsync();
        await visit.Page.GetByText("Sundays at 2:00 UTC").WaitForAsync();
        await LookAsync("forecast");

        await visit.Page.GotoAsync("/findings");
        await visit.Page.GetByLabel("Ask").FillAsync("all database errors this week");
        await visit.Page.GetByText("Understood as: errors; since").WaitForAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Deadlock in a database (postgres)" }).WaitForAsync();
        (await visit.Page.GetByText("Upstream is down").CountAsync()).Should().Be(0);
        await LookAsync("findings-data");

        await visit.Page.GotoAsync("/documents?path=SERVICES.md");
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Services", Level = 1 }).Last.WaitForAsync();
        await visit.Page.GetByRole(AriaRole.Img, new() { Name = "Diagram" }).WaitForAsync();
        await LookAsync("documents-data");
        problems.Should().BeEmpty();
        visit.Errors.Should().BeEmpty();
        visit.Elsewhere.Should().BeEmpty();

        async Task LookAsync(string name)
        {
            await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(browser.Screenshots, $"{name}-{kind}.png") });
            problems.AddRange((await visit.SeriousProblemsAsync(axe)).Select(problem => $"{name}: {problem}"));
            if (await visit.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > window.innerWidth + 1"))
                problems.Add($"{name}: wider than the window");
        }
    }

    private async Task SeedAsync()
    {
        var services = browser.Host.App.Services;
        var now = TimeProvider.System.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        double[] values = [.. Enumerable.Range(0, 720).Select(i => 60 + (i / 24.0) + (2 * Math.Sin(i * Math.Tau / 24)) + (SeriesModel.HourOfWeek(hour.AddHours(i - 719)) == (6 * 24) + 2 ? 8 : 0))];
        var forecast = Forecaster.Make(values, hour, 100)!;
        var store = services.GetRequiredService<ForecastStore>();
        var row = new ForecastRow
        {
            Id = "nas-disk", Metric = "disk_used", Title = "Disk / of nas", Service = "nas", Unit = "%", LimitValue = 100, MadeAt = hour.ToUnixTimeMilliseconds(), Value = forecast.Value, SlopePerDay = forecast.SlopePerDay, Season = forecast.Season,
            Skill = forecast.Skill, Acts = 1, Why = "240 checked forecasts were 71 % nearer than \"it stays as it is\".", ReachesAt = hour.AddHours(forecast.Reaches!.Value).ToUnixTimeMilliseconds(), EarliestAt = hour.AddHours(forecast.Earliest!.Value).ToUnixTimeMilliseconds(),
            Horizons = JsonSerializer.Serialize(forecast.Horizons), Curve = JsonSerializer.Serialize(new ForecastCurve([.. values.Select(value => (double?)value)], forecast.Curve)),
            Patterns = JsonSerializer.Serialize(new[] { new ExplainedPattern(DayOfWeek.Sunday, 2, 97, 89, 4, "higher", ["Backup"]) }), UsualLow = 80, UsualHigh = 95, Anomaly = 0.7,
        };
        await store.SaveAsync(row, [], default);
        await store.SaveAsync(
            new ForecastRow { Id = "flat", Metric = "memory_used", Title = "Memory of flat", Service = "flat", Unit = "%", LimitValue = 100, MadeAt = row.MadeAt, Value = 40, Why = "It was no better than \"it stays as it is\".", Curve = row.Curve, Horizons = row.Horizons }, [], default);
        CheckRow Check(string metric, int hours, double actual, double naive) => new()
        {
            ForecastId = "nas-disk", Metric = metric, HorizonHours = hours, MadeAt = row.MadeAt, DueAt = row.MadeAt, Expected = 90, Low = 88, High = 92, Naive = naive, Actual = actual, CheckedAt = row.MadeAt,
        };
        await store.SaveAsync(row, [Check("disk_used", 24, 90.3, 89), Check("disk_used", 168, 90.8, 83), Check("memory_used", 6, 42, 41)], default);

        var findings = services.GetRequiredService<FindingStore>();
        await findings.ReportAsync(new NewFinding("dead", "logs", "failure", "warning", 3, "Deadlock in a database (postgres)", "See which two statements wait for each other. It was logged 3 times since the last look.", "postgres", "containers") { Evidence = ["2026-11-20 10:00:01 postgres: ERROR: deadlock detected"], Occurrences = 3 }, default);
        await findings.ReportAsync(new NewFinding("up", "logs", "failure", "critical", 2, "Upstream is down (nginx)", "See whether the service behind it runs.", "nginx", "containers"), default);
        await services.GetRequiredService<InventoryStore>().WriteDocumentsAsync(
            Documents.Write(
                [
                    new("docker:a", "host", "Docker a", null, "docker:a", new Dictionary<string, string>()), new("docker:a/container/web", "container", "web", "docker:a", "docker:a", new Dictionary<string, string> { ["image"] = "web:1", ["state"] = "running" }),
                    new("docker:a/container/db", "container", "db", "docker:a", "docker:a", new Dictionary<string, string> { ["image"] = "postgres:15", ["state"] = "running" }),
                ],
                [new("docker:a/container/web", "docker:a/container/db", "compose", "docker:a")], [], []),
            default);
    }
}
