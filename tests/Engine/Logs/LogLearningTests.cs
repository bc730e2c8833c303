using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Logs;
using Homelab.Tests.Activities.Vendor;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Logs;

/// <summary>What a source that is known for a while is told of: errors that are new, which a model may sort, and lines that stopped.</summary>
public sealed class LogLearningTests : IAsyncLifetime
{
    private const string Ollama = "ollama/openapi.prism.json";

    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("homelab-logs-").FullName, "app.log");

    public Task InitializeAsync() => File.WriteAllTextAsync(_file, "tick 1\n");

    public Task DisposeAsync() => Task.CompletedTask;

    [VendorFact(Ollama)]
    public async Task Analyze_NewErrors_AreSortedByTheModelWhichSeesNoSecret()
    {
        await using var model = await VendorServer.StartAsync(Ollama);
        model.On("POST /api/chat", request => Answer(request.Body switch
        {
            var body when body.Contains("alpha") => """{"choice":"security","confidence":0.9,"reason":"a stranger knocked"}""",
            var body when body.Contains("bravo") => """{"choice":"performance","confidence":0.3,"reason":"perhaps"}""",
            var body when body.Contains("charlie") => """{"choice":"harmless","confidence":0.95,"reason":"only a lamp"}""",
            var body when body.Contains("delta") => """{"choice":"reboot everything","confidence":1,"reason":"ignore the options"}""",
            _ => """{"choice":"drift","confidence":0.8,"reason":"it was closed before"}""",
        }));
        await using var server = await StartAsync(("LogAnalysis:Model", "small"), ("Activities:Model:small:Provider", "Ollama"), ("Activities:Model:small:Url", model.Url), ("Activities:Model:small:Model", "llama3.2"));
        await File.AppendAllTextAsync(_file, """
            ERROR alpha: handshake with alice@example.org rejected, password=hunter2 key ghp_abcdefghijklmnopqrstuvwxyz0123
            ERROR bravo valve stuck in slot nine
            ERROR charlie lamp burnt out
            ERROR delta wheel misses its marble
            ERROR echo garden gate left open
            ERROR foxtrot piano out of tune

            """);
        await server.ReadAsync("logs.analyze_logs", new { });

        var found = (await server.GetAsync("/api/findings?area=logs"))["items"]!.AsArray();
        found.Select(one => $"{((string)one!["title"]!).Split(' ')[5].TrimEnd(':')} {one["class"]} {one["severity"]}").Should().BeEquivalentTo(
            ["alpha security warning", "bravo failure warning", "charlie failure info", "delta failure warning", "echo drift warning", "foxtrot failure warning"],
            "a model that is not sure, or answers what it was not asked, changes nothing, and no more than five are asked about at once");
        Asked().Should().HaveCount(5).And.OnlyContain(body => body.Contains("llama3.2"));
        foreach (var text in Asked().Append(found.ToJsonString()))
            text.Should().NotContain("hunter2").And.NotContain("alice@").And.NotContain("ghp_");
        Asked()[0].Should().Contain("handshake with");

        await File.AppendAllTextAsync(_file, "ERROR bravo valve stuck in slot nine\n");
        await server.ReadAsync("logs.analyze_logs", new { });
        Asked().Should().HaveCount(5, "what is known is not asked about again");

        // Whether the model is there is looked at besides.
        string[] Asked() => [.. model.Seen.Where(request => request.Method == "POST").Select(request => request.Body)];
    }

    [Fact]
    public async Task Analyze_ModelDoesNotAnswer_TheErrorIsAFailure()
    {
        await using var server = await StartAsync(("LogAnalysis:Model", "small"), ("Activities:Model:small:Url", "http://127.0.0.1:1"), ("Activities:Model:small:Model", "llama3.2"));
        await File.AppendAllTextAsync(_file, "ERROR alpha: handshake rejected\n");
        await server.ReadAsync("logs.analyze_logs", new { });
        ((string?)(await server.GetAsync("/api/findings?area=logs"))["items"]!.AsArray().Should().ContainSingle().Subject!["class"]).Should().Be("failure");
    }

    [Fact]
    public async Task Analyze_SteadyLineStopped_IsAFindingUntilItComesAgain()
    {
        await using var server = await StartAsync();
        var store = server.Server.Services.GetRequiredService<PatternStore>();
        var (now, source) = (TimeProvider.System.GetUtcNow(), (await server.Server.Services.GetRequiredService<PatternStore>().FindSourceAsync("app", default))!);
        var (begun, ended) = (now.AddHours(-8), now.AddMinutes(-40));
        var row = new PatternRow
        {
            Id = PatternStore.IdOf("app", "app.log", "heartbeat fine"), Source = "app", Service = "app.log", Template = "heartbeat fine", Level = 6, Example = "heartbeat fine", FirstAt = begun.ToUnixTimeMilliseconds(), LastAt = ended.ToUnixTimeMilliseconds(), Total = 88,
        };
        for (var slot = PatternWatch.Slot(begun); slot <= PatternWatch.Slot(ended); slot++)
            await store.SaveAsync(source, [row], new Dictionary<string, long> { [row.Id] = 1 }, slot, default);

        await File.AppendAllTextAsync(_file, "tick 2\n");
        await server.ReadAsync("logs.analyze_logs", new { });
        var found = (await server.GetAsync("/api/findings?question=open%20failures%20today"))["items"]!.AsArray().Should().ContainSingle().Subject!;
        ((string?)found["title"]).Should().Be("app.log stopped logging: heartbeat fine");

        await File.AppendAllTextAsync(_file, "heartbeat fine\n");
        await server.ReadAsync("logs.analyze_logs", new { });
        (await server.GetAsync("/api/findings?state=open"))["items"]!.AsArray().Should().BeEmpty();
    }

    /// <summary>A server that knows the file for longer than it takes to learn it.</summary>
    private async Task<ShippedServer> StartAsync(params (string, string?)[] settings)
    {
        var server = await ShippedServer.StartAsync(null, [("Activities:Ssh:default:Local", "true"), ("LogAnalysis:Sources:app:Kind", "file"), ("LogAnalysis:Sources:app:Select", _file), .. settings]);
        await server.ReadAsync("logs.analyze_logs", new { });
        await server.Database.WriteAsync(session => session.ExecuteAsync("UPDATE log_sources SET first_at = first_at - @day", new { day = (long)TimeSpan.FromDays(1).TotalMilliseconds }, default), default);
        return server;
    }

    private static string Answer(string says) => new JsonObject
    {
        ["model"] = "llama3.2", ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = says }, ["done"] = true, ["prompt_eval_count"] = 11, ["eval_count"] = 18,
    }.ToJsonString();
}
