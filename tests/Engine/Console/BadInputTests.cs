using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FluentAssertions;
using Homelab.Engine.SignIn;
using Homelab.Tests.Engine.Api;
using Homelab.Tests.Engine.Remediation;
using Microsoft.Playwright;
using Xunit;

namespace Homelab.Tests.Engine.Console;

/// <summary>Every form of the console with input that is wrong: it says so at the field, keeps what was typed, saves nothing, and neither page nor server stumbles.</summary>
public sealed partial class BadInputTests(BrowserFixture browser) : IClassFixture<BrowserFixture>, IAsyncLifetime
{
    private const string Script = "<script>document.title = 'taken over'</script>";
    private const string Unicode = "Zoë 🚀 \u202Egnol";
    private const string Playbook = "clean-disk";
    private static readonly string Long = new('x', 10_000);

    private readonly List<string> _problems = [];
    private HttpClient _admin = null!;
    private Visit _visit = null!;

    private IPage Page => _visit.Page;

    public async Task InitializeAsync()
    {
        if (BrowserFixture.Missing() is not null)
            return;
        _admin = browser.Host.As(Role.Admin);
        _visit = await browser.VisitAsync(phone: false);
        Page.SetDefaultTimeout(8_000);
        await _visit.SignInAsync(ApiHost.FirstPassword);
    }

    public async Task DisposeAsync()
    {
        _admin?.Dispose();
        if (_visit is not null)
            await _visit.DisposeAsync();
    }

    [ConsoleFact]
    public async Task PeopleAndKeys_BadInput_IsRefusedAtTheField()
    {
        var before = await SavedAsync("/api/users", "/api/api-keys");
        await OpenAsync("/users", "Users");
        await Button("Add a user").ClickAsync();
        var dialog = Page.GetByRole(AriaRole.Dialog);
        var name = dialog.GetByLabel("Name");
        await RequiredAsync("user", name, dialog.GetByRole(AriaRole.Button, new() { Name = "Add" }));
        foreach (var bad in new[] { "   ", Long, Script, Unicode })
            await RefusedAsync("user", name, bad, dialog.GetByRole(AriaRole.Button, new() { Name = "Add" }), "A name has 2 to 40 letters");
        await LookAsync("bad-user");
        await name.FillAsync("admin");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add" }).ClickAsync();
        await SaidAsync("user", "Another user has this name.");

        await OpenAsync("/api-keys", "API keys");
        await Button("Make a key").First.ClickAsync();
        var key = dialog.GetByLabel("Name");
        var make = dialog.GetByRole(AriaRole.Button, new() { Name = "Make the key" });
        await RequiredAsync("key", key, make);
        foreach (var bad in new[] { "   ", Long })
            await RefusedAsync("key", key, bad, make, "A key's name has 1 to 80 characters.");
        await key.FillAsync("script");
        var scopes = dialog.GetByLabel("Only for");
        await scopes.FillAsync(Script);
        await scopes.PressAsync("Enter");
        await scopes.PressAsync("Tab");
        await make.ClickAsync();
        await SaidAsync("key", "A scope is the first part of a path");
        await LookAsync("bad-key");
        await NothingChangedAsync(before, "/api/users", "/api/api-keys");
    }

    [ConsoleFact]
    public async Task OnesOwnChoices_BadInput_IsRefusedAtTheField()
    {
        var before = await Page.EvaluateAsync<string>("async () => await (await fetch('/api/notifications/choices')).text()");
        await OpenAsync("/notifications", "Notifications");
        foreach (var (channel, label) in new[] { ("E-mail", "Address"), ("ntfy", "Topic"), ("Discord", "Connection") })
        {
            var toggle = Page.GetByRole(AriaRole.Switch, new() { Name = $"Tell me by {channel}" });
            await toggle.FocusAsync();
            await Page.Keyboard.PressAsync("Space");
            var address = Page.GetByLabel($"{channel}: {label}");
            var said = channel switch { "E-mail" => "It must be an e-mail address.", "ntfy" => "It must be a topic", _ => "It must be the name of a connection" };
            foreach (var bad in new[] { "no body", Long, Script, Unicode })
                await RefusedAsync(channel, address, bad, Button("Save"), said);
        }

        await LookAsync("bad-notifications");
        (await Page.EvaluateAsync<string>("async () => await (await fetch('/api/notifications/choices')).text()")).Should().Be(before);

        await OpenAsync("/password", "Change password");
        var (current, next, again) = (Page.Locator("input[autocomplete=current-password]"), Page.Locator("input[autocomplete=new-password]").Nth(0), Page.Locator("input[autocomplete=new-password]").Nth(1));
        await RequiredAsync("password", current, Button("Change password"));
        await next.FillAsync("short");
        await again.FillAsync("short");
        await RefusedAsync("password", current, "not it", Button("Change password"), "The current password is wrong.");
        await current.FillAsync(ApiHost.FirstPassword);
        await RefusedAsync("password", next, "short", Button("Change password"), "Choose one of at least");
        await again.FillAsync("shorter");
        await SaidAsync("password", "It is not the same as above.");
        await LookAsync("bad-password");
        using var answer = await browser.Host.Nobody().PostAsJsonAsync("/api/session", new { name = "admin", password = ApiHost.FirstPassword });
        answer.IsSuccessStatusCode.Should().BeTrue("the password is what it was");
        await EndAsync();
    }

