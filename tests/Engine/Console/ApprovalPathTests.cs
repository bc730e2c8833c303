using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Homelab.Tests.Activities;
using Homelab.Tests.Engine.Api;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Engine.Console;

/// <summary>The way of a step with an effect through the console, in real Chromium against the whole product: held, asked, answered, done or not, and listed.</summary>
public sealed class ApprovalPathTests(BrowserFixture browser) : IClassFixture<BrowserFixture>
{
    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Step_Approved_IsDoneAndListedWithItsReasonAndWayBack(bool phone)
    {
        await using var server = await FakeServer.StartAsync();
        await using var visit = await browser.VisitAsync(phone);
        var look = await LookAsync(visit, phone ? "phone" : "desktop");
        await visit.SignInAsync(ApiHost.FirstPassword);
        await visit.Page.GotoAsync("/approvals?state=pending");
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Approvals", Level = 1 }).WaitForAsync();

        var run = await StartAsync(server.Url + "/lamp");
        var link = visit.Page.GetByRole(AriaRole.Link, new() { Name = $"http.send_request on {server.Url}" }).First;
        await link.WaitForAsync();
        server.Seen.Should().BeEmpty("it is held");
        await look.AtAsync("approvals-waiting");
        await link.ClickAsync();
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "What it would do" }).WaitForAsync();
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Why" }).WaitForAsync();
        await visit.Page.GetByText("left to answer").WaitForAsync();
        await visit.Page.GetByText("cannot be taken back").WaitForAsync();
        await look.AtAsync("approval");
        await visit.Page.GetByText("Approve with changes, or for later").ClickAsync();
        await visit.Page.GetByLabel("Not before").WaitForAsync();
        await look.AtAsync("approval-changes");
        await visit.Page.GetByLabel("Not before").PressSequentiallyAsync("12");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await visit.Page.GetByText("This is no whole date and time.").WaitForAsync();
        server.Seen.Should().BeEmpty("half a date is no yes for now");
        await look.AtAsync("approval-half-a-date");
        await visit.Page.GetByText("Approve with changes, or for later").ClickAsync();
        await visit.Page.GetByLabel("Why (for the audit)").FillAsync("The lamp may go on.");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await visit.Page.GetByText("By admin").WaitForAsync();
        await look.AtAsync("approval-answered");

        await visit.Page.GotoAsync($"/runs/{run}");
        await visit.Page.GetByText("Finished", new() { Exact = true }).First.WaitForAsync();
        server.Seen.Should().ContainSingle().Which.Path.Should().Be("/lamp");
        await visit.Page.GotoAsync("/changes");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = $"http.send_request on {server.Url}" }).First.WaitForAsync();
        await visit.Page.GetByText("Approved by admin").First.WaitForAsync();
        await visit.Page.GetByText("Not possible: What a request changes is known only to the service").Locator("visible=true").First.WaitForAsync();
        await look.AtAsync("changes-done");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "why" }).First.ClickAsync();
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "What would have changed it" }).WaitForAsync();
        await look.AtAsync("decision");
        await visit.Page.GotoAsync("/decisions?verdict=ask");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = $"http.send_request on {server.Url}" }).First.WaitForAsync();
        await look.AtAsync("decisions-ask");
        await visit.Page.GotoAsync("/audit");
        await visit.Page.GetByText("Approval: approved").First.WaitForAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        await visit.Page.GetByText("The trail is whole").WaitForAsync();
        await look.AtAsync("audit-verified");
        var file = await visit.Page.RunAndWaitForDownloadAsync(() => visit.Page.GetByRole(AriaRole.Button, new() { Name = "Export" }).ClickAsync());
        (await File.ReadAllLinesAsync(await file.PathAsync())).Should().Contain(line => line.Contains("approval.approved", StringComparison.Ordinal));
        await visit.Page.GotoAsync("/controls");
        await visit.Page.GetByRole(AriaRole.Table, new() { Name = "Cooldowns" }).WaitForAsync();
        await look.AtAsync("controls-cooling");
        look.Problems.Should().BeEmpty();
        visit.Errors.Should().BeEmpty();
        visit.Elsewhere.Should().BeEmpty("nothing is fetched from outside");
    }

    [ConsoleFact]
    public async Task Step_DeniedWithReason_IsNotDoneAndTheReasonIsKept()
    {
        await using var server = await FakeServer.StartAsync();
        await using var visit = await browser.VisitAsync(phone: false);
        await visit.SignInAsync(ApiHost.FirstPassword);
        var run = await StartAsync(server.Url + "/denied");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = "for your answer" }).WaitForAsync();
        await visit.Page.GotoAsync("/approvals?state=pending");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = $"http.send_request on {server.Url}" }).First.ClickAsync();
        await visit.Page.GetByLabel("Why (for the audit)").FillAsync("Not tonight.");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Deny" }).ClickAsync();
        await visit.Page.GetByText("Not tonight.").Last.WaitForAsync();
        await visit.Page.GotoAsync($"/runs/{run}");
        await visit.Page.GetByText("Faulted", new() { Exact = true }).First.WaitForAsync();
        server.Seen.Should().BeEmpty();
        visit.Errors.Should().BeEmpty();
    }

    [ConsoleFact]
    public async Task EmergencyStop_WhileAStepWaits_ShowsOnEveryPageAndAYesDoesNothing()
    {
        await using var server = await FakeServer.StartAsync();
        await using var visit = await browser.VisitAsync(phone: false);
        var look = await LookAsync(visit, "desktop");
        await visit.SignInAsync(ApiHost.FirstPassword);
        var run = await StartAsync(server.Url + "/stopped");
        await visit.Page.GotoAsync("/approvals?state=pending");
        await visit.Page.GetByRole(AriaRole.Link, new() { Name = $"http.send_request on {server.Url}" }).First.ClickAsync();
        await using var other = await browser.VisitAsync(phone: true);
        await other.SignInFirstAsync(await PasswordAsync("watcher", "viewer"), "watcher");
        await other.Page.GotoAsync("/runs");
        await other.Page.GetByRole(AriaRole.Heading, new() { Name = "Runs", Level = 1 }).WaitForAsync();
        var banner = other.Page.GetByText("Nothing with an effect begins on any node").First;

        List<double> seconds = [];
        for (var i = 0; i < 3; i++)
        {
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Emergency stop" }).First.ClickAsync();
            await visit.Page.GetByRole(AriaRole.Dialog).GetByLabel("Why (for the audit)").FillAsync("Smoke in the rack");
            var began = TimeProvider.System.GetTimestamp();
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Stop now" }).ClickAsync();
            await banner.WaitForAsync();
            seconds.Add(TimeProvider.System.GetElapsedTime(began).TotalSeconds);
            if (i == 2)
            {
                break;
            }

            await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Let it act again" }).ClickAsync();
            await banner.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        }

        System.Console.WriteLine($"Emergency stop seen in another window after {string.Join(", ", seconds.Select(time => $"{time:F2} s"))}");
        seconds.Min().Should().BeLessThan(5, "the page is told and does not ask; how fast is a figure, and this machine does other work");
        await other.Page.GetByText("Smoke in the rack").WaitForAsync();
        (await other.Page.GetByRole(AriaRole.Button, new() { Name = "Let it act again" }).CountAsync()).Should().Be(0, "a viewer cannot act");
        await other.Page.ScreenshotAsync(new() { Path = Path.Combine(browser.Screenshots, "stopped-phone.png") });
        await visit.Page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await visit.Page.Mouse.MoveAsync(0, 0);
        await look.AtAsync("stopped");

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Approve", Exact = true }).ClickAsync();
        await visit.Page.GetByText("By admin").First.WaitForAsync();
        await visit.Page.GotoAsync($"/runs/{run}");
        await visit.Page.GetByText("Faulted", new() { Exact = true }).First.WaitForAsync();
        server.Seen.Should().BeEmpty("stopped is stopped, whatever was approved");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Let it act again" }).ClickAsync();
        await visit.Page.GetByText("Nothing with an effect begins on any node").First.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        look.Problems.Should().BeEmpty();
        visit.Errors.Should().BeEmpty();
        other.Errors.Should().BeEmpty();
    }

    [ConsoleFact]
    public async Task Roles_ViewerAndOperator_CannotDoWhatIsNotTheirs()
    {
        await using var server = await FakeServer.StartAsync();
        await StartAsync(server.Url + "/roles");
        await using var viewer = await browser.VisitAsync(phone: false);
        await viewer.SignInFirstAsync(await PasswordAsync("olga", "viewer"), "olga");
        await viewer.Page.GotoAsync("/approvals?state=pending");
        await viewer.Page.GetByRole(AriaRole.Link, new() { Name = $"http.send_request on {server.Url}" }).First.ClickAsync();
        await viewer.Page.GetByText("An operator answers this.").WaitForAsync();
        (await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Approve" }).CountAsync()).Should().Be(0);
        (await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Emergency stop" }).CountAsync()).Should().Be(0);

        await using var visit = await browser.VisitAsync(phone: false);
        await visit.SignInFirstAsync(await PasswordAsync("oscar", "operator"), "oscar");
        await visit.Page.GotoAsync("/preferences");
        await visit.Page.GetByText("An administrator changes these.").WaitForAsync();
        (await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Check and save" }).CountAsync()).Should().Be(0);
        (await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Emergency stop" }).CountAsync()).Should().BeGreaterThan(0);
        viewer.Errors.Should().BeEmpty();
        visit.Errors.Should().BeEmpty();
    }

    [ConsoleTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Preferences_Edited_AreCheckedWholeAndDrawn(bool phone)
    {
        await using var visit = await browser.VisitAsync(phone);
        var look = await LookAsync(visit, phone ? "phone" : "desktop");
        await visit.SignInAsync(ApiHost.FirstPassword);
        await visit.Page.GotoAsync("/preferences");
        var text = visit.Page.GetByRole(AriaRole.Textbox, new() { Name = "Preferences" });
        await text.FillAsync("""{ "actionsPerDay": -1, "quietHours": "late", "dependencies": { "media": ["nas"], "nas": ["media"] } }""");
        var save = visit.Page.GetByRole(AriaRole.Button, new() { Name = "Check and save" });
        await save.ClickAsync();
        var alert = visit.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "actionsPerDay" });
        await alert.WaitForAsync();
        var told = await alert.InnerTextAsync();
        told.Should().Contain("quietHours").And.Contain("depends on itself", "all that is wrong is told at once");
        await look.AtAsync("preferences-wrong");
        await text.FillAsync(
            """
            {
              "actionsPerDay": 12,
              "quietHours": "22:00-07:00",
              "maintenanceWindows": ["* 02:00-05:00", "Saturday *"],
              "criticalServices": ["router"],
              "dependencies": { "media": ["nas"], "photos": ["nas"], "nas": ["router"], "dns": ["router"] }
            }
            """);
        await save.ClickAsync();
        await visit.Page.GetByText("Saved, and in force.").WaitForAsync();
        await visit.Page.GotoAsync("/dependencies");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Mark as down: nas" }).ClickAsync();
        await visit.Page.GetByText("left alone: nas is down").First.WaitForAsync();
        await look.AtAsync("dependencies-down");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Mark as up: nas" }).ClickAsync();
        await visit.Page.GetByText("left alone: nas is down").First.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await visit.Page.GotoAsync("/controls");
        await visit.Page.GetByRole(AriaRole.Table, new() { Name = "Maintenance windows" }).GetByText("daily 02:00-05:00").WaitForAsync();
        await visit.Page.GetByText("of 12").WaitForAsync();
        await look.AtAsync("controls-windows");
        await visit.Page.GotoAsync("/preferences");
        await text.FillAsync("{}");
        await save.ClickAsync();
        await visit.Page.GetByText("Saved, and in force.").WaitForAsync();
        look.Problems.Should().BeEmpty();
        visit.Errors.Where(error => !error.Contains("400", StringComparison.Ordinal)).Should().BeEmpty("only the refused text is an error");
    }

    private async Task<string> StartAsync(string url)
    {
        using var admin = browser.Host.As(Role.Admin);
        using var resumed = await admin.PostAsJsonAsync("/api/controls/resume", new { reason = "" });
        var definition = "send-" + Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N");
        var root = new JsonObject
        {
            ["id"] = "Send1", ["nodeId"] = "Workflow1:Send1", ["name"] = "Send", ["type"] = "Elsa.SendHttpRequest", ["version"] = 1,
            ["url"] = Input("Uri", url),
            ["method"] = Input("String", "POST"),
            ["content"] = Input("Object", "on"),
            ["contentType"] = Input("String", "text/plain"),
            ["customProperties"] = new JsonObject { ["canStartWorkflow"] = true }, ["metadata"] = new JsonObject(),
        };
        var file = new JsonObject
        {
            ["$schema"] = "https://elsaworkflows.io/schemas/workflow-definition/v3.0.0/schema.json",
            ["definitionId"] = definition, ["name"] = "Switch the lamp on", ["version"] = 1,
            ["inputs"] = new JsonArray(), ["variables"] = new JsonArray(), ["outputs"] = new JsonArray(), ["root"] = root,
        };
        using var imported = await admin.PostAsJsonAsync("/api/workflows/import", file);
        var text = await imported.Content.ReadAsStringAsync();
        imported.IsSuccessStatusCode.Should().BeTrue(text);
        JsonDocument.Parse(text).RootElement.GetProperty("published").GetBoolean().Should().BeTrue(text);
        using var started = await admin.PostAsJsonAsync($"/api/workflows/{definition}/run", new { });
        return (await ApiHost.JsonOf(started)).GetProperty("runId").GetString()!;

        static JsonObject Input(string type, string value) =>
            new() { ["typeName"] = type, ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };
    }

    private async Task<string> PasswordAsync(string name, string role)
    {
        using var admin = browser.Host.As(Role.Admin);
        using var added = await admin.PostAsJsonAsync("/api/users", new { name, role });
        return (await ApiHost.JsonOf(added)).GetProperty("password").GetString()!;
    }

    private async Task<Looking> LookAsync(Visit visit, string kind) =>
        new(visit, await BrowserFixture.AxeAsync(), browser.Screenshots, kind);

    /// <summary>A picture for people, what axe finds, and whether it is wider than the window.</summary>
    private sealed class Looking(Visit visit, string axe, string directory, string kind)
    {
        public List<string> Problems { get; } = [];

        public async Task AtAsync(string name)
        {
            await visit.Page.WaitForFunctionAsync("() => document.querySelectorAll('[aria-busy=true]').length === 0");
            await visit.Page.ScreenshotAsync(new() { Path = Path.Combine(directory, $"{name}-{kind}.png"), FullPage = true });
            Problems.AddRange((await visit.SeriousProblemsAsync(axe)).Select(problem => $"{name}: {problem}"));
            if (await visit.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > window.innerWidth + 1"))
            {
                Problems.Add($"{name}: wider than the window");
            }
        }
    }
}
