using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Dispatch;

public sealed class SqliteServerKillTests : ServerKillTests
{
    [Theory]
    [InlineData("4:4")]
    [InlineData("7:1")]
    [InlineData("8:1")]
    [InlineData("10:5")]
    public Task Kill_AtPoint_NothingAcceptedIsLost(string crashAt) => KillAsync(crashAt, null);

    [Fact]
    public Task Kill_UnderLoad_NothingAcceptedIsLost() => KillAsync(null, null);
}

public sealed class PostgresServerKillTests : ServerKillTests
{
    [Theory]
    [InlineData("8:1")]
    public async Task Kill_AtPoint_NothingAcceptedIsLost(string crashAt) => await KillAsync(crashAt, await DatabaseAsync());

    [Fact]
    public async Task Kill_UnderLoad_NothingAcceptedIsLost() => await KillAsync(null, await DatabaseAsync());

    private static async Task<string> DatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}

/// <summary>The real executable with real definitions, triggered and answered over HTTP, killed by SIGKILL and started again.</summary>
public abstract class ServerKillTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-kill-").FullName;
    private readonly ConcurrentDictionary<string, int> _called = new();
    private readonly HttpListener _stub = new();
    private readonly string _address;

    protected ServerKillTests()
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
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected async Task KillAsync(string? crashAt, string? connectionString)
    {
        ConcurrentBag<string> reads = [];
        ConcurrentBag<string> effects = [];
        await using (var first = await EngineProcess.StartAsync(null, _directory, connectionString, Definitions(), crashAt))
        {
            await TriggerAsync(first, "effect", effects);
            var load = Enumerable.Range(0, 8).Select(_ => TriggerAsync(first, "read", reads)).ToList();
            if (crashAt is null)
            {
                await Task.WhenAll(load);
                first.Kill();
            }
            else
            {
                using var people = new Person(first.Address);
                await UntilAsync(async () => first.HasExited || await people.ApproveAsync() > 0, "somebody is asked, or the process dies");
            }

            (await first.ExitAsync(Patience)).Should().Be(137, "it must have been killed");
            await Task.WhenAll(load);
        }

        await using var second = await EngineProcess.StartAsync(null, _directory, connectionString);
        using var person = new Person(second.Address);
        foreach (var run in reads)
        {
            await UntilAsync(async () => await person.StatusAsync(run) == "Finished", $"the run {run} ends after its delay");
            var journal = await person.JournalAsync(run);
            journal.Should().Contain(entry => entry.Type == "Elsa.Delay" && entry.Event == "Resumed", "its timer woke after the restart");
            if (_called.GetValueOrDefault($"/read/{run}") > 1)
                journal.Should().Contain(entry => entry.Event == "Recovered", "what is repeated says why");
        }

        foreach (var run in effects)
        {
            await UntilAsync(
                async () => await person.ApproveAsync() >= 0 && (await person.StatusAsync(run) == "Finished" || (await person.JournalAsync(run)).Any(entry => entry.Event == "InDoubt")),
                $"the run {run} is answered, or says that it is in doubt");
            var doubt = (await person.JournalAsync(run)).Any(entry => entry.Event == "InDoubt");
            var done = _called.GetValueOrDefault($"/effect/{run}");
            done.Should().BeLessThanOrEqualTo(1, "it cannot be known whether it happened, so it is not repeated");
            if (!doubt)
                done.Should().Be(1);
            if (crashAt is "7:1" or "8:1")
                (doubt, done).Should().Be((true, crashAt == "8:1" ? 1 : 0));
        }

        // Nothing that was begun is forgotten either, whether its sender got an answer or not.
        (await person.DeadLettersAsync()).Should().BeEmpty();
        (reads.Count + effects.Count).Should().BePositive();
    }

    private static async Task TriggerAsync(EngineProcess engine, string path, ConcurrentBag<string> accepted)
    {
        using var http = new HttpClient { BaseAddress = engine.Address };
        try
        {
            using var answer = await http.PostAsJsonAsync($"/workflows/{path}", new { host = "web" });
            answer.StatusCode.Should().Be(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
            accepted.Add((string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["runId"]!);
        }
        catch (HttpRequestException)
        {
            // It died before it answered: nothing was promised.
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                if (await holds())
                    return;
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
            }
            catch (HttpRequestException)
            {
                // It dies just now.
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"It did not come to this: {what}.");
            }
        }
    }

    private async Task AnswerAsync()
    {
        try
        {
            while (true)
            {
                var context = await _stub.GetContextAsync();
                _called.AddOrUpdate(context.Request.Url!.AbsolutePath, 1, (_, times) => times + 1);
                context.Response.Close();
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private Dictionary<string, string> Definitions() => new()
    {
        ["read.json"] = Definition("read", "GET", """{"id":"delay","type":"Elsa.Delay","version":1,"timeSpan":{"typeName":"TimeSpan","expression":{"type":"Literal","value":"00:00:01"}}}"""),
        ["effect.json"] = Definition("effect", "POST"),
    };

    private string Definition(string id, string method, params string[] then) => TestServer.Webhook(
        id, id, ["POST"], null,
        [
            $$$"""
            {"id":"call","type":"Elsa.FlowSendHttpRequest","version":1,
             "url":{"typeName":"Uri","expression":{"type":"JavaScript","value":"'{{{_address}}}/{{{id}}}/' + getWorkflowInstanceId()"}},
             "method":{"typeName":"String","expression":{"type":"Literal","value":"{{{method}}}"} } }
            """,
            .. then,
        ]);

    /// <summary>A person at the console.</summary>
    private sealed class Person(Uri address) : IDisposable
    {
        private readonly HttpClient _http = new() { BaseAddress = address };
        private bool _signedIn;

        /// <summary>Approves what is asked; answers how much that was.</summary>
        public async Task<int> ApproveAsync()
        {
            var answered = 0;
            foreach (var approval in (await GetAsync("/api/approvals?state=pending"))["items"]!.AsArray())
            {
                using var answer = await _http.PostAsJsonAsync($"/api/approvals/{approval!["id"]}/answer", new { approve = true });
                answer.IsSuccessStatusCode.Should().BeTrue(await answer.Content.ReadAsStringAsync());
                answered++;
            }

            return answered;
        }

        public async Task<string?> StatusAsync(string run) => (string?)(await GetAsync($"/api/runs/{run}"))["summary"]?["status"];

        public async Task<List<(string Type, string Event)>> JournalAsync(string run) =>
            [.. (await GetAsync($"/api/runs/{run}/journal"))["items"]!.AsArray().Select(entry => ((string)entry!["activityType"]!, (string)entry["eventName"]!))];

        public async Task<JsonArray> DeadLettersAsync() => (await GetAsync("/api/dead-letters")).AsArray();

        public void Dispose() => _http.Dispose();

        private async Task<JsonNode> GetAsync(string path)
        {
            if (!_signedIn)
            {
                (await _http.PostAsJsonAsync("/api/session", new { name = "admin", password = EngineProcess.Password })).EnsureSuccessStatusCode();
                _http.DefaultRequestHeaders.Add("X-Csrf-Token", (string)(await _http.GetFromJsonAsync<JsonNode>("/api/session"))!["csrfToken"]!);
                _signedIn = true;
            }

            using var answer = await _http.GetAsync(path);
            return answer.IsSuccessStatusCode
                ? (await answer.Content.ReadFromJsonAsync<JsonNode>())!
                // A run whose start is accepted and not begun is not there yet.
                : answer.StatusCode == HttpStatusCode.NotFound ? new JsonObject { ["items"] = new JsonArray() } : throw new HttpRequestException(await answer.Content.ReadAsStringAsync());
        }
    }
}
