using System.Net.Http.Json;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Homelab.Tests.Engine.Api;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Engine.Console;

/// <summary>From "I need ..." to a finished plan in the console, as wide as a desk and as narrow as a phone, with bad input too.</summary>
public sealed class RequestPagesTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Request_FromItsWordsToItsEnd_IsPlannedEditedApprovedAndFollowed(bool phone)
    {
        var axe = await BrowserFixture.AxeAsync();
        await using var visit = await browser.VisitAsync(phone, dark: phone);
        var page = visit.Page;
        await visit.SignInAsync(ApiHost.FirstPassword);
        List<string> problems = [];
        ILocator Title(int number) => page.GetByRole(AriaRole.Textbox, new() { Name = $"Step {number}", Exact = true });
        ILocator Button(string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

        await page.GotoAsync("/requests");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "What do you need?" }).FillAsync("something that no plan is for");
        await Button("Make a plan").ClickAsync();
        await page.GetByText("no model to ask").First.WaitForAsync();
        await LookAsync("requests-none");

        await page.GetByRole(AriaRole.Textbox, new() { Name = "What do you need?" }).FillAsync("Move the NAS to the other rack");
        await Button("Write the steps myself").ClickAsync();
        await page.GetByText("Nothing is done yet.").WaitForAsync();
        await Button("Edit the steps").ClickAsync();
        await Title(1).FillAsync("Tell the family");
        await Button("Add a step").ClickAsync();
        await Title(2).FillAsync("Look at the sockets");
        var second = page.GetByRole(AriaRole.Group).Filter(new() { Has = Title(2) });
        await second.GetByLabel("Activity").FillAsync("docker.fly");
        await second.GetByLabel("Input (JSON)").FillAsync("{\"x\": ");
        await Button("Save the plan").ClickAsync();
        await page.GetByText("Step 2: the input is no JSON.").WaitForAsync();
        await second.GetByLabel("Input (JSON)").FillAsync("{}");
        await second.GetByLabel("Must be true of its output").FillAsync("1 +");
        await Button("Save the plan").ClickAsync();
        await page.GetByText("There is no such activity.").First.WaitForAsync();
        await LookAsync("request-edit-bad");
        (await second.GetByLabel("Activity").InputValueAsync()).Should().Be("docker.fly", "what was typed stays");
        await second.GetByLabel("Activity").FillAsync("");
        await Button("Move step 2 up").ClickAsync();
        await Button("Save the plan").ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "1. Look at the sockets" }).WaitForAsync();

        await page.GetByLabel("Change it in plain words").FillAsync("make it nicer");
        await Button("Change").ClickAsync();
        await page.GetByText("This is no edit that is known.").First.WaitForAsync();
        await page.GetByLabel("Change it in plain words").FillAsync("delay tell the family until the weekend");
        await Button("Change").ClickAsync();
        await page.GetByText("not before").First.WaitForAsync();
        await LookAsync("request-plan");

        await Button("Approve the plan").ClickAsync();
        await page.GetByText("Your turn").First.WaitForAsync();
        await LookAsync("request-turn");
        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "One request waits for you" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Move the NAS" }).ClickAsync();
        await page.GetByLabel("What there is to say of step 1").FillAsync("two are free");
        await Button("It is done").ClickAsync();
        await page.GetByText("two are free").WaitForAsync();
        await page.GetByLabel("Change it in plain words").FillAsync("do tell the family now");
        await Button("Change").ClickAsync();
        await Button("It could not be done").ClickAsync();
        await page.GetByText("A step failed.").WaitForAsync();
        await LookAsync("request-failed");
        await Button("Leave it out").ClickAsync();
        await page.GetByText("2 of 2 steps").First.WaitForAsync();
        // What is over cannot be edited.
        await Button("Edit the steps").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await LookAsync("request-done");
        problems.Should().BeEmpty();
        visit.Errors.Where(error => !error.Contains("400", StringComparison.Ordinal)).Should().BeEmpty();
        visit.Elsewhere.Should().BeEmpty();

        async Task LookAsync(string name)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(browser.Screenshots, $"{name}-{(phone ? "phone" : "desktop")}.png"), FullPage = true });
            problems.AddRange((await visit.SeriousProblemsAsync(axe)).Select(problem => $"{name}: {problem}"));
            if (await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > window.innerWidth + 1"))
                problems.Add($"{name}: wider than the window");
        }
    }

    [ConsoleFact]
    public async Task Press_WithTheNetworkGone_IsToldAtOnceAndNotDoneOnceItIsBack()
    {
        using var admin = browser.Host.As(Role.Admin);
        var made = await admin.PostAsJsonAsync("/api/requests", new { text = "Wait for the cable", steps = new[] { new { title = "Plug it in" } } });
        var id = (string)(await made.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonNode>())!["id"]!;
        await using var visit = await browser.VisitAsync(phone: false);
        await visit.SignInAsync(ApiHost.FirstPassword);
        await visit.Page.GotoAsync($"/requests/{id}");
        var approve = visit.Page.GetByRole(AriaRole.Button, new() { Name = "Approve the plan" });
        await approve.WaitForAsync();
        await visit.Page.Context.SetOfflineAsync(true);
        await approve.ClickAsync();
        await visit.Page.GetByText("The server does not answer.").First.WaitForAsync();
        await visit.Page.Context.SetOfflineAsync(false);
        await visit.Page.ReloadAsync();
        await approve.WaitForAsync();
        var after = await admin.GetFromJsonAsync<System.Text.Json.Nodes.JsonNode>($"/api/requests/{id}");
        ((string?)after!["state"]).Should().Be("proposed", "what could not be sent is not sent later");
    }
}
