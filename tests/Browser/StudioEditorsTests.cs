using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Engine;
using Homelab.Tests.Engine.Api.Elsa;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Browser;

/// <summary>What else Studio's elements offer, pressed in a real browser: import, each kind of editor, undo and redo, versions, a fault and its retry, and the lists' bulk actions.</summary>
[Trait("Category", "Browser")]
[Collection("Studio")]
public sealed class StudioEditorsTests(ElsaHost host) : IClassFixture<ElsaHost>
{
    private const string Latest = "/elsa/api/workflow-definitions/by-definition-id/pressed?versionOptions=Latest";

    [BrowserFact]
    public Task EveryEditorAndList_Pressed_DoesWhatItSays() =>
        StudioVisit.WalkAsync(host, "studio-editors", ImportAsync, EditAsync, UndoAsync, VersionsAsync, CopyAsync, FaultAsync, CancelAsync, RunsAsync, ListAsync);

    private static async Task ImportAsync(StudioVisit visit)
    {
        await visit.GoAsync("definitions");
        await visit.Row("ask-first").WaitForAsync();
        var chooser = await visit.Page.RunAndWaitForFileChooserAsync(async () =>
        {
            await visit.Page.Locator(".mud-button-group-root button").Last.ClickAsync();
            await visit.ChooseAsync("Import");
        });
        await chooser.SetFilesAsync(ElsaHost.Repository("tests/Browser/pressed.json"));
        await visit.Page.GetByPlaceholder("Search on Id").FillAsync("pressed");
        await visit.Page.Keyboard.PressAsync("Enter");
        await visit.Row("Pressed").WaitForAsync();
    }

    private static async Task EditAsync(StudioVisit visit)
    {
        var page = visit.Page;
        await visit.EditAsync("pressed", nodes: 4);

        await visit.SelectAsync("Turns");
        var end = visit.Field("The last number.").Locator("input:visible").First;
        await end.FillAsync("5");
        await end.PressAsync("Tab");
        await visit.Field("Whether the end itself").Locator("input[type=checkbox]").First.ClickAsync();
        await visit.UntilAsync(Latest, "\"5\"", "outerBoundInclusive");

        await visit.SelectAsync("Meet");
        var choice = await visit.Field("Which branches it waits for.").BoundingBoxAsync();
        await page.Mouse.ClickAsync(choice!.X + 60, choice.Y + 20); // it is shown, so it has a box
        await visit.Entry("WaitAllActive").ClickAsync();
        await visit.UntilAsync(Latest, "WaitAllActive");

        // From text to an expression in one language, then in another.
        await visit.SelectAsync("Line");
        await page.Locator("button.mud-menu-icon-button-activator:visible").Nth(1).ClickAsync();
        await LanguageAsync("NCalc");
        await TypeAsync("Max(1, 2)");
        await visit.UntilAsync(Latest, "\"NCalc\"", "Max(1, 2)");
        await page.GetByRole(AriaRole.Button, new() { Name = "NCalc" }).First.ClickAsync();
        await LanguageAsync("JavaScript");
        await TypeAsync("40 + 2");
        await visit.UntilAsync(Latest, "\"JavaScript\"", "40 ");
        await page.WaitForTimeoutAsync(1000);
        await visit.ShotAsync("studio-expression");

        // What of it goes into the journal, said by an expression; of an inner state nothing is written, so there is nothing to say.
        var panel = page.Locator("elsa-workflow-definition-editor .mud-tabs", new() { Has = page.Locator(".mud-tab:text-is(\"Common\")") }).Last;
        await panel.Locator(".mud-tab:text-is(\"Log\")").First.DispatchEventAsync("click");
        await panel.GetByText("Default Configuration").First.WaitForAsync();
        (await panel.GetByText("Internal State").First.IsVisibleAsync()).Should().BeFalse();
        await panel.Locator("button.mud-menu-icon-button-activator:visible").First.ClickAsync();
        await visit.ChooseAsync("JavaScript");
        await panel.Locator(".monaco-editor .view-lines:visible").First.ClickAsync();
        await page.Keyboard.InsertTextAsync("LogPersistenceMode.Exclude");
        await visit.UntilAsync(Latest, "\"Expression\"", "LogPersistenceMode.Exclude");

        // Studio takes what a save answers for the newest, so who types before the last one is answered loses what was typed. No hand is as quick.
        async Task LanguageAsync(string language)
        {
            await visit.ChooseAsync(language);
            await visit.UntilAsync(Latest, $"\"{language}\"");
            await page.WaitForTimeoutAsync(1000);
        }

        async Task TypeAsync(string text)
        {
            await page.Locator(".monaco-editor .view-lines:visible").First.ClickAsync();
            await page.Keyboard.PressAsync("Control+a");
            await page.Keyboard.InsertTextAsync(text);
        }
    }

