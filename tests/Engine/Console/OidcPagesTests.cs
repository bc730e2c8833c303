using FluentAssertions;
using Homelab.Tests.Engine.SignIn;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Engine.Console;

/// <summary>Signing in by a certified provider in real Chromium: its button, its own form, back, out again, and what the page says when it comes to nothing.</summary>
public sealed class OidcPagesTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    private const string Button = "Sign in with the house's provider";

    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SignIn_ByTheProvidersForm_OpensThePageWithTheMappedRole(bool phone)
    {
        using var provider = await OidcServer.StartAsync("localhost");
        await using var server = await StartAsync(provider.Issuer);
        await using var visit = await VisitAsync(server, phone);
        var page = visit.Page;
        await page.GotoAsync("/api-keys");
        await LookAsync(visit, $"sign-in-provider-{Kind(phone)}", Button);
        await page.GetByRole(AriaRole.Link, new() { Name = Button }).ClickAsync();
        await FillInAsync(page, "ada");
        await page.GetByRole(AriaRole.Heading, new() { Name = "API keys", Level = 1 }).WaitForAsync();
        new Uri(page.Url).PathAndQuery.Should().Be("/api-keys", "one comes back to where one wanted to go");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).First.WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Account: ada" }).ClickAsync();
        await page.GetByText("ada (admin)").WaitForAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(browser.Screenshots, $"signed-in-provider-{Kind(phone)}.png") });
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Sign out" }).ClickAsync();
        await LookAsync(visit, $"signed-out-provider-{Kind(phone)}", Button);
        (await page.EvaluateAsync<bool>("async () => (await (await fetch('/api/session')).json()).signedIn")).Should().BeFalse();
        visit.Errors.Should().BeEmpty();
    }

    [ConsoleFact]
    public async Task SignIn_AsAWatcher_ShowsWhatWatchersSee()
    {
        using var provider = await OidcServer.StartAsync("localhost");
        await using var server = await StartAsync(provider.Issuer);
        await using var visit = await VisitAsync(server, phone: false);
        await visit.Page.GotoAsync("/");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = Button }).ClickAsync();
        await FillInAsync(visit.Page, "bob");
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Overview", Level = 1 }).WaitForAsync();
        (await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Emergency stop" }).CountAsync()).Should().Be(0);
        (await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Users" }).CountAsync()).Should().Be(0);
        visit.Errors.Should().BeEmpty();
    }

    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SignIn_ThatComesToNothing_IsSaidInWordsAndCanBeTriedAgain(bool phone)
    {
        using var provider = await OidcServer.StartAsync("localhost");
        await using var server = await StartAsync(provider.Issuer);
        await using (var visit = await VisitAsync(server, phone))
        {
            // Gone back at the provider; then in for good, to the page that was wanted in the first place.
            await visit.Page.GotoAsync("/runs?state=faulted");
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = Button }).ClickAsync();
            await visit.Page.GetByText("Cancel").ClickAsync();
            await LookAsync(visit, $"sign-in-denied-{Kind(phone)}", "did not let you in");
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = Button }).ClickAsync();
            await FillInAsync(visit.Page, "ada");
            await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Runs", Level = 1 }).WaitForAsync();
            new Uri(visit.Page.Url).PathAndQuery.Should().Be("/runs?state=faulted");
            visit.Errors.Should().BeEmpty();
        }

        await using (var visit = await VisitAsync(server, phone))
        {
            await visit.Page.GotoAsync("/");
            await visit.Page.GetByRole(AriaRole.Link, new() { Name = Button }).ClickAsync();
            await FillInAsync(visit.Page, "eve");
            await LookAsync(visit, $"sign-in-group-{Kind(phone)}", "None of your groups");
            visit.Errors.Should().BeEmpty();
        }
    }

    [ConsoleFact]
    public async Task SignIn_ProviderIsAway_IsSaidAndThePasswordStillWorks()
    {
        var provider = await OidcServer.StartAsync("localhost");
        await using var server = await StartAsync(provider.Issuer);
        provider.Dispose();
        await using var visit = await VisitAsync(server, phone: false);
        await visit.Page.GotoAsync("/runs");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = Button }).ClickAsync();
        await LookAsync(visit, "sign-in-away-desktop", "did not answer");
        await visit.Page.GetByLabel("Name").FillAsync("admin");
        await visit.Page.Locator("input[name=password]").FillAsync(TestServer.Password);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Runs", Level = 1 }).WaitForAsync();
        visit.Errors.Should().BeEmpty();
    }

    private static string Kind(bool phone) => phone ? "phone" : "desktop";

    /// <summary>The provider's two pages: who one is, and that this server may know it.</summary>
    private static async Task FillInAsync(IPage page, string name)
    {
        await page.Locator("input[name=login]").FillAsync(name);
        await page.Locator("input[name=password]").FillAsync("any");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign-in" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
    }

    private async Task<Visit> VisitAsync(TestServer server, bool phone)
    {
        var visit = await browser.VisitAsync(phone, address: server.Http.BaseAddress);
        // The provider's pages want a font from elsewhere.
        await visit.Page.RouteAsync(url => !new Uri(url).IsLoopback, route => route.FulfillAsync(new() { Status = 204 }));
        return visit;
    }

    private async Task LookAsync(Visit visit, string name, string text)
    {
        await visit.Page.GetByText(text).First.WaitForAsync();
        await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(browser.Screenshots, $"{name}.png") });
        (await visit.SeriousProblemsAsync(await BrowserFixture.AxeAsync())).Should().BeEmpty();
    }

    private static Task<TestServer> StartAsync(string issuer) => TestServer.StartAsync(
        ("Oidc:Authority", issuer), ("Oidc:ClientId", "homelab"), ("Oidc:ClientSecret", OidcServer.Secret), ("Oidc:Name", "the house's provider"),
        ("Oidc:AdminGroups:0", "homelab-admins"), ("Oidc:ViewerGroups:0", "homelab-watchers"));
}
