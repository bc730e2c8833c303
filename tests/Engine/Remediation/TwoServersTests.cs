using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Remediation;

/// <summary>Two whole nodes on one PostgreSQL: what people press or answer on one holds on the other within a second.</summary>
public sealed class TwoServersTests : IAsyncLifetime
{
    private const string Prefer = """{ "autonomy": "moderate", "cooldown": "0s", "actionsPerTarget": 100, "actionsPerCause": 100, "actionsPerDay": 100 }""";

    private readonly Lamps _lamps = new();
    private string _connection = "";
    private LampServer _first = null!;
    private LampServer _second = null!;

    public async Task InitializeAsync()
    {
        _connection = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        _first = await LampServer.StartAsync(_lamps, Prefer, settings: ("Storage:ConnectionString", _connection));
        _second = await LampServer.StartAsync(_lamps, Prefer, settings: ("Storage:ConnectionString", _connection));
        await _first.ProveAsync("light", "lamp.set");
        await _first.PublishAsync("light", "Homelab.Lamp.Set", new { lamp = "web", state = "on" });
    }

    public async Task DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
    }

    [Fact]
    public Task Stop_PressedOnOneNode_HaltsWhatRunsOnTheOther() => WithinASecondAsync(async () =>
    {
        TaskCompletionSource halted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _lamps.Inside = async (_, token) =>
        {
            began.TrySetResult();
            await using var registration = token.Register(() => halted.TrySetResult());
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
        var run = await _first.StartAsync("light");
        await began.Task.WaitAsync(TimeSpan.FromSeconds(30));

        // Whichever node performs it: one of the two is the other.
        var watch = Stopwatch.StartNew();
        (await _second.PostAsync("/api/controls/stop", new { reason = "test" })).Status.Should().Be(200);
        await halted.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var took = watch.Elapsed;
        (await _first.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Faulted);
        _lamps.Inside = null;
        foreach (var node in (LampServer[])[_first, _second])
        {
            (await node.FinishAsync(await node.StartAsync("light"))).SubStatus.Should().Be(RunSubStatus.Faulted);
            (await node.GetAsync("/api/controls"))["stop"]!["reason"]!.ToString().Should().Be("test");
        }

        _lamps.Done.Should().BeEmpty();
        (await _first.PostAsync("/api/controls/resume", new { reason = "over" })).Status.Should().Be(200);
        return took;
    });

    [Fact]
    public async Task Approval_AskedOnOneNode_IsAnsweredOnTheOtherAndOnlyOnce()
    {
        await WithinASecondAsync(async () =>
        {
            _lamps.Done.Clear();
            using (var level = await _first.Http.PutAsJsonAsync("/api/controls/autonomy", new { level = "conservative", reason = "ask" }))
                level.EnsureSuccessStatusCode();
            await _first.PublishAsync("ask", "Homelab.Lamp.Break", new { lamp = "web" });
            var run = await _first.StartAsync("ask");
            var asked = await _second.AskedAsync();
            var watch = Stopwatch.StartNew();
            var answers = await Task.WhenAll(
                _second.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true }), _first.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true }));
            answers.Select(answer => answer.Status).Should().BeEquivalentTo([200, 409], "only the first answer counts");
            while (_lamps.Done.IsEmpty && watch.Elapsed < TimeSpan.FromSeconds(10))
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            var took = watch.Elapsed;
            (await _first.FinishAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
            _lamps.Done.Should().Equal("break web");
            return took;
        });
    }

    [Fact]
    public async Task Preferences_SavedOrEditedOnOneNode_AreInForceOnTheOtherAndOnOneThatStartsLater()
    {
        await WithinASecondAsync(() => TakenOverAsync(() => _first.Http.PutAsJsonAsync("/api/preferences", JsonNode.Parse(Prefer.Replace("moderate", "aggressive"))), "aggressive"));
        await WithinASecondAsync(() => TakenOverAsync(() => _first.Http.PutAsJsonAsync("/api/preferences", JsonNode.Parse(Prefer)), "moderate"));

        // By hand, in the file of the second node; a mistake there changes nothing anywhere.
        var file = _second.PreferencesFile;
        await File.WriteAllTextAsync(file, "{ \"autonomy\": \"reckless\" }");
        await LampServer.UntilAsync(async () => (await _second.GetAsync("/api/controls"))["problems"]!.AsArray().Count == 1);
        ((string?)(await _second.GetAsync("/api/controls"))["autonomy"], (string?)(await _first.GetAsync("/api/controls"))["autonomy"]).Should().Be(("moderate", "moderate"));
        (await File.ReadAllTextAsync(file)).Should().Contain("reckless", "what somebody is writing is not taken from under them");
        await File.WriteAllTextAsync(file, Prefer.Replace("moderate", "conservative"));
        await LampServer.UntilAsync(async () => (string?)(await _first.GetAsync("/api/controls"))["autonomy"] == "conservative");
        (await File.ReadAllTextAsync(_first.PreferencesFile)).Should().Contain("conservative");

        var older = Path.Combine(Directory.CreateTempSubdirectory("homelab-older-").FullName, "preferences.json");
        await File.WriteAllTextAsync(older, Prefer.Replace("moderate", "aggressive"));
        File.SetLastWriteTimeUtc(older, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-1));
        await using var third = await TestServer.StartAsync(("Storage:ConnectionString", _connection), ("Preferences:File", older));
        await third.SignInAsync();
        (await third.Http.GetFromJsonAsync<JsonNode>("/api/controls"))!["autonomy"]!.ToString().Should().Be("conservative");
        (await _first.GetAsync("/api/audit?search=controls.preferences"))["total"]!.GetValue<int>().Should().BeGreaterThanOrEqualTo(3);
        ((bool?)(await _first.GetAsync("/api/audit/verify"))["intact"]).Should().BeTrue();
    }

    private async Task<TimeSpan> TakenOverAsync(Func<Task<HttpResponseMessage>> save, string level)
    {
        (await save()).EnsureSuccessStatusCode();
        var watch = Stopwatch.StartNew();
        while ((string?)(await _second.GetAsync("/api/controls"))["autonomy"] != level && watch.Elapsed < TimeSpan.FromSeconds(20))
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        return watch.Elapsed;
    }

    /// <summary>The best of three: a machine that is busy with something else says nothing about the product.</summary>
    private static async Task WithinASecondAsync(Func<Task<TimeSpan>> measure)
    {
        List<TimeSpan> all = [];
        while (all.Count < 3 && all.All(one => one > TimeSpan.FromSeconds(1)))
            all.Add(await measure());
        all.Min().Should().BeLessThan(TimeSpan.FromSeconds(1));
    }
}