    private static async Task UndoAsync(StudioVisit visit)
    {
        var nodes = visit.Page.Locator(".x6-node");
        await visit.SelectAsync("Break");
        await visit.Page.Keyboard.PressAsync("Control+c");
        await visit.Page.WaitForTimeoutAsync(300);
        await visit.Page.Keyboard.PressAsync("Control+v");
        await visit.CountAsync(nodes, 5);
        await visit.Page.Keyboard.PressAsync("Control+z");
        await visit.CountAsync(nodes, 4);
        await visit.Page.Keyboard.PressAsync("Control+y");
        await visit.CountAsync(nodes, 5);
        await visit.Page.Keyboard.PressAsync("Control+z");
        await visit.CountAsync(nodes, 4);
    }

    /// <summary>Published, changed, and taken back to the first version.</summary>
    private static async Task VersionsAsync(StudioVisit visit)
    {
        var page = visit.Page;
        await page.Locator("button.mud-primary-text:visible").First.ClickAsync();
        await page.GetByText("Workflow published").First.WaitForAsync();
        await visit.SelectAsync("Turns");
        var end = visit.Field("The last number.").Locator("input:visible").First;
        await end.FillAsync("9");
        await end.PressAsync("Tab");
        await visit.UntilAsync(Latest, "\"9\"", "\"version\":2");

        await visit.EditAsync("pressed", nodes: 4);
        await page.GetByText("Version history").First.ClickAsync();
        var versions = page.Locator("tr.mud-table-row:visible", new() { Has = page.Locator("input[type=checkbox]") });
        await versions.Last.Locator("button").Last.WaitForAsync();
        await visit.CountAsync(page.Locator("tbody tr.mud-table-row:visible", new() { Has = page.Locator("input[type=checkbox]") }), 2);
        await versions.Last.Locator("button").Last.ClickAsync();
        await visit.ChooseAsync("Rollback to this version");
        await visit.UntilAsync(Latest, "\"version\":3", "\"5\"");
        await visit.ShotAsync("studio-rollback");
    }

    /// <summary>What the menu of the editor offers, and what is not offered because it does nothing here.</summary>
    private static async Task CopyAsync(StudioVisit visit)
    {
        var page = visit.Page;
        await visit.EditAsync("pressed", nodes: 4);
        foreach (var missing in new[] { "Test", "Commit Strategy" })
            (await page.Locator(".mud-tab:visible", new() { HasText = missing }).CountAsync()).Should().Be(0);
        await visit.MoreAsync();
        await visit.ChooseAsync("Export");
        var file = await page.RunAndWaitForDownloadAsync(() => page.Locator(".mud-dialog button", new() { HasText = "Export" }).Last.ClickAsync());
        (await File.ReadAllTextAsync(await file.PathAsync())).Should().Contain("\"definitionId\": \"pressed\"");

        await visit.MoreAsync();
        await visit.ChooseAsync("Save As");
        await page.Locator(".mud-dialog input").First.FillAsync("Copied from it");
        await page.Locator(".mud-dialog button", new() { HasText = "Ok" }).ClickAsync();
        await visit.UntilAsync("/elsa/api/workflow-definitions?versionOptions=Latest&searchTerm=Copied", "\"totalCount\":1", "Copied from it");
    }

