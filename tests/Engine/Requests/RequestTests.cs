using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Requests;
using Homelab.Tests.Engine.Remediation;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Requests;

/// <summary>Plain words become a plan, a person says yes, and each step runs through the gate: with the real dispatcher, store and gate, on lamps.</summary>
public sealed class RequestTests : IAsyncLifetime
{
    private const string Hall = """
        id: hall
        name: Light in the hall
        words: [light, hall]
        values:
          lamp: { default: hall, pattern: 'lamp (\w+)' }
          state: { default: "on" }
        steps:
          - title: Look at ${ lamp }
            activity: lamp.look
            input: { lamp: "${ lamp }" }
          - title: Switch ${ lamp }
            activity: lamp.set
            input: { lamp: "${ lamp }", state: "${ state }" }
          - title: See that ${ lamp } shines
            activity: lamp.look
            input: { lamp: "${ lamp }" }
            expect: state = 'on'
          - title: Tell the family that ${ lamp } is on
        """;

    private readonly string _workflows = Directory.CreateTempSubdirectory("homelab-requests-").FullName;
    private readonly string _data = Directory.CreateTempSubdirectory("homelab-requests-").FullName;
    private readonly Lamps _lamps = new();
    private LampServer _world = null!;

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Path.Combine(_workflows, "requests"));
        await File.WriteAllTextAsync(Path.Combine(_workflows, "requests", "hall.yaml"), Hall);
        await StartAsync();
    }

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task Ask_WhatATemplateFits_IsAPlanOfWhichNothingIsDone()
    {
        var request = await AskAsync("I want light in the hall with lamp lobby, password=hunter2");
        ((string?)request["state"], (string?)request["source"], (string?)request["title"]).Should().Be(("proposed", "template hall", "Light in the hall"));
        Titles(request).Should().Equal("Look at lobby", "Switch lobby", "See that lobby shines", "Tell the family that lobby is on");
        ((string?)request["steps"]![1]!["input"]!["lamp"], (string?)request["steps"]![3]!["activity"]).Should().Be(("lobby", null));
        (await _world.GetAsync("/api/requests")).ToJsonString().Should().NotContain("hunter2");
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        (await _world.CountAsync("SELECT COUNT(*) FROM runs")).Should().Be(0);
        _lamps.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Approve_APlan_RunsItsStepsThroughTheGateAndHandsAPersonTheirs()
    {
        var id = await BeginAsync();
        var asked = await _world.AskedAsync();
        await UntilAsync(id, request => (string?)request["steps"]![1]!["approvalId"] == (string?)asked["id"]);
        _lamps.Done.Should().BeEmpty("the plan was approved, and the step with the effect is the gate's to ask about");
        await YesAsync(asked);

        var waiting = await UntilAsync(id, request => (string?)request["steps"]![3]!["state"] == "waiting");
        States(waiting).Should().Equal("done", "done", "done", "waiting");
        _lamps.Done.Should().Equal("set hall on");
        (await _world.CountAsync($"SELECT COUNT(*) FROM notices WHERE id = 'request-{id}-s4-1' AND kind = 'ask' AND text LIKE '%Tell the family%'")).Should().Be(1);
        (await PostAsync($"{id}/steps/s4/done", new { note = "they cheered" })).Status.Should().Be(200);

        var done = await UntilAsync(id, request => (string?)request["state"] == "done");
        ((string?)done["steps"]![3]!["by"], (string?)done["steps"]![3]!["message"], (string?)done["approvedBy"]).Should().Be(("admin", "they cheered", "admin"));
        (await _world.GetAsync("/api/changes")).ToJsonString().Should().Contain("lamp.set");
        (await _world.CountAsync($"SELECT COUNT(*) FROM audit WHERE subject = '{id}' AND event IN ('request.made', 'request.approved', 'request.step-done')")).Should().Be(3);
    }

    [Fact]
    public async Task Step_TheGateRefuses_StopsThePlanUntilAPersonSaysHowItGoesOn()
    {
        var id = await BeginAsync();
        var asked = await _world.AskedAsync();
        await _world.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = false, note = "not at night" });
        var failed = await UntilAsync(id, request => (string?)request["state"] == "failed");
        States(failed).Should().Equal("done", "failed", "pending", "pending");
        ((string?)failed["steps"]![1]!["message"]).Should().Contain("not at night");
        (await PostAsync($"{id}/resume")).Status.Should().Be(409, "the failed step must be dealt with");
        (await PostAsync($"{id}/steps/s2/retry")).Status.Should().Be(200);
        await YesAsync(await _world.AskedAsync(not: (string)asked["id"]!));
        await UntilAsync(id, request => (string?)request["steps"]![3]!["state"] == "waiting");
        _lamps.Done.Should().Equal("set hall on");
    }

    [Fact]
    public async Task Step_WhoseExpressionDoesNotHold_IsLookedAtAgainWithinItsTimeThenFails()
    {
        _lamps.State["door"] = "off";
        var asked = await PostAsync("", new { text = "see the door", steps = new[] { new { title = "Look", activity = "lamp.look", input = new { lamp = "door" }, expect = "state = 'on'", withinSeconds = 600 } } });
        var id = (string)asked.Body!["id"]!;
        await PostAsync($"{id}/approve");
        await UntilAsync(id, request => ((string?)request["steps"]![0]!["message"])?.Contains("not so yet", StringComparison.Ordinal) == true);
        _lamps.State["door"] = "on";
        ((int)(await UntilAsync(id, request => (string?)request["state"] == "done"))["steps"]![0]!["attempts"]!).Should().BeGreaterThan(1);

        _lamps.State["door"] = "off";
        id = (string)(await PostAsync("", new { text = "see the door", steps = new[] { new { title = "Look", activity = "lamp.look", input = new { lamp = "door" }, expect = "state = 'on'" } } })).Body!["id"]!;
        await PostAsync($"{id}/approve");
        ((string?)(await UntilAsync(id, request => (string?)request["state"] == "failed"))["steps"]![0]!["message"]).Should().Contain("state = 'on'");
        (await PostAsync($"{id}/steps/s1/skip")).Status.Should().Be(200);
        await UntilAsync(id, request => (string?)request["state"] == "done");
    }

    [Fact]
    public async Task Delay_InPlainWords_HoldsThatStepAndWhatStandsBehindIt()
    {
        var request = await AskAsync("light in the hall");
        var id = (string)request["id"]!;
        (await PostAsync($"{id}/say", new { text = "delay the switch until the weekend" })).Status.Should().Be(200);
        await PostAsync($"{id}/approve");
        await UntilAsync(id, changed => (string?)changed["steps"]![0]!["state"] == "done");
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        var held = await GetAsync(id);
        States(held).Should().Equal("done", "pending", "pending", "pending");
        ((DateTimeOffset)held["steps"]![1]!["notBefore"]!).DayOfWeek.Should().Be(DayOfWeek.Saturday);
        (await PostAsync($"{id}/say", new { text = "do the switch now" })).Status.Should().Be(200);
        await YesAsync(await _world.AskedAsync());
        await UntilAsync(id, changed => (string?)changed["steps"]![3]!["state"] == "waiting");
    }

    [Fact]
    public async Task Pause_Cancel_BeginNothingFurtherAndFinishWhatIsBeingDone()
    {
        var release = new TaskCompletionSource();
        _lamps.Inside = (_, token) => release.Task.WaitAsync(token);
        var id = await BeginAsync();
        await YesAsync(await _world.AskedAsync());
        (await PostAsync($"{id}/pause")).Status.Should().Be(200);
        release.SetResult();
        var paused = await UntilAsync(id, request => (string?)request["steps"]![1]!["state"] == "done");
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        ((string?)paused["state"], (string?)(await GetAsync(id))["steps"]![2]!["state"]).Should().Be(("paused", "pending"));
        (await PostAsync($"{id}/resume")).Status.Should().Be(200);
        await UntilAsync(id, request => (string?)request["steps"]![3]!["state"] == "waiting");
        (await PostAsync($"{id}/cancel")).Status.Should().Be(200);
        foreach (var late in new[] { "approve", "pause", "resume", "cancel", "steps/s4/done" })
            (await PostAsync($"{id}/{late}")).Status.Should().Be(409, late);
    }

    [Fact]
    public async Task Edit_OfThePlan_KeepsWhatWasBegunAndNeedsTheVersionThatWasSeen()
    {
        var request = await AskAsync("light in the hall");
        var (id, version) = ((string)request["id"]!, (long)request["version"]!);
        object[] steps = [new { id = "s4", title = "Warn the family" }, new { id = "s2", title = "Switch it", activity = "lamp.set", input = new { lamp = "hall", state = "on" }, notBefore = "2030-01-01T00:00:00Z" }, new { title = "Be glad" }];
        var edited = await _world.Http.PutAsJsonAsync($"/api/requests/{id}/steps", new { version, steps });
        edited.IsSuccessStatusCode.Should().BeTrue(await edited.Content.ReadAsStringAsync());
        var plan = (await edited.Content.ReadFromJsonAsync<JsonNode>())!;
        plan["steps"]!.AsArray().Select(step => (string)step!["id"]!).Should().Equal("s4", "s2", "s5");
        ((int)(await _world.Http.PutAsJsonAsync($"/api/requests/{id}/steps", new { version, steps })).StatusCode).Should().Be(409, "it was edited meanwhile");

        object[] wrong = [new { id = "s9", title = "" }, new { title = "x", activity = "lamp.fly" }, new { title = "x", activity = "lamp.set", input = new { state = "on", token = "t" } }, new { title = "x", expect = "1 +", withinSeconds = -1 }];
        var refused = await _world.Http.PutAsJsonAsync($"/api/requests/{id}/steps", new { version = version + 1, steps = wrong });
        var errors = (await refused.Content.ReadFromJsonAsync<JsonNode>())!["errors"]!.AsArray().Select(error => (string)error!["path"]!).ToList();
        errors.Should().Contain(["steps[0].id", "steps[0].title", "steps[1].activity", "steps[2].input.lamp", "steps[2].input.token", "steps[3].expect", "steps[3].withinSeconds"]);
        (await GetAsync(id))["version"]!.GetValue<long>().Should().Be(version + 1, "a plan with a mistake changes nothing");

        (await PostAsync($"{id}/approve")).Status.Should().Be(200);
        await UntilAsync(id, changed => (string?)changed["steps"]![0]!["state"] == "waiting");
        var now = (long)(await GetAsync(id))["version"]!;
        var gone = await _world.Http.PutAsJsonAsync($"/api/requests/{id}/steps", new { version = now, steps = new[] { new { title = "Only this" } } });
        (await gone.Content.ReadAsStringAsync()).Should().Contain("What was begun stays");
    }

    [Theory]
    [InlineData("", "1 to 2000")]
    [InlineData("buy milk", "Light in the hall")]
    public async Task Ask_WhatNothingFits_SaysWhatThereIs(string text, string said)
    {
        var (status, body) = await PostAsync("", new { text });
        status.Should().Be(400);
        body!.ToJsonString().Should().Contain(said);
        (await _world.CountAsync("SELECT COUNT(*) FROM requests")).Should().Be(0);
    }

    [Fact]
    public async Task Ask_WithOneKeyTwice_IsOneRequest()
    {
        _world.Http.DefaultRequestHeaders.Add("Idempotency-Key", "k1");
        var first = await AskAsync("light in the hall");
        ((string?)(await AskAsync("light in the hall"))["id"]).Should().Be((string?)first["id"]);
        (await _world.CountAsync("SELECT COUNT(*) FROM audit WHERE event = 'request.made'")).Should().Be(1);
    }

    [Fact]
    public async Task Server_ThatEndsInTheMiddle_GoesOnAfterItsStartAndDoesNothingTwice()
    {
        var id = await BeginAsync();
        var asked = await _world.AskedAsync();
        await _world.DisposeAsync();
        await StartAsync();
        await YesAsync(asked);
        await UntilAsync(id, request => (string?)request["steps"]![3]!["state"] == "waiting");
        _lamps.Done.Should().Equal("set hall on");
    }

    [Fact]
    public async Task Step_StoredAsBegunAndNotSent_IsSentOnceWhoeverDoesIt()
    {
        // The crash point between the intent and the run, met by two nodes at once.
        var id = (string)(await PostAsync("", new { text = "switch it", steps = new[] { new { title = "Switch", activity = "lamp.look", input = new { lamp = "hall" } } } })).Body!["id"]!;
        var store = _world.Server.Services.GetRequiredService<RequestStore>();
        var request = (await store.FindAsync(id, default))!;
        (await store.ChangeAsync(request with { State = RequestState.Cancelled, Steps = [request.Steps[0] with { State = StepState.Running, Attempts = 1, BegunAt = DateTimeOffset.UnixEpoch }] }, null, "", default)).Should().NotBeNull();
        var runner = _world.Server.Services.GetRequiredService<RequestRunner>();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => runner.RunOnceAsync(default)));
        var done = await UntilAsync(id, changed => (string?)changed["steps"]![0]!["state"] == "done");
        ((string?)done["state"]).Should().Be("cancelled");
        (await _world.CountAsync("SELECT COUNT(*) FROM runs")).Should().Be(1);
    }

    private async Task StartAsync() => _world = await LampServer.StartAsync(_lamps, "{}", null, ("Workflows:Directory", _workflows), ("Storage:Directory", _data));

    private async Task<JsonNode> AskAsync(string text)
    {
        var (status, body) = await PostAsync("", new { text });
        status.Should().Be(200, body?.ToJsonString());
        return body!;
    }

    /// <summary>The light in the hall, approved.</summary>
    private async Task<string> BeginAsync()
    {
        var id = (string)(await AskAsync("light in the hall"))["id"]!;
        (await PostAsync($"{id}/approve")).Status.Should().Be(200);
        return id;
    }

    private async Task YesAsync(JsonNode asked) => (await _world.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true })).Status.Should().Be(200);

    private Task<(int Status, JsonNode? Body)> PostAsync(string path, object? body = null) => _world.PostAsync($"/api/requests{(path.Length == 0 ? "" : "/" + path)}", body);

    private Task<JsonNode> GetAsync(string id) => _world.GetAsync($"/api/requests/{id}");

    private async Task<JsonNode> UntilAsync(string id, Func<JsonNode, bool> holds)
    {
        JsonNode request = new JsonObject();
        try
        {
            await LampServer.UntilAsync(async () => holds(request = await GetAsync(id)));
        }
        catch (OperationCanceledException)
        {
            throw new InvalidOperationException($"It should have come by now: {request.ToJsonString()}");
        }

        return request;
    }

    private static IEnumerable<string> Titles(JsonNode request) => request["steps"]!.AsArray().Select(step => (string)step!["title"]!);

    private static IEnumerable<string> States(JsonNode request) => request["steps"]!.AsArray().Select(step => (string)step!["state"]!);
}
