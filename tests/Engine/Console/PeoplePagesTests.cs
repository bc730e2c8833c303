using System.Net.Http.Json;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Homelab.Tests.Engine.Api;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Engine.Console;

/// <summary>Rules, reports, notification choices and the first password, as somebody does them at a desk and on a phone.</summary>
public sealed class PeoplePagesTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Report_MadeNow_IsReadAndDownloaded(bool phone)
    {
        await using var visit = await browser.VisitAsync(phone);
        await visit.SignInAsync(ApiHost.FirstPassword);
        await visit.Page.GotoAsync("/reports");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Make report" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Report", Exact = false, Level = 1 }).WaitForAsync();
        await visit.Page.GetByText("of 100").First.WaitForAsync();
        var link = visit.Page.GetByRole(AriaRole.Link, new() { Name = "Download as Markdown" });
        var download = await visit.Page.RunAndWaitForDownloadAsync(() => link.ClickAsync());
        (await File.ReadAllTextAsync(await download.PathAsync())).Should().StartWith("# Daily report").And.Contain("## Health");
        await LookAsync(visit, $"report-{(phone ? "phone" : "desktop")}");
        await visit.Page.GotoAsync("/reports");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "Daily report" }).Or(visit.Page.GetByRole(AriaRole.Link, new() { Name = "Report on demand" })).First.WaitForAsync();
        visit.Errors.Should().BeEmpty();
    }

    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rules_WithAMistakeAndTried_ChangeNothing(bool phone)
    {
        await using var visit = await browser.VisitAsync(phone);
        await visit.SignInAsync(ApiHost.FirstPassword);
        await visit.Page.GotoAsync("/rules?file=policy.json");
        var text = visit.Page.GetByLabel("policy.json");
        await text.WaitForAsync();
        var before = await text.InputValueAsync();
        await text.FillAsync(before.Replace("\"confidence\"", "\"confidenze\"", StringComparison.Ordinal));
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Check", Exact = true }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Alert).GetByText("confidenze").First.WaitForAsync();
        await LookAsync(visit, $"rules-mistake-{(phone ? "phone" : "desktop")}");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Check and save" }).ClickAsync();
        await visit.Page.GetByText("The request is not valid.").First.WaitForAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Back to what is saved" }).ClickAsync();
        (await text.InputValueAsync()).Should().Be(before);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Try", Exact = true }).ClickAsync();
        await visit.Page.GetByText("would be decided the same").WaitForAsync();
        using var admin = browser.Host.As(Role.Admin);
        (await admin.GetStringAsync("/api/rules")).Should().NotContain("confidenze");
    }

    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Notifications_Chosen_AreKept(bool phone)
    {
        await using var visit = await browser.VisitAsync(phone);
        await visit.SignInAsync(ApiHost.FirstPassword);
        await visit.Page.GotoAsync("/notifications");
        // Whatever an earlier visit chose.
        var toggle = visit.Page.GetByRole(AriaRole.Switch, new() { Name = "Tell me by E-mail" });
        await toggle.WaitForAsync();
        if (!await toggle.IsCheckedAsync())
        {
            await toggle.FocusAsync();
            await visit.Page.Keyboard.PressAsync("Space");
        }

        var address = visit.Page.GetByLabel("E-mail: Address");
        await address.FillAsync("nobody");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await visit.Page.GetByText("It must be an e-mail address.").WaitForAsync();
        await address.FillAsync($"{(phone ? "phone" : "desk")}@example.net");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await visit.Page.GetByText("Saved.").First.WaitForAsync();
        await LookAsync(visit, $"notifications-chosen-{(phone ? "phone" : "desktop")}");
        await visit.Page.ReloadAsync();
        await visit.Page.GetByLabel("E-mail: Address").WaitForAsync();
        (await visit.Page.GetByLabel("E-mail: Address").InputValueAsync()).Should().Be($"{(phone ? "phone" : "desk")}@example.net");
    }

    [ConsoleFact]
    public async Task Password_GivenBySomebodyElse_MustBeChangedFirst()
    {
        using var admin = browser.Host.As(Role.Admin);
        using var added = await admin.PostAsJsonAsync("/api/users", new { name = "newhere", role = "operator" });
        var password = (await ApiHost.JsonOf(added)).GetProperty("password").GetString()!;
        await using var visit = await browser.VisitAsync(phone: true);
        await visit.Page.GotoAsync("/runs");
        await visit.Page.GetByLabel("Name").FillAsync("newhere");
        await visit.Page.Locator("input[name=password]").FillAsync(password);
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Choose your password" }).WaitForAsync();
        await LookAsync(visit, "first-password-phone");
        await visit.ChoosePasswordAsync(password);
    }

    private async Task LookAsync(Visit visit, string name)
    {
        await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(browser.Screenshots, $"{name}.png"), FullPage = true });
        var axe = await BrowserFixture.AxeAsync();
        (await visit.SeriousProblemsAsync(axe)).Should().BeEmpty();
        (await visit.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > window.innerWidth + 1")).Should().BeFalse("nothing is wider than the window");
    }
}
