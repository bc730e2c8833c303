using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Remediation;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Tests.Engine.Remediation;

/// <summary>Lamps that are on or off, outside of the product: what activities did to them is what counts.</summary>
internal sealed class Lamps
{
    public ConcurrentDictionary<string, string> State { get; } = new(StringComparer.Ordinal);

    /// <summary>Everything that was done, in order: "set web on", "save web".</summary>
    public ConcurrentQueue<string> Done { get; } = [];

    /// <summary>Fails what is done with this.</summary>
    public Func<string, Exception?> Failure { get; set; } = _ => null;

    /// <summary>What a look sees instead; null where looking fails.</summary>
    public Func<string, string?>? Seen { get; set; }

    /// <summary>Runs inside a step before it is done.</summary>
    public Func<string, CancellationToken, Task>? Inside { get; set; }

    public IEnumerable<IActivityInvoker> Activities => [new Activity(this, "set"), new Activity(this, "save"), new Activity(this, "break"), new Activity(this, "look")];

    internal async Task DoAsync(string what, CancellationToken cancellationToken)
    {
        if (Inside is { } inside)
            await inside(what, cancellationToken);
        if (Failure(what) is { } failure)
            throw failure;
        Done.Enqueue(what);
    }

    private sealed class Activity(Lamps lamps, string verb) : IActivityInvoker
    {
        public ActivityDescriptor Descriptor { get; } = new()
        {
            Id = $"lamp.{verb}",
            TypeName = $"Homelab.Lamp.{char.ToUpperInvariant(verb[0])}{verb[1..]}",
            Tool = "Lamp",
            DisplayName = verb,
            Description = verb,
            Effect = verb switch { "look" => Effect.None, "break" => Effect.Destructive, _ => Effect.Reversible },
            DataRisk = verb == "break" ? RiskLevel.High : RiskLevel.None,
            NoUndoReason = verb is "save" or "break" ? "Gone is gone." : null,
            InputSchema = new JsonObject { ["properties"] = new JsonObject { ["lamp"] = new JsonObject(), ["state"] = new JsonObject(), ["token"] = new JsonObject() } },
            OutputSchema = [],
            SecretInputs = new HashSet<string> { "token" },
        };

        public IReadOnlyList<InputProblem> Validate(JsonElement input) => input.TryGetProperty("lamp", out _) ? [] : [new("$.lamp", "is required")];

        public async Task<JsonNode?> ExecuteAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken)
        {
            var name = input.GetProperty("lamp").GetString()!;
            if (context.DryRun && verb != "look")
                return new JsonObject { ["dryRun"] = true };
            switch (verb)
            {
                case "look":
                    return (lamps.Seen is { } seen ? seen(name) : lamps.State.GetValueOrDefault(name, "off")) is { } state
                        ? new JsonObject { ["state"] = state }
                        : throw new ActivityException("The lamp cannot be seen.", retryable: false);
                case "set":
                    var before = lamps.State.GetValueOrDefault(name, "off");
                    var wanted = input.GetProperty("state").GetString()!;
                    await lamps.DoAsync($"set {name} {wanted}", cancellationToken);
                    lamps.State[name] = wanted;
                    return new JsonObject { ["before"] = before };
                default:
                    await lamps.DoAsync($"{verb} {name}", cancellationToken);
                    return new JsonObject();
            }
        }

        public Task<ActivityTarget?> TargetAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) => input.GetProperty("lamp").GetString() is { } name && name != "nowhere"
            ? Task.FromResult<ActivityTarget?>(new ActivityTarget("lamp", $"lamp:x/lamp/{name}", name))
            : throw new ActivityException("There is no lamp 'nowhere'.", retryable: false);

        public Task<Probe> ProbeAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

        public UndoStep? Undo(JsonElement input, JsonNode? output) => verb == "set" && output?["before"] is { } before
            ? new UndoStep("lamp.set", JsonSerializer.SerializeToElement(new { lamp = input.GetProperty("lamp").GetString(), state = (string)before! }))
            : null;
    }
}

/// <summary>The whole product with lamps in its catalogue, and somebody signed in.</summary>
internal sealed class LampServer : IAsyncDisposable
{
    private LampServer(TestServer server, Lamps lamps, string preferencesFile) => (Server, Lamps, PreferencesFile) = (server, lamps, preferencesFile);

    public TestServer Server { get; }

    public Lamps Lamps { get; }

    public string PreferencesFile { get; }

    public HttpClient Http => Server.Http;

    public Database Database => Server.Services.GetRequiredService<Database>();

