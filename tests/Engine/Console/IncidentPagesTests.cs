using System.Net.Http.Json;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Homelab.Tests.Engine.Api;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Engine.Console;

/// <summary>Incidents in real Chromium: the list, one of them with its story as it grows, and the overview.</summary>
public sealed class IncidentPagesTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [ConsoleFact]
    public async Task Incident_FromAlertToClosed_IsShownAsItHappens()
    {
        using var admin = browser.Host.As(Role.Operator);
        var axe = await BrowserFixture.AxeAsync();
        List<string> problems = [];
        await using var visit = await browser.VisitAsync(phone: false);
        var page = visit.Page;
        await visit.SignInAsync(ApiHost.FirstPassword);
        await page.GotoAsync("/incidents");
        await page.GetByText("Nothing went wrong yet").WaitForAsync();
        await page.GetByText("/api/alerts/alertmanager").First.WaitForAsync();
        await LookAsync("incidents-none-desktop");

        // It comes into the open page by itself.
        await SendAsync(admin, "firing", "jellyfin", "photos", "wiki");
        await page.GetByRole(AriaRole.Link, new() { Name = "The container jellyfin is down" }).WaitForAsync();
        await LookAsync("incidents-desktop");
        await page.GetByRole(AriaRole.Link, new() { Name = "The container jellyfin is down" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "The container jellyfin is down", Level = 1 }).WaitForAsync();
        await page.GetByText("The container jellyfin is down (by alertmanager)").WaitForAsync();

        await page.GetByLabel("A note for the timeline").FillAsync("The disk was full, I made room.");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the note" }).ClickAsync();
        await page.GetByText("The disk was full, I made room.").First.WaitForAsync();
        await page.WaitForFunctionAsync("() => document.querySelector('textarea').value === ''");
        await LookAsync("incident-desktop");

        await SendAsync(admin, "resolved", "jellyfin");
        await page.GetByText("Its alert ended.").WaitForAsync();
        await page.GetByText("Resolved", new() { Exact = true }).First.WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Open it again" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Close it" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Close it" }).ClickAsync();
        await page.GetByText("Closed", new() { Exact = true }).First.WaitForAsync();
        await LookAsync("incident-closed-desktop");

        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Health" }).WaitForAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "The container wiki is down" }).First.WaitForAsync();
        await LookAsync("overview-incidents-desktop");
        await page.SetViewportSizeAsync(390, 844);
        await LookAsync("overview-incidents-phone");
        await page.GotoAsync("/incidents?state=unresolved");
        await page.GetByRole(AriaRole.Link, new() { Name = "The container wiki is down" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "What happened" }).WaitForAsync();
        await LookAsync("incident-phone");
        (await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > window.innerWidth + 1")).Should().BeFalse("it is as wide as the phone");
        problems.Should().BeEmpty();
        visit.Errors.Should().BeEmpty();

        async Task LookAsync(string name)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(browser.Screenshots, $"{name}.png"), FullPage = true });
            problems.AddRange((await visit.SeriousProblemsAsync(axe)).Select(problem => $"{name}: {problem}"));
        }
    }

    internal static async Task SendAsync(HttpClient client, string status, params string[] containers)
    {
        using var answer = await client.PostAsJsonAsync("/api/alerts/alertmanager", new
        {
            version = "4",
            receiver = "homelab",
            status,
            alerts = containers.Select(container => new
            {
                status,
                labels = new { alertname = "ContainerDown", container, severity = container == "wiki" ? "warning" : "critical", instance = "nas:8080" },
                annotations = new { description = $"The container {container} has not been seen for a minute.", runbook_url = "https://example.org/runbooks/container-down" },
                startsAt = DateTimeOffset.UnixEpoch.AddYears(56),
                endsAt = (string?)null,
                generatorURL = "http://prometheus.lan:9090/graph?g0.expr=up",
            }),
        });
        answer.EnsureSuccessStatusCode();
    }
}
