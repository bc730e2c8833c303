using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

/// <summary>The real process, asked to stop in the middle of a step: it finishes what it can in time and hands the rest over.</summary>
public sealed class StopTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-stop-").FullName;
    private readonly HttpListener _stub = new();
    private readonly string _address;
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _asked = new(0);
    private int _calls;

    public StopTests()
    {
        using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            _address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _stub.Prefixes.Add(_address + "/");
        _stub.Start();
        _ = AnswerAsync();
    }

    public void Dispose()
    {
        _stub.Close();
        _asked.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Terminate_StepAnswersInTime_IsFinishedBeforeTheEndAndAsksNobodyTwice()
    {
        string run;
        await using (var engine = await EngineProcess.StartAsync(null, _directory, null, Definition("read", "GET")))
        {
            run = await TriggerAsync(engine, "read");
            (await _asked.WaitAsync(Patience)).Should().BeTrue();
            engine.Terminate();
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
            engine.HasExited.Should().BeFalse("a step is being performed");
            _answer.SetResult();
            (await engine.ExitAsync(Patience)).Should().Be(0);
        }

        await using var again = await EngineProcess.StartAsync(null, _directory, null);
        var (status, events) = await RunAsync(again, run);
        status.Should().Be("Finished");
        events.Should().NotContain("Recovered");
        _calls.Should().Be(1);
    }

    [Theory]
    [InlineData("GET", "Recovered", 2)]
    [InlineData("POST", "InDoubt", 1)]
    public async Task Terminate_StepTakesTooLong_IsHandedOverAndSettledAtTheNextStart(string method, string expected, int calls)
    {
        string run;
        await using (var engine = await EngineProcess.StartAsync(null, _directory, null, Definition("slow", method), null, "Dispatch:StopLimit=00:00:01"))
        {
            run = await TriggerAsync(engine, "slow");
            using var person = await SignedInAsync(engine);
            while (!await _asked.WaitAsync(TimeSpan.FromMilliseconds(200)))
                await ApproveAsync(person);
            engine.Terminate();
            (await engine.ExitAsync(Patience)).Should().Be(0, "it stops when its limit is over, whatever the step does");
        }

        _answer.SetResult();
        await using var again = await EngineProcess.StartAsync(null, _directory, null);
        await TestWait.UntilAsync(async () => (await RunAsync(again, run)).Events.Contains(expected));
        if (expected == "Recovered")
            await TestWait.UntilAsync(async () => (await RunAsync(again, run)).Status == "Finished");
        _calls.Should().Be(calls, "what has an effect is not repeated blindly");
    }

    private static async Task<string> TriggerAsync(EngineProcess engine, string path)
    {
        using var http = new HttpClient { BaseAddress = engine.Address };
        using var answer = await http.PostAsJsonAsync($"/workflows/{path}", new { });
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
        return (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["runId"]!;
    }

    private static async Task<HttpClient> SignedInAsync(EngineProcess engine)
    {
        var http = new HttpClient { BaseAddress = engine.Address };
        (await http.PostAsJsonAsync("/api/session", new { name = "admin", password = EngineProcess.Password })).EnsureSuccessStatusCode();
        http.DefaultRequestHeaders.Add("X-Csrf-Token", (string)(await http.GetFromJsonAsync<JsonNode>("/api/session"))!["csrfToken"]!);
        return http;
    }

    private static async Task ApproveAsync(HttpClient person)
    {
        foreach (var approval in (await person.GetFromJsonAsync<JsonNode>("/api/approvals?state=pending"))!["items"]!.AsArray())
            (await person.PostAsJsonAsync($"/api/approvals/{approval!["id"]}/answer", new { approve = true })).EnsureSuccessStatusCode();
    }

    private static async Task<(string? Status, List<string> Events)> RunAsync(EngineProcess engine, string run)
    {
        using var person = await SignedInAsync(engine);
        var status = (string?)(await person.GetFromJsonAsync<JsonNode>($"/api/runs/{run}"))!["summary"]!["status"];
        return (status, [.. (await person.GetFromJsonAsync<JsonNode>($"/api/runs/{run}/journal"))!["items"]!.AsArray().Select(entry => (string)entry!["eventName"]!)]);
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var context = await _stub.GetContextAsync();
                Interlocked.Increment(ref _calls);
                _asked.Release();
                _ = Task.Run(async () =>
                {
                    await _answer.Task;
                    context.Response.Close();
                });
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private Dictionary<string, string> Definition(string id, string method) => new()
    {
        [$"{id}.json"] = TestServer.Webhook(id, id, ["POST"], null, $$$"""
            {"id":"call","type":"Elsa.FlowSendHttpRequest","version":1,"url":{"typeName":"Uri","expression":{"type":"Literal","value":"{{{_address}}}/"}},
             "method":{"typeName":"String","expression":{"type":"Literal","value":"{{{method}}}"} } }
            """),
    };
}
