using FluentAssertions;
using Homelab.Tests.Engine.Api.Elsa;
using Microsoft.Playwright;
using Xunit;
using Xunit.Abstractions;

namespace Homelab.Tests.Browser;

/// <summary>Elsa Studio itself in a real browser: what a person does with a workflow, from start to end. Nothing may be an error, nothing may leave the machine.</summary>
[Trait("Category", "Browser")]
[Collection("Studio")]
public sealed class StudioTests(ElsaHost host, ITestOutputHelper output) : IClassFixture<ElsaHost>
{
    private readonly List<string> _errors = [];
    private readonly List<string> _outside = [];

    [BrowserFact]
    public async Task AWorkflow_DrawnPublishedRunAndWatched_WorksFromStartToEnd()
    {
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = BrowserFactAttribute.Chromium,
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        await using var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1920, Height = 1080 } });
        context.SetDefaultTimeout(45_000);
        var page = await context.NewPageAsync();
        Watch(page);
        await page.APIRequest.PostAsync(new Uri(host.Address, "/api/session").AbsoluteUri, new()
        {
            DataObject = new { name = "admin", password = ElsaHost.Password },
            Headers = [KeyValuePair.Create("Origin", host.Address.GetLeftPart(UriPartial.Authority))],
        });

        await ListAsync(page);
        await DrawAsync(page);
        await PublishAsync(page);
        var run = await RunAsync(page);
        await ResumeAndWatchAsync(page, run);
        await RunsAsync(page);

        _errors.Should().BeEmpty();
        _outside.Should().BeEmpty();
    }

    private async Task ListAsync(IPage page)
    {
        await page.GotoAsync(Address("definitions"));
        await page.Locator(".mud-table-row", new() { HasText = "ask-first" }).First.WaitForAsync();
        (await page.Locator(".mud-table-row", new() { HasText = "Hello world" }).CountAsync()).Should().Be(1);
        await ShotAsync(page, "studio-list");
        await page.Locator(".mud-table-row", new() { HasText = "ask-first" }).First.ClickAsync();
        await page.WaitForURLAsync("**/workflows/definitions/ask-first/edit");
    }

    private async Task DrawAsync(IPage page)
    {
        var nodes = page.Locator(".x6-node");
        await page.Locator("[data-cell-id=Ask]").First.WaitForAsync();
        await Toolbar(page, 0).ClickAsync();
        (await nodes.CountAsync()).Should().Be(6);

        // From the palette onto the canvas.
        await page.GetByText("Console", new() { Exact = true }).First.ClickAsync();
        var item = page.Locator("[draggable=true]").Filter(new() { HasText = "Write Line" }).First;
        await item.DragToAsync(page.Locator(".x6-graph-svg").First, new() { TargetPosition = new() { X = 700, Y = 520 } });
        await Expect(nodes, 7);
        var known = new[] { "Start", "Ask", "Answer", "Approved", "DoIt", "LeaveIt" };
        var made = (await page.EvalOnSelectorAllAsync<string[]>(".x6-node", "found => found.map(node => node.dataset.cellId)")).Single(id => !known.Contains(id));

        // Connected by mouse, from a port that is free (a connection lies over its port). What is selected has handles over its ports, so nothing is selected first.
        var canvas = await page.Locator(".x6-graph-svg").First.BoundingBoxAsync() ?? throw new InvalidOperationException("There is no canvas.");
        await page.Mouse.ClickAsync(canvas.X + 300, canvas.Y + 60);
        await page.WaitForTimeoutAsync(800);
        var edges = await page.Locator(".x6-edge").CountAsync();
        await ConnectAsync(page, "[data-cell-id=LeaveIt] .x6-port-out circle", $"[data-cell-id='{made}'] .x6-port-in circle");
        await Expect(page.Locator(".x6-edge"), edges + 1);

        // Its text typed.
        await SelectAsync(page, made);
        var text = page.Locator(".mud-input-control").Filter(new() { HasText = "The text to write." }).Locator("input:visible").First;
        await text.FillAsync("Typed in Studio");
        await text.PressAsync("Tab");
        await ShotAsync(page, "studio-editor");

        // Copied, and taken back.
        await SelectAsync(page, made);
        await page.Keyboard.PressAsync("Control+c");
        await page.WaitForTimeoutAsync(300);
        await page.Keyboard.PressAsync("Control+v");
        await Expect(nodes, 8);
        await page.Keyboard.PressAsync("Control+z");
        await Expect(nodes, 7);
        await page.WaitForTimeoutAsync(1500);
        var saved = await host.Client.GetStringAsync("/elsa/api/workflow-definitions/by-definition-id/ask-first?versionOptions=Latest");
        saved.Should().Contain("Typed in Studio").And.Contain(made);
    }

    private async Task PublishAsync(IPage page)
    {
        await page.Locator("button.mud-primary-text:visible").First.ClickAsync();
        await page.GetByText("Workflow published").First.WaitForAsync();
        (await host.Client.GetStringAsync("/elsa/api/workflow-definitions/by-definition-id/ask-first?versionOptions=Published")).Should().Contain("Typed in Studio");

        var download = await page.RunAndWaitForDownloadAsync(async () =>
        {
            await page.Locator("button.mud-menu-icon-button-activator:visible").First.ClickAsync();
            await page.GetByText("Export", new() { Exact = true }).First.ClickAsync();
            await page.Locator(".mud-dialog button").Last.ClickAsync();
        });
        download.SuggestedFilename.Should().Be("workflow-definition-ask-first.json");

        await page.GetByText("Version history").First.ClickAsync();
        await page.GetByText("0-0 of 0").First.WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await page.WaitForTimeoutAsync(1000);
        await ShotAsync(page, "studio-versions");
    }

    private static async Task<string> RunAsync(IPage page)
    {
        await page.Locator("button.mud-success-text:visible").Last.ClickAsync();
        await page.WaitForURLAsync("**/workflows/instances/*/view");
        await page.Locator("[data-cell-id=Answer]").First.WaitForAsync();
        await page.GetByText("Suspended").First.WaitForAsync();
        await ShotAsync(page, "studio-run-waiting");
        return new Uri(page.Url).Segments[^2].TrimEnd('/');
    }

    /// <summary>The event arrives while the viewer is open; it shows the end without a reload.</summary>
    private async Task ResumeAndWatchAsync(IPage page, string run)
    {
        using var answer = await host.Client.PostAsync("/elsa/api/events/answer/trigger", new StringContent("""{"input":{"approved":true}}""", System.Text.Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
        await page.Locator("elsa-workflow-instance-viewer").GetByText("Finished", new() { Exact = true }).First.WaitForAsync();
        (await host.Client.GetStringAsync($"/elsa/api/workflow-instances/{run}/execution-state")).Should().Contain("Finished");
        await ShotAsync(page, "studio-run-finished");
    }

    private async Task RunsAsync(IPage page)
    {
        await page.GotoAsync(Address("instances"));
        await page.Locator(".mud-table-row", new() { HasText = "Ask first" }).First.WaitForAsync();
        await ShotAsync(page, "studio-runs");
    }

    private void Watch(IPage page)
    {
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                _errors.Add(message.Text);
        };
        page.PageError += (_, error) => _errors.Add(error);
        page.Request += (_, request) =>
        {
            var uri = new Uri(request.Url);
            if (uri.Scheme is "http" or "https" or "ws" or "wss" && uri.Authority != host.Address.Authority)
                _outside.Add(request.Url);
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400)
                output.WriteLine($"{response.Status} {response.Url}");
        };
    }

    private static ILocator Toolbar(IPage page, int index) => page.Locator("elsa-workflow-definition-editor button.mud-icon-button:visible").Nth(index);

    private static async Task SelectAsync(IPage page, string id)
    {
        var box = await page.Locator($"[data-cell-id='{id}']").First.BoundingBoxAsync() ?? throw new InvalidOperationException($"{id} is not on the canvas.");
        await page.Mouse.ClickAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        await page.WaitForTimeoutAsync(800);
    }

    private static async Task ConnectAsync(IPage page, string from, string to)
    {
        var start = await page.Locator(from).First.BoundingBoxAsync() ?? throw new InvalidOperationException(from);
        var end = await page.Locator(to).First.BoundingBoxAsync() ?? throw new InvalidOperationException(to);
        await page.Mouse.MoveAsync(start.X + (start.Width / 2), start.Y + (start.Height / 2));
        await page.WaitForTimeoutAsync(300);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(start.X + 60, start.Y + 40, new() { Steps = 6 });
        await page.Mouse.MoveAsync(end.X + (end.Width / 2) + 4, end.Y + (end.Height / 2), new() { Steps = 12 });
        await page.Mouse.MoveAsync(end.X + (end.Width / 2), end.Y + (end.Height / 2));
        await page.WaitForTimeoutAsync(300);
        await page.Mouse.UpAsync();
    }

    private static async Task Expect(ILocator locator, int count)
    {
        for (var look = 0; look < 50 && await locator.CountAsync() != count; look++)
            await locator.Page.WaitForTimeoutAsync(200);
        (await locator.CountAsync()).Should().Be(count);
    }

    private string Address(string list) => new Uri(host.Address, $"/studio/workflows/{list}").AbsoluteUri;

    private static Task<byte[]> ShotAsync(IPage page, string name) => page.ScreenshotAsync(new() { Path = Path.Combine(ElsaHost.Repository("artifacts"), "screenshots", name + ".png") });
}

/// <summary>A fact in Debian's Chromium; skipped, saying so, where it or Studio's package is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public const string Chromium = "/usr/bin/chromium";

    public BrowserFactAttribute()
    {
        if (!File.Exists(Chromium))
            Skip = $"{Chromium} is not there: apt install chromium.";
        else if (!Directory.Exists(ElsaHost.Repository("designer/studio/node_modules/@elsa-workflows")))
            Skip = "Elsa Studio is not installed: run npm ci in designer/studio.";
    }
}