    [ConsoleFact]
    public async Task RulesPlaybooksAndPreferences_BadText_IsRefusedAndKept()
    {
        using var put = await _admin.PutAsJsonAsync($"/api/playbooks/{Playbook}", new { text = await File.ReadAllTextAsync(Path.Combine(ApiFrameTests.Repository(), "workflows", "playbooks", $"{Playbook}.yaml")) });
        put.IsSuccessStatusCode.Should().BeTrue(await put.Content.ReadAsStringAsync());
        string[] all = ["/api/preferences", "/api/rules", $"/api/playbooks/{Playbook}", "/api/runs"];
        var before = await SavedAsync(all);

        await OpenAsync("/preferences", "Preferences");
        var preferences = Page.GetByRole(AriaRole.Textbox, new() { Name = "Preferences" });
        foreach (var (bad, said) in new[]
        {
            ("", "This is no JSON."), ("{ \"actionsPerDay\": 3, }", "This is no JSON."), (Script, "This is no JSON."), ("[]", "The request is not valid."), ("\"much\"", "The request is not valid."),
            ("{ \"actionsPerDay\": -1 }", "actionsPerDay"), ("{ \"actionsPerDay\": 1e999 }", "actionsPerDay"), ("{ \"actionsPerDay\": \"many\" }", "actionsPerDay"),
            ($"{{ \"{Long}\": 1 }}", "The request is not valid."), ($"{{ \"timeZone\": \"{Unicode}\" }}", "timeZone"), ($"{{ \"criticalServices\": \"{Script}\" }}", "criticalServices"),
        })
            await RefusedAsync("preferences", preferences, bad, Button("Check and save"), said, asked: said != "This is no JSON.");
        await LookAsync("bad-preferences");

        await OpenAsync("/rules?file=policy.json", "Rules");
        var rules = Page.GetByLabel("policy.json");
        foreach (var bad in new[] { "", "{", "[]", "null", Script, Unicode, "{ \"confidence\": 1e999 }", $"{{ \"{Long}\": {{}} }}" })
            await RefusedAsync("rules", rules, bad, Button("Check and save"), "policy.json");
        await LookAsync("bad-rules");
        await Button("Back to what is saved").ClickAsync();
        var decision = Page.GetByRole(AriaRole.Textbox, new() { Name = "Decision" });
        foreach (var bad in new[] { "nothing", Script, Unicode, Long })
            await RefusedAsync("rules: decision", decision, bad, Button("Try"), "There is no decision", marked: false);

        await OpenAsync($"/playbooks/{Playbook}", "Clean disk");
        await Page.GetByRole(AriaRole.Tab, new() { Name = "Text" }).ClickAsync();
        var playbook = Page.GetByLabel("Playbook");
        foreach (var bad in new[] { "", "id: [", "- a\n- b", Script, Unicode, Long, "id: clean-disk\ncooldown: soon" })
            await RefusedAsync("playbook", playbook, bad, null, "This cannot be used as it is.");
        await Assertions.Expect(Button("Save")).ToBeDisabledAsync();
        await LookAsync("bad-playbook");
        await Page.GetByRole(AriaRole.Tab, new() { Name = "Try it" }).ClickAsync();
        await RequiredAsync("playbook: target", Page.GetByLabel("Target"), Button("Try it"));
        var labels = Page.GetByLabel("Labels");
        await Page.GetByLabel("Target").FillAsync(Script);
        foreach (var bad in new[] { "seconds", "=5", Unicode })
            await RefusedAsync("playbook: labels", labels, bad, Button("Try it"), "is no label", asked: false);
        await LookAsync("bad-playbook-trial");
        await labels.FillAsync("url=http://x/?a=b");
        foreach (var bad in new[] { Script, Unicode, Long })
            await RefusedAsync("playbook: target", Page.GetByLabel("Target"), bad, Button("Try it"), "It would not be proposed", marked: false);
        await NothingChangedAsync(before, all);
    }

