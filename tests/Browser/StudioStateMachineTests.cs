using System.Text;
using Homelab.Tests.Engine.Api.Elsa;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Browser;

/// <summary>A state machine in Studio: made from the dialog, drawn, published, run and watched.</summary>
[Trait("Category", "Browser")]
[Collection("Studio")]
public sealed class StudioStateMachineTests(ElsaHost host) : IClassFixture<ElsaHost>
{
    [BrowserFact]
    public Task AStateMachine_DrawnPublishedRunAndWatched_WorksFromStartToEnd() =>
        StudioVisit.WalkAsync(host, "studio-state-machine", DrawAsync, RunAsync);

    private static async Task DrawAsync(StudioVisit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("definitions");
        await visit.Row("ask-first").WaitForAsync();
        await page.GetByText("Create workflow").First.ClickAsync();
        var dialog = page.Locator(".mud-dialog");
        await dialog.Locator("input").First.FillAsync("Orders");
        await dialog.GetByText("State machine", new() { Exact = true }).First.ClickAsync();
        await dialog.GetByText("Ok", new() { Exact = true }).ClickAsync();
        await page.WaitForURLAsync("**/definitions/*/edit");
        var definition = new Uri(page.Url).Segments[^2].TrimEnd('/');
        var latest = $"/elsa/api/workflow-definitions/by-definition-id/{definition}?versionOptions=Latest";

        var machine = page.Locator(".state-machine-designer").First;
        foreach (var state in new[] { "New", "Paid" })
        {
            await MenuAsync("Add state", menu => menu.Locator("input").FillAsync(state));
            await visit.UntilAsync(latest, $"\"name\":\"{state}\"");
        }

        await MenuAsync("Add transition", async menu =>
        {
            await menu.Locator("input").FillAsync("Pay");
            await menu.Locator("select").First.SelectOptionAsync(new SelectOptionValue { Label = "New" });
            await menu.Locator("select").Last.SelectOptionAsync(new SelectOptionValue { Label = "Paid" });
        });
        await visit.UntilAsync(latest, "\"from\":\"New\"", "\"to\":\"Paid\"");

        await machine.GetByText("Add trigger", new() { Exact = true }).ClickAsync();
        await dialog.Locator("input").First.FillAsync("Event");
        await dialog.GetByText("Elsa.Event", new() { Exact = true }).First.ClickAsync();
        await dialog.Locator("button", new() { HasText = "Add Event" }).ClickAsync();
        var name = visit.Field("The name of the event.").Locator("input:visible").First;
        await name.FillAsync("pay");
        await name.PressAsync("Tab");
        await visit.UntilAsync(latest, "\"trigger\":", "\"value\":\"pay\"");
        await visit.ShotAsync("studio-state-machine");

        async Task MenuAsync(string title, Func<ILocator, Task> fill)
        {
            var menu = machine.Locator("details", new() { Has = page.Locator("summary", new() { HasText = title }) });
            await menu.Locator("summary").ClickAsync();
            await fill(menu);
            await page.Keyboard.PressAsync("Tab");
            await menu.Locator("button").ClickAsync();
            await menu.EvaluateAsync("menu => menu.open = false");
        }
    }

    private async Task RunAsync(StudioVisit visit)
    {
        var page = visit.Page;
        await page.Locator("button.mud-primary-text:visible").First.ClickAsync();
        await page.GetByText("Workflow published").First.WaitForAsync();
        await page.Locator("button.mud-success-text:visible").Last.ClickAsync();
        await page.WaitForURLAsync("**/workflows/instances/*/view");
        var run = new Uri(page.Url).Segments[^2].TrimEnd('/');

        // What ran inside is found on the drawing.
        await page.GetByText("Event - Suspended").First.ClickAsync();
        await page.Locator(".state-machine-designer__inspector").GetByText("Elsa.Event", new() { Exact = true }).First.WaitForAsync();
        await visit.UntilAsync($"/elsa/api/workflow-instances/{run}", "\"CurrentState\":\"New\"");

        using var answer = await host.Client.PostAsync("/elsa/api/events/pay/trigger", new StringContent("{}", Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
        await page.Locator("elsa-workflow-instance-viewer").GetByText("Finished", new() { Exact = true }).First.WaitForAsync();
        await visit.ShotAsync("studio-state-machine-run");
    }
}
