using Homelab.Tests.Engine.Api;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Engine.Console;

/// <summary>Debian's Chromium, the whole product, and a console that was built. Where one is missing the tests are skipped, saying why.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    private const string Chromium = "/usr/bin/chromium";

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public ApiHost Host { get; } = new();

    /// <summary>What axe is made of, to be run in a page.</summary>
    internal static Task<string> AxeAsync() => File.ReadAllTextAsync(Path.Combine(ApiFrameTests.Repository(), "designer", "node_modules", "axe-core", "axe.min.js"));

    public string Screenshots { get; } = Path.Combine(ApiFrameTests.Repository(), "artifacts", "screenshots");

    /// <summary>What keeps these tests from running; null: nothing.</summary>
    internal static string? Missing()
    {
        var repository = ApiFrameTests.Repository();
        return
            !File.Exists(Chromium) ? $"{Chromium} is missing: apt-get install chromium" :
            !File.Exists(Path.Combine(repository, "designer", "dist", "index.html")) ? "designer/dist is missing: dotnet build engine" :
            !File.Exists(Path.Combine(repository, "designer", "node_modules", "axe-core", "axe.min.js")) ? "designer/node_modules/axe-core is missing: npm ci in designer" :
            null;
    }

    public async Task InitializeAsync()
    {
        if (Missing() is not null)
        {
            return;
        }

        Directory.CreateDirectory(Screenshots);
        await Host.InitializeAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Chromium,
            Args =
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_browser is not null)
        {
            await Host.DisposeAsync();
        }
    }

    /// <param name="address">Another server than the fixture's own.</param>
    internal async Task<Visit> VisitAsync(bool phone, bool dark = false, Uri? address = null)
    {
        address ??= Host.Address;
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            ViewportSize = phone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1280, Height = 800 },
            IsMobile = phone,
            HasTouch = phone,
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            Locale = "en-GB",
            ReducedMotion = ReducedMotion.Reduce,
        });
        return new Visit(context, await context.NewPageAsync(), address);
    }
}

/// <summary>One browser window, with everything it complained about and everything it fetched from elsewhere.</summary>
internal sealed class Visit : IAsyncDisposable
{
    private readonly IBrowserContext _context;

    public Visit(IBrowserContext context, IPage page, Uri address)
    {
        _context = context;
        Page = page;
        page.SetDefaultTimeout(15_000);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                Errors.Add(message.Text);
            }
        };
        page.PageError += (_, error) => Errors.Add(error);
        page.Request += (_, request) =>
        {
            if (Uri.TryCreate(request.Url, UriKind.Absolute, out var uri) && uri.Scheme is not ("data" or "blob") && uri.Authority != address.Authority)
            {
                Elsewhere.Add(request.Url);
            }
        };
    }

    public IPage Page { get; }

    public List<string> Errors { get; } = [];

    public List<string> Elsewhere { get; } = [];

    public async Task SignInAsync(string password, string name = "admin")
    {
        await EnterAsync(password, name);
        await Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
    }

    /// <summary>With a password that somebody else gave, which is changed first.</summary>
    public async Task SignInFirstAsync(string password, string name)
    {
        await EnterAsync(password, name);
        await Page.GetByRole(AriaRole.Heading, new() { Name = "Choose your password" }).WaitForAsync();
        await ChoosePasswordAsync(password);
    }

    public async Task ChoosePasswordAsync(string given)
    {
        await Page.GetByLabel("Current password").FillAsync(given);
        await Page.Locator("input[autocomplete=new-password]").Nth(0).FillAsync("my very own words");
        await Page.Locator("input[autocomplete=new-password]").Nth(1).FillAsync("my very own words");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Change password" }).ClickAsync();
        await Page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
    }

    private async Task EnterAsync(string password, string name)
    {
        await Page.GotoAsync("/");
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.Locator("input[name=password]").FillAsync(password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    /// <summary>What axe finds that is serious or critical, one line each.</summary>
    public async Task<IReadOnlyList<string>> SeriousProblemsAsync(string axe)
    {
        // The page's own policy forbids scripts from elsewhere, so it comes in through the debugger.
        await Page.EvaluateAsync(axe);
        // A color on its way to another is what nobody reads.
        await Page.EvaluateAsync("() => document.getAnimations().forEach(one => { try { one.finish(); } catch { } })");
        return await Page.EvaluateAsync<string[]>(
            """
            async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })).violations
              .filter(found => found.impact === 'serious' || found.impact === 'critical')
              .map(found => `${found.id}: ${found.help} — ${found.nodes.slice(0, 3).map(node => node.html.slice(0, 160)).join(' | ')}`)
            """);
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();
}

/// <summary>Skipped, saying why, rather than passed, where there is no browser to look at the console with.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConsoleFactAttribute : FactAttribute
{
    public ConsoleFactAttribute() => Skip = BrowserFixture.Missing();
}

/// <inheritdoc cref="ConsoleFactAttribute" />
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConsoleTheoryAttribute : TheoryAttribute
{
    public ConsoleTheoryAttribute() => Skip = BrowserFixture.Missing();
}