    public static async Task<LampServer> StartAsync(Lamps? lamps = null, string preferences = "{}", IApprovalChannel? channel = null, params (string Name, string Value)[] settings)
    {
        lamps ??= new Lamps();
        var file = Path.Combine(Directory.CreateTempSubdirectory("homelab-lamps-").FullName, "preferences.json");
        await File.WriteAllTextAsync(file, preferences);
        var server = await TestServer.StartAsync(
            services =>
            {
                foreach (var activity in lamps.Activities)
                    services.AddSingleton(activity);
                services.AddSingleton<IEnumerable<ActivityDescriptor>>([.. ActivityCatalog.All, .. ControlActivity.All, .. lamps.Activities.Select(activity => activity.Descriptor)]);
                if (channel is not null)
                    services.AddSingleton(channel);
            },
            [("Preferences:File", file), ("Logs:Directory", ""), .. settings]);
        var started = new LampServer(server, lamps, file);
        await server.SignInAsync();
        return started;
    }

    /// <summary>So much history that it is done without asking.</summary>
    public async Task ProveAsync(string incident, params string[] activities)
    {
        foreach (var activity in activities)
        {
            await Database.WriteAsync(
                async session =>
                {
                    await session.ExecuteAsync(
                        """
                        INSERT INTO decisions (id, at, run_id, step_id, attempt, action, target_id, target_name, incident_type, cause, verdict, confidence, risk, class, plan_hash, policy_version, dry_run, sentence, facts, record, plan)
                        VALUES (@id, 1, 'old', 'old', 1, '', '', '', '', '', 'execute', 1, 'low', 'none', '', '', 0, '', '{}', '{}', '{}')
                        """,
                        new { id = $"old-{activity}-{incident}" }, default);
                    for (var i = 0; i < 40; i++)
                    {
                        await session.ExecuteAsync(
                            """
                            INSERT INTO authorizations (id, decision_id, plan_hash, plan_step, run_id, step_id, activity_id, target_id, target_name, parameters_hash, parameters, incident_type, cause,
                              issued_at, expires_at, issued_by, autonomous, used_at, used_by, result, finished_at)
                            VALUES (@id, @decision, '', 0, @run, 'old', @activity, 'lamp:x/lamp/old', 'old', '', '{}', @incident, 'old', 1, 2, 'rules', 1, 1, @id, 'succeeded', 1)
                            """,
                            new { id = $"old-{activity}-{incident}-{i}", decision = $"old-{activity}-{incident}", run = $"old{i}", activity, incident }, default);
                    }
                },
                default);
        }
    }

    /// <summary>A published workflow of one step.</summary>
    public Task PublishAsync(string id, string type, object input) => Server.PublishAsync(new JsonObject
    {
        ["id"] = $"{id}-v1",
        ["definitionId"] = id,
        ["name"] = id,
        ["version"] = 1,
        ["root"] = new JsonObject
        {
            ["id"] = "flow",
            ["type"] = "Elsa.Flowchart",
            ["version"] = 1,
            ["activities"] = new JsonArray(Step("step", type, input)),
            ["connections"] = new JsonArray(),
        },
    }.ToJsonString());

    public async Task<RunId> StartAsync(string workflow)
    {
        using var answer = await Http.PostAsJsonAsync($"/api/workflows/{workflow}/run", new { });
        answer.EnsureSuccessStatusCode();
        return new RunId((string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["runId"]!);
    }

    public async Task<RunState> FinishAsync(string run)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var runs = Server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();
        try
        {
            return (await runs.WaitForFinishAsync(new RunId(run), limit.Token))!;
        }
        catch (OperationCanceledException)
        {
            var journal = (await runs.JournalAsync(new RunId(run), 0, 1000, default)).Items;
            throw new InvalidOperationException(
                $"Run {run} did not finish. {string.Join(" | ", journal.Select(entry => $"{entry.ActivityId} {entry.EventName} {entry.Message}"))} Questions: {(await GetAsync("/api/approvals?state=pending")).ToJsonString()}");
        }
    }

    public async Task<RunState> FinishAsync(RunId run) => await FinishAsync(run.Value);

    public async Task<JsonNode> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonNode>(path))!;

    public async Task<(int Status, JsonNode? Body)> PostAsync(string path, object? body = null)
    {
        using var answer = await Http.PostAsJsonAsync(path, body ?? new { });
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    /// <summary>The only open question.</summary>
    public async Task<JsonNode> AskedAsync(string? not = null)
    {
        JsonNode? found = null;
        await UntilAsync(async () => (found = (await GetAsync("/api/approvals?state=pending"))["items"]!.AsArray().FirstOrDefault(one => (string?)one!["id"] != not)) is not null);
        return found!;
    }

    public async Task<IReadOnlyList<JsonNode>> ChangesAsync() => [.. (await GetAsync("/api/changes?pageSize=100"))["items"]!.AsArray().Where(change => (string?)change!["target"] != "old").Select(change => change!)];

    public Task<long> CountAsync(string sql) => Database.ReadAsync(session => session.ScalarAsync<long>(sql, null, default), default);

    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    internal static JsonObject Step(string id, string type, object input)
    {
        var step = new JsonObject { ["id"] = id, ["type"] = type, ["version"] = 1 };
        foreach (var (name, value) in JsonSerializer.SerializeToNode(input)!.AsObject())
            step[name] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value!.DeepClone() } };
        return step;
    }
}
