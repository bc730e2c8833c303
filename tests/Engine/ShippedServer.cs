using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Tests.Activities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Tests.Engine;

/// <summary>The whole product with a shipped workflow, a person who is signed in and answers questions, and preferences that do not slow tests down.</summary>
internal sealed class ShippedServer : IAsyncDisposable
{
    private const string Preferences = """{ "autonomy": "moderate", "cooldown": "0s", "actionsPerTarget": 100, "actionsPerCause": 100, "actionsPerDay": 100 }""";

    private ShippedServer(TestServer server) => Server = server;

    public TestServer Server { get; }

    public Database Database => Server.Services.GetRequiredService<Database>();

    public static async Task<ShippedServer> StartAsync(string? workflow, params IEnumerable<(string Name, string? Value)> settings) => await StartAsync(workflow, null, settings);

    public static async Task<ShippedServer> StartAsync(string? workflow, Action<IServiceCollection>? further, params IEnumerable<(string Name, string? Value)> settings)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("homelab-shipped-").FullName, "preferences.json");
        await File.WriteAllTextAsync(file, Preferences);
        var server = new ShippedServer(await TestServer.StartAsync(further, [("Preferences:File", file), ("Logs:Directory", ""), .. settings.Select(setting => (setting.Name, setting.Value!))]));
        await server.Server.SignInAsync();
        if (workflow is not null)
            await server.Server.PublishAsync(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", workflow + ".json")));
        return server;
    }

    /// <summary>Runs a workflow to its end; every question is answered yes by the person.</summary>
    /// <returns>How many questions there were.</returns>
    public async Task<int> RunAsync(string workflow)
    {
        var published = await Server.Services.GetRequiredService<DefinitionService>().FindAsync(workflow, VersionOptions.Published, default);
        var trigger = published!.Definition.Root.Children().First(node => node.Type == "Elsa.Cron").Id;
        var run = await Server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().StartAsync(workflow, "Published", new RunEvent.Start([], TriggerActivityId: trigger), null, default);
        return await FinishAsync(run.Value);
    }

    public async Task<int> FinishAsync(string run)
    {
        var asked = await EndAsync(run);
        if ((await Server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().FindAsync(new RunId(run), default))!.SubStatus != RunSubStatus.Finished)
            throw new InvalidOperationException($"Run {run} did not end well: {await JournalAsync(run)}");
        return asked;
    }

    /// <summary>Waits for the end of a run, whatever it is.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<int> EndAsync(string run)
    {
        var asked = 0;
        var runs = Server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();
        var end = TimeProvider.System.GetUtcNow().AddSeconds(120);
        while (await runs.FindAsync(new RunId(run), default) is not { Status: RunStatus.Finished })
        {
            if (TimeProvider.System.GetUtcNow() > end)
                throw new InvalidOperationException($"Run {run} did not finish: {await JournalAsync(run)}");
            asked += await AnswerAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        return asked;
    }

    /// <summary>Says yes to every open question.</summary>
    public async Task<int> AnswerAsync()
    {
        var answer = (await Server.Http.GetFromJsonAsync<JsonNode>("/api/approvals?state=pending"))!;
        var open = (answer as JsonArray ?? answer["items"]!.AsArray()).Select(one => (string)one!["id"]!).ToArray();
        foreach (var id in open)
            (await Server.Http.PostAsJsonAsync($"/api/approvals/{id}/answer", new { approve = true })).Dispose();
        return open.Length;
    }

    public async Task<JsonNode> GetAsync(string path) => (await Server.Http.GetFromJsonAsync<JsonNode>(path))!;

    /// <summary>An activity that only reads, performed as the engine does.</summary>
    public async Task<JsonNode> ReadAsync(string activity, object input) => (await Server.Services.GetRequiredService<Homelab.Engine.Remediation.Reading>().PerformAsync(
        activity,
        (JsonObject)JsonSerializer.SerializeToNode(input)!,
        new ActivityContext { RunId = "test", StepId = "test", IdempotencyKey = "test", Time = Server.Services.GetRequiredService<TimeProvider>(), Logger = NullLogger.Instance },
        default))!;

    public Task<long> CountAsync(string sql) => Database.ReadAsync(session => session.ScalarAsync<long>(sql, null, default), default);

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private async Task<string> JournalAsync(string run) => string.Join(
        " | ", (await Server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().JournalAsync(new RunId(run), 0, 1000, default)).Items.Select(entry => $"{entry.ActivityId} {entry.EventName} {entry.Message}"));
}