    [ConsoleFact]
    public async Task WorkflowIncidentAndControls_BadInput_IsRefusedAtTheField()
    {
        using var imported = await _admin.PostAsJsonAsync("/api/workflows/import", JsonNode.Parse(Measured));
        imported.IsSuccessStatusCode.Should().BeTrue(await imported.Content.ReadAsStringAsync());
        await IncidentPagesTests.SendAsync(_admin, "firing", "wiki");
        JsonNode? first = null;
        await LampServer.UntilAsync(async () => (first = (await _admin.GetFromJsonAsync<JsonNode>("/api/incidents"))!["items"]!.AsArray().FirstOrDefault()) is not null);
        var incident = (string)first!["id"]!;
        string[] all = ["/api/runs", $"/api/incidents/{incident}", "/api/controls"];
        var before = await SavedAsync(all);

        await OpenAsync("/definitions/measured", "Measured");
        var run = Button("Run");
        await RefusedAsync("run: text", Page.GetByLabel("Who"), "  ", run, "A value is needed.", asked: false);
        await Page.GetByLabel("Who").FillAsync("Ada");
        var count = Page.GetByLabel("Count", new() { Exact = true });
        foreach (var bad in new[] { "-", "twelve", "3,5", Script, Unicode, Long })
            await RefusedAsync("run: number", count, bad, run, "is not a number.", asked: false);
        await count.FillAsync("3");
        foreach (var bad in new[] { "{", "{ \"a\": 1, }", Script, Unicode, Long })
            await RefusedAsync("run: JSON", Page.GetByLabel("Details", new() { Exact = true }), bad, run, "This is not JSON", asked: false);
        await LookAsync("bad-run");

        await OpenAsync($"/incidents/{incident}", null);
        var note = Page.GetByLabel("A note for the timeline");
        await note.FillAsync("   ");
        await Assertions.Expect(Button("Add the note")).ToBeDisabledAsync();
        await RefusedAsync("note", note, Long + "x", Button("Add the note"), "A note has 1 to 10000 characters.");
        await LookAsync("bad-note");

        await Button("Emergency stop").First.ClickAsync();
        var why = Page.GetByRole(AriaRole.Dialog).GetByLabel("Why (for the audit)");
        await why.FocusAsync();
        await Page.Keyboard.InsertTextAsync(Long);
        (await why.InputValueAsync()).Length.Should().Be(500, "a reason is no book");
        await Button("Not now").ClickAsync();

        await OpenAsync("/runs", "Runs");
        await Page.GetByLabel("Search").FocusAsync();
        await Page.Keyboard.InsertTextAsync(Long);
        await Page.WaitForURLAsync(url => url.Contains("search=xxx", StringComparison.Ordinal));
        await Page.WaitForFunctionAsync("() => document.querySelectorAll('[aria-busy=true]').length === 0");
        (await Page.GetByRole(AriaRole.Alert).CountAsync()).Should().Be(0, "a search may be long");
        await NothingChangedAsync(before, all);
    }

    [ConsoleFact]
    public async Task SignIn_BadInput_IsRefused()
    {
        await using var stranger = await browser.VisitAsync(phone: true);
        await stranger.Page.GotoAsync("/");
        await stranger.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        (await stranger.Page.Locator("input[name=username]").EvaluateAsync<string>("field => field.validationMessage")).Should().NotBeEmpty();
        foreach (var bad in new[] { Script, Unicode, Long })
        {
            await stranger.Page.Locator("input[name=username]").FillAsync(bad);
            await stranger.Page.Locator("input[name=password]").FillAsync(bad);
            await stranger.Page.Keyboard.PressAsync("Enter");
            await stranger.Page.GetByRole(AriaRole.Alert).GetByText("The name or the password is wrong.").WaitForAsync();
            (await stranger.Page.Locator("input[name=username]").InputValueAsync()).Should().Be(bad);
        }

        stranger.Errors.Where(error => !Refusal().IsMatch(error)).Should().BeEmpty();
        await EndAsync();
    }

