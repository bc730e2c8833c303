using FluentAssertions;
using Homelab.Tests.Engine.Api.Elsa;
using Microsoft.Playwright;

namespace Homelab.Tests.Browser;

/// <summary>A window of Debian's Chromium on Studio's pages, signed in, with everything it complained about and everything it fetched from elsewhere.</summary>
internal sealed class StudioVisit(ElsaHost host, IPlaywright playwright, IBrowser browser, IPage page) : IAsyncDisposable
{
    public IPage Page => page;

    public List<string> Errors { get; } = [];

    public List<string> Elsewhere { get; } = [];

    private static async Task<StudioVisit> BeginAsync(ElsaHost host)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = BrowserFactAttribute.Chromium,
            Args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = 1920, Height = 1080 } });
        context.SetDefaultTimeout(45_000);
        var visit = new StudioVisit(host, playwright, browser, await context.NewPageAsync());
        visit.Watch();
        await visit.Page.APIRequest.PostAsync(new Uri(host.Address, "/api/session").AbsoluteUri, new()
        {
            DataObject = new { name = "admin", password = ElsaHost.Password },
            Headers = [KeyValuePair.Create("Origin", host.Address.GetLeftPart(UriPartial.Authority))],
        });
        return visit;
    }

    /// <summary>Goes the steps in one window: nothing complains and nothing is fetched from elsewhere; where a step fails, the page is kept as a picture.</summary>
    public static async Task WalkAsync(ElsaHost host, string name, params Func<StudioVisit, Task>[] steps)
    {
        await using var visit = await BeginAsync(host);
        try
        {
            foreach (var step in steps)
                await step(visit);
        }
        catch
        {
            await visit.ShotAsync($"{name}-failed");
            throw;
        }

        visit.Errors.Should().BeEmpty();
        visit.Elsewhere.Should().BeEmpty();
    }

    public Task GoAsync(string path) => page.GotoAsync(new Uri(host.Address, $"/studio/workflows/{path}").AbsoluteUri);

    public ILocator Row(string text) => page.Locator(".mud-table-row:visible", new() { HasText = text }).First;

    public ILocator Field(string help) => page.Locator(".mud-input-control:visible").Filter(new() { HasText = help }).First;

    /// <summary>An entry of the menu that is open.</summary>
    public ILocator Entry(string text) => page.Locator(".mud-popover-open").GetByText(text, new() { Exact = true }).First;

    /// <summary>Chooses an entry of the menu that is open. The menu's overlay may lie over it for a moment, so the event is given to the entry itself.</summary>
    public async Task ChooseAsync(string text)
    {
        await Entry(text).WaitForAsync();
        await Entry(text).DispatchEventAsync("click");
    }

    /// <summary>Opens the editor, which shows the whole graph.</summary>
    public async Task EditAsync(string definitionId, int nodes)
    {
        await GoAsync($"definitions/{definitionId}/edit");
        await CountAsync(page.Locator(".x6-node"), nodes);
        await page.WaitForTimeoutAsync(1500);
        var canvas = await page.Locator(".x6-graph-svg").First.BoundingBoxAsync();
        foreach (var node in await page.Locator(".x6-node").AllAsync())
        {
            var box = await node.BoundingBoxAsync();
            box!.X.Should().BeGreaterThanOrEqualTo(canvas!.X, "the graph is fitted when it opens"); // both are shown, so they have boxes
            // The words beside its ports may stand out.
            (box.X + box.Width).Should().BeLessThanOrEqualTo(canvas.X + canvas.Width + 60);
        }
    }

    /// <summary>Opens the menu beside "publish".</summary>
    public Task MoreAsync() => page.Locator("elsa-workflow-definition-editor .mud-menu button:visible:has(path[d^='M7 10l5 5 5-5z'])").Last.ClickAsync();

    public async Task SelectAsync(string id)
    {
        var box = await page.Locator($"[data-cell-id='{id}']").First.BoundingBoxAsync() ?? throw new InvalidOperationException($"{id} is not on the canvas.");
        await page.Mouse.ClickAsync(box.X + (box.Width / 2), box.Y + (box.Height / 2));
        await page.WaitForTimeoutAsync(800);
    }

    public async Task CountAsync(ILocator locator, int count)
    {
        for (var look = 0; look < 200 && await locator.CountAsync() != count; look++)
            await page.WaitForTimeoutAsync(200);
        (await locator.CountAsync()).Should().Be(count);
    }

    /// <summary>Until the server says so: Studio saves by itself a moment after a change.</summary>
    public async Task<string> UntilAsync(string path, params string[] texts)
    {
        var answer = "";
        for (var look = 0; look < 100; look++)
        {
            answer = await host.Client.GetStringAsync(path);
            if (Array.TrueForAll(texts, text => answer.Contains(text, StringComparison.Ordinal)))
                return answer;
            await page.WaitForTimeoutAsync(200);
        }

        answer.Should().ContainAll(texts);
        return answer;
    }

    public Task ShotAsync(string name) => page.ScreenshotAsync(new() { Path = Path.Combine(ElsaHost.Repository("artifacts"), "screenshots", name + ".png") });

    public async ValueTask DisposeAsync()
    {
        await browser.DisposeAsync();
        playwright.Dispose();
    }

    private void Watch()
    {
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                Errors.Add(message.Text);
        };
        page.PageError += (_, error) => Errors.Add(error);
        page.Request += (_, request) =>
        {
            var uri = new Uri(request.Url);
            if (uri.Scheme is "http" or "https" or "ws" or "wss" && uri.Authority != host.Address.Authority)
                Elsewhere.Add(request.Url);
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400)
                Errors.Add($"{response.Status} {response.Url}");
        };
    }
}