    /// <summary>Its last step is a fault: seen on the graph, in the journal and among the incidents, and run again by Retry.</summary>
    private async Task FaultAsync(StudioVisit visit)
    {
        var page = visit.Page;
        await visit.EditAsync("pressed", nodes: 4);
        await page.Locator("button.mud-success-text:visible").Last.ClickAsync();
        await page.WaitForURLAsync("**/workflows/instances/*/view");
        await visit.CountAsync(page.Locator(".x6-node"), 4);
        var viewer = page.Locator("elsa-workflow-instance-viewer");
        await viewer.GetByText("Faulted", new() { Exact = true }).First.WaitForAsync();
        await viewer.GetByText("Fault - Faulted").First.WaitForAsync();
        await page.Locator("[data-cell-id=Break]").GetByText("1", new() { Exact = true }).First.WaitForAsync();
        await viewer.Locator(".mud-tab", new() { HasText = "Incidents" }).First.ClickAsync();
        await viewer.Locator(".mud-tabs-panels").GetByText("the disk is gone").First.WaitForAsync();
        await visit.ShotAsync("studio-run-fault");

        var run = new Uri(page.Url).Segments[^2].TrimEnd('/');
        await page.Locator("#place button", new() { HasText = "Retry" }).ClickAsync();
        JsonNode.Parse(await host.Client.GetStringAsync($"/api/runs/{run}/journal"))!["items"]!.AsArray().Where(item => item!["activityId"]!.ToString() == "Line" && item["payload"]?["inputs"] is not null)
            .Should().BeEmpty("its log persistence says so");
        await TestWait.UntilAsync(async () => Faults(await host.Client.GetStringAsync($"/api/runs/{run}/journal")) == 2);
        await viewer.GetByText("Faulted", new() { Exact = true }).First.WaitForAsync();
    }

    private static int Faults(string journal) => JsonNode.Parse(journal)!["items"]!.AsArray().Count(item => item!["eventName"]!.ToString() == "Faulted" && item["activityId"]!.ToString() == "Break");

    private async Task CancelAsync(StudioVisit visit)
    {
        using var started = await host.Client.PostAsync("/elsa/api/workflow-definitions/ask-first/dispatch", new StringContent("{}", System.Text.Encoding.UTF8, "application/json"));
        started.EnsureSuccessStatusCode();
        var run = JsonNode.Parse(await started.Content.ReadAsStringAsync())!["workflowInstanceId"]!.ToString();
        await visit.UntilAsync($"/elsa/api/workflow-instances/{run}/execution-state", "Suspended");
        await visit.GoAsync($"instances/{run}/view");
        await visit.Page.Locator("#place button", new() { HasText = "Cancel run" }).ClickAsync();
        await visit.UntilAsync($"/elsa/api/workflow-instances/{run}/execution-state", "Cancelled");
        await visit.Page.Locator("elsa-workflow-instance-viewer").GetByText("Cancelled", new() { Exact = true }).First.WaitForAsync();
    }

    private static async Task RunsAsync(StudioVisit visit)
    {
        await visit.GoAsync("instances");
        await visit.Row("Pressed").WaitForAsync();
        await visit.ShotAsync("studio-instances");
        await visit.Row("Pressed").Locator("input[type=checkbox]").First.ClickAsync();
        await visit.Page.GetByText("Bulk actions").First.ClickAsync();
        await visit.ChooseAsync("Delete");
        await visit.Page.Locator(".mud-dialog button").Last.ClickAsync();
        await visit.CountAsync(visit.Page.Locator(".mud-table-row:visible", new() { HasText = "Pressed" }), 0);
    }

    private static async Task ListAsync(StudioVisit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("definitions");
        await visit.Row("Hello world").WaitForAsync();
        await page.GetByPlaceholder("Search on Id").FillAsync("pressed");
        await page.Keyboard.PressAsync("Enter");
        await visit.CountAsync(page.Locator(".mud-table-row:visible", new() { HasText = "Hello world" }), 0);
        await visit.Row("Pressed").WaitForAsync();

        await BulkAsync("Unpublish");
        await visit.UntilAsync("/elsa/api/workflow-definitions?versionOptions=Latest&searchTerm=pressed", "\"isPublished\":false");
        await BulkAsync("Publish");
        await visit.UntilAsync("/elsa/api/workflow-definitions?versionOptions=Latest&searchTerm=pressed", "\"isPublished\":true");
        await BulkAsync("Delete");
        await visit.UntilAsync("/elsa/api/workflow-definitions?versionOptions=Latest&searchTerm=pressed", "\"totalCount\":0");
        await visit.CountAsync(page.Locator(".mud-table-row:visible", new() { HasText = "Pressed" }), 0);

        async Task BulkAsync(string action)
        {
            var box = visit.Row("Pressed").Locator("input[type=checkbox]").First;
            if (!await box.IsCheckedAsync())
                await box.ClickAsync();
            await page.GetByText("Bulk actions").First.ClickAsync();
            await visit.ChooseAsync(action);
            await page.Locator(".mud-dialog").GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();
            await page.Locator(".mud-dialog").First.WaitForAsync(new() { State = WaitForSelectorState.Detached });
            await page.WaitForTimeoutAsync(800);
        }
    }
}