    private ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    private async Task OpenAsync(string path, string? heading)
    {
        await Page.GotoAsync(path);
        await Page.GetByRole(AriaRole.Heading, heading is null ? new() { Level = 1 } : new() { Name = heading, Level = 1 }).First.WaitForAsync();
    }

    /// <summary>Left empty it says so in the browser's own words, and nothing is sent.</summary>
    private async Task RequiredAsync(string form, ILocator field, ILocator send)
    {
        await send.ClickAsync();
        if ((await field.EvaluateAsync<string>("field => field.validationMessage")).Length == 0)
            _problems.Add($"{form}: empty is not refused");
    }

    /// <param name="send">Null where it is checked while one writes.</param>
    /// <param name="asked">The server is asked, and its answer is what is said; otherwise the page knows by itself.</param>
    /// <param name="marked">The field is marked as wrong, besides what is said.</param>
    private async Task RefusedAsync(string form, ILocator field, string bad, ILocator? send, string said, bool asked = true, bool marked = true)
    {
        form = $"{form} [{bad[..Math.Min(bad.Length, 40)]}]";
        if (send is not null)
            await field.FillAsync(bad);
        if (asked)
        {
            var answer = await Page.RunAndWaitForResponseAsync(() => send?.ClickAsync() ?? field.FillAsync(bad), response => response.Request.Method != "GET");
            if (answer.Status >= 500)
                _problems.Add($"{form}: {answer.Status}");
        }
        else if (send is not null)
        {
            await send.ClickAsync();
        }

        await SaidAsync(form, said);
        if (await field.InputValueAsync() != bad)
            _problems.Add($"{form}: what was typed is gone");
        if (marked && !await field.EvaluateAsync<bool>("field => field.ariaInvalid === 'true' || field.dataset.invalid === 'true'"))
            _problems.Add($"{form}: the field is not marked");
    }

    private async Task SaidAsync(string form, string said)
    {
        try
        {
            await Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = said }).First.WaitForAsync();
        }
        catch (TimeoutException)
        {
            _problems.Add($"{form}: \"{said}\" is not said, but: {string.Join(" | ", await Page.GetByRole(AriaRole.Alert).AllInnerTextsAsync())}");
        }
    }

    private async Task LookAsync(string name)
    {
        await Page.ScreenshotAsync(new() { Path = Path.Combine(browser.Screenshots, $"{name}.png") });
        _problems.AddRange((await _visit.SeriousProblemsAsync(await BrowserFixture.AxeAsync())).Select(problem => $"{name}: {problem}"));
        if (await Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > window.innerWidth + 1"))
            _problems.Add($"{name}: wider than the window");
    }

    private async Task<IReadOnlyList<string>> SavedAsync(params string[] paths)
    {
        List<string> saved = [];
        foreach (var path in paths)
            saved.Add(Used().Replace(await _admin.GetStringAsync(path), ""));
        return saved;
    }

    private async Task NothingChangedAsync(IReadOnlyList<string> before, params string[] paths)
    {
        (await SavedAsync(paths)).Should().Equal(before);
        await EndAsync();
    }

    private async Task EndAsync()
    {
        (await Page.TitleAsync()).Should().NotBe("taken over");
        _problems.Should().BeEmpty();
        _visit.Errors.Where(error => !Refusal().IsMatch(error)).Should().BeEmpty();
        (await browser.Host.ErrorsInLogAsync()).Should().BeEmpty();
    }

    /// <summary>What a browser says by itself of every answer that is a no.</summary>
    [GeneratedRegex("^Failed to load resource: the server responded with a status of 4(00|01|04|09)")]
    private static partial Regex Refusal();

    [GeneratedRegex("\"last(Used|SignIn)At\":(null|\"[^\"]*\")")]
    private static partial Regex Used();

    private const string Measured =
        """
        {
          "$schema": "https://elsaworkflows.io/schemas/workflow-definition/v3.0.0/schema.json",
          "definitionId": "measured", "name": "Measured", "version": 1,
          "inputs": [
            { "name": "Who", "displayName": "Who", "type": "String", "isRequired": true },
            { "name": "Count", "displayName": "Count", "type": "Int32" },
            { "name": "Details", "displayName": "Details", "type": "Object" }
          ],
          "variables": [], "outputs": [],
          "root": {
            "id": "WriteLine1", "nodeId": "Workflow1:WriteLine1", "type": "Elsa.WriteLine", "version": 1,
            "text": { "typeName": "String", "expression": { "type": "Literal", "value": "measured" } }, "customProperties": { "canStartWorkflow": true }, "metadata": {}
          }
        }
        """;
}
