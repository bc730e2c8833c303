using System.Diagnostics.Metrics;
using System.Data.Common;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Gate;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Tests.Rules.Decisions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Homelab.Tests.Engine.Gate;

/// <summary>The real gate, door, controls and approvals of one node on a real database, with activities that count what they do.</summary>
internal sealed class GateWorld : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-gate-").FullName;

    public GateWorld(Database database, ManualTimeProvider? time = null, GateWorld? shared = null)
    {
        Database = database;
        Time = time ?? new ManualTimeProvider(new DateTimeOffset(2026, 3, 4, 3, 0, 0, TimeSpan.Zero));
        RulesDirectory = shared?.RulesDirectory ?? Path.Combine(_directory, "rules");
        PreferencesFile = shared?.PreferencesFile ?? Path.Combine(_directory, "preferences.json");
        Restart = shared?.Restart ?? new CountingActivity("test.restart_thing", Effect.Disruptive, RiskLevel.None, undo: true);
        Wipe = shared?.Wipe ?? new CountingActivity("test.wipe_thing", Effect.Destructive, RiskLevel.High, undo: false);
        if (shared is null)
        {
            Directory.CreateDirectory(RulesDirectory);
            foreach (var (name, text) in ShippedPolicy.Files)
                File.WriteAllText(Path.Combine(RulesDirectory, name), text);
            Prefer("""{ "autonomy": "aggressive", "cooldown": "0s", "actionsPerDay": 1000, "actionsPerTarget": 1000, "actionsPerCause": 1000 }""");
        }

        Send = shared?.Send ?? new CountingActivity("test.send_thing", Effect.Disruptive, RiskLevel.Medium, undo: true, tool: "Http");
        Catalog = new ActivityCatalog([Restart, Wipe, Send]);
        Settings = new LiveSettings(RulesDirectory, PreferencesFile, NullLogger<LiveSettings>.Instance);
        Settings.ReloadAsync(default).GetAwaiter().GetResult();
        Channel = shared?.Channel ?? new RecordingChannel();
        People = new People([Channel], Settings, database, Time, NullLogger<People>.Instance);
        Clock = new ClockGuard(Time);
        var key = new HashKey(database);
        Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        Metrics = new GateMetrics(Meters);
        Changes = new ChangeLog(database, Settings, Catalog, Metrics, Time);
        Stop = new EmergencyStop(database, Time, NullLogger<EmergencyStop>.Instance);
        Door = new EffectDoor(database, key, Changes, Stop, Time);
        Gate = new EffectGate(database, Settings, Catalog, Clock, key, Door, People, Metrics, Time, NullLogger<EffectGate>.Instance);
        Controls = new ControlStore(database, Time);
        Desk = new ApprovalDesk(database, Settings, Catalog, People, (run, answer, key, _) =>
        {
            Resumed.Add((run.Value, answer.BookmarkId, key));
            return Task.CompletedTask;
        }, Metrics, Time);
        Decisions = new DecisionLog(database);
    }

    /// <summary>Its own, so that a test hears what this gate counts and no other.</summary>
    public IMeterFactory Meters { get; }

    public GateMetrics Metrics { get; }

    public Database Database { get; }

    public ManualTimeProvider Time { get; }

    public string RulesDirectory { get; }

    public string PreferencesFile { get; }

    public CountingActivity Restart { get; }

    public CountingActivity Wipe { get; }

    /// <summary>A request over HTTP; its target's name is the address.</summary>
    public CountingActivity Send { get; }

    public ActivityCatalog Catalog { get; }

    public LiveSettings Settings { get; }

    public RecordingChannel Channel { get; }

    public People People { get; }

    public ClockGuard Clock { get; }

    public EffectGate Gate { get; }

    public ChangeLog Changes { get; }

    public EmergencyStop Stop { get; }

    public EffectDoor Door { get; }

    public ControlStore Controls { get; }

    public ApprovalDesk Desk { get; }

    public DecisionLog Decisions { get; }

    public List<(string Run, string Bookmark, string Key)> Resumed { get; } = [];

    public void Prefer(string json)
    {
        File.WriteAllText(PreferencesFile, json);
        Settings?.ReloadAsync(default).GetAwaiter().GetResult();
    }

    public void Policy(string from, string to)
    {
        var path = Path.Combine(RulesDirectory, "policy.json");
        var text = File.ReadAllText(path);
        if (!text.Contains(from, StringComparison.Ordinal))
            throw new InvalidOperationException($"The policy has no '{from}'.");
        File.WriteAllText(path, text.Replace(from, to, StringComparison.Ordinal));
        Settings.ReloadAsync(default).GetAwaiter().GetResult();
    }

    /// <summary>So much history that the action is proven.</summary>
    public async Task ProveAsync(CountingActivity activity, string definition = "flow", int times = 30)
    {
        var history = Time.GetUtcNow().AddDays(-30).ToUnixTimeMilliseconds();
        await Database.WriteAsync(
            async session =>
            {
                await session.ExecuteAsync(
                    """
                    INSERT INTO decisions (id, at, run_id, step_id, attempt, action, target_id, target_name, incident_type, cause, verdict, confidence, risk, class, plan_hash, policy_version, dry_run, sentence, facts, record, plan)
                    VALUES (@id, @history, 'old', 'old', 1, '', '', '', '', '', 'execute', 1, 'low', 'none', '', '', 0, '', '{}', '{}', '{}')
                    """,
                    new { id = $"old-{activity.Descriptor.Id}-{definition}", history }, default);
                for (var i = 0; i < times; i++)
                {
                    await session.ExecuteAsync(
                        """
                        INSERT INTO authorizations (id, decision_id, plan_hash, plan_step, run_id, step_id, activity_id, target_id, target_name, parameters_hash, parameters, incident_type, cause,
                          issued_at, expires_at, issued_by, autonomous, used_at, used_by, result, finished_at)
                        VALUES (@id, @decision, '', 0, @run, 'old', @activity, 'test:x/thing/old', 'old', '', '{}', @definition, 'old', @history, @history + 1, 'rules', 1, @history, @id, 'succeeded', @history)
                        """,
                        new { id = $"old-{activity.Descriptor.Id}-{definition}-{i}", decision = $"old-{activity.Descriptor.Id}-{definition}", run = $"old{i}", activity = activity.Descriptor.Id, definition, history },
                        default);
                }
            },
            default);
    }

    public GateRequest Request(CountingActivity activity, object input, string run = "run1", string step = "step:1", int attempt = 1, bool dryRun = false, string? target = null, string? cause = null)
    {
        var json = JsonSerializer.SerializeToElement(input);
        var name = target ?? (json.TryGetProperty("name", out var given) ? given.GetString()! : "");
        return new GateRequest(
            new RunId(run), "flow", "flow:1", step, attempt, $"{run}/{step}", "activity1", activity.Descriptor, json, CountingActivity.TargetOf(name), dryRun, cause ?? run);
    }

    /// <summary>A stored plan of ten minutes for an "outage", its id the definition's.</summary>
    public async Task<PlanRow> PlanAsync(IReadOnlyList<(CountingActivity Activity, string Name, PlanRole Role)> steps, Func<PlanRow, PlanRow>? but = null)
    {
        var key = await new HashKey(Database).ReadAsync(default);
        PlanStep[] planned = [.. steps.Select(one => new PlanStep(
            PlannedStep.Of(one.Activity.Descriptor, CountingActivity.TargetOf(one.Name)!, JsonSerializer.SerializeToElement(new { name = one.Name }), key), one.Role, one.Activity.Descriptor.Effect))];
        var plan = new PlanRow
        {
            Id = Guid.CreateVersion7(Time.GetUtcNow()).ToString("N"), Hash = new Plan([.. planned.Select(one => one.Step)]).Hash, Title = "Mend it", IncidentType = "outage", Steps = GateJson.Write(planned),
            RequestedBy = "engine", Lifetime = 600_000, CreatedAt = Time.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        plan = but?.Invoke(plan) ?? plan;
        await Database.WriteAsync(session => PlanStore.AddAsync(session, plan, default), default);
        return plan;
    }

    /// <summary>As the dispatcher does it: ask, store the intent with the use, perform. Answers whether it got through.</summary>
    public async Task<(GateAnswer Answer, bool Done)> PerformAsync(GateRequest request)
    {
        var answer = await Gate.AskAsync(request, default);
        if (answer is not GateAnswer.Allowed allowed)
            return (answer, false);
        if (allowed.Use is { } use && await ConsumeAsync(use) != 1)
            return (answer, false);
        return (answer, await EnterAsync(request));
    }

    public async Task<bool> EnterAsync(GateRequest request, object? input = null)
    {
        Catalog.TryFind(request.Descriptor.Id, out var invoker);
        try
        {
            await Door.ExecuteAsync(invoker!, input is null ? request.Input : JsonSerializer.SerializeToElement(input), Context(request), default);
            return true;
        }
        catch (GateClosedException)
        {
            return false;
        }
        catch (ActivityException)
        {
            return true;
        }
    }

    public Task<int> ConsumeAsync(AuthorizationUse use) => Database.WriteAsync(
        async session =>
        {
            await using var command = session.Connection.CreateCommand();
            command.Transaction = session.Transaction;
            command.CommandText = session.Dialect == Dialect.Sqlite ? use.Consume.Sql.Replace("$", "@p", StringComparison.Ordinal) : use.Consume.Sql;
            for (var i = 0; i < use.Consume.Values.Length; i++)
                command.Parameters.Add(Parameter(command, session.Dialect, i, use.Consume.Values[i]));
            return await command.ExecuteNonQueryAsync();
        },
        default);

    public Task<long> CountAsync(string sql) => Database.ReadAsync(session => session.ScalarAsync<long>(sql, null, default), default);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    public ActivityContext Context(GateRequest request) => new()
    {
        RunId = request.RunId.Value,
        StepId = request.StepId,
        Attempt = request.Attempt,
        IdempotencyKey = request.IdempotencyKey,
        DryRun = request.DryRun,
        Time = Time,
        Logger = NullLogger.Instance,
    };

    private static DbParameter Parameter(DbCommand command, Dialect dialect, int index, object? value)
    {
        if (dialect == Dialect.Postgres)
            return new NpgsqlParameter { Value = value ?? DBNull.Value };
        var parameter = command.CreateParameter();
        parameter.ParameterName = $"@p{index + 1}";
        parameter.Value = value ?? DBNull.Value;
        return parameter;
    }
}

/// <summary>An activity whose effect is a count.</summary>
internal sealed class CountingActivity(string id, Effect effect, RiskLevel risk, bool undo, string tool = "Test") : IActivityInvoker
{
    public List<(string Run, string Step, int Attempt, string Input)> Done { get; } = [];

    /// <summary>Fails with this when set.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Runs inside, before the count.</summary>
    public Func<CancellationToken, Task>? Inside { get; set; }

    public ActivityDescriptor Descriptor { get; } = new()
    {
        Id = id,
        TypeName = $"Homelab.Test.{id}",
        Tool = tool,
        DisplayName = id,
        Description = id,
        Effect = effect,
        DataRisk = risk,
        AvailabilityRisk = risk,
        NoUndoReason = undo ? null : "Gone is gone.",
        InputSchema = new JsonObject { ["properties"] = new JsonObject { ["name"] = new JsonObject(), ["force"] = new JsonObject(), ["token"] = new JsonObject() } },
        OutputSchema = [],
        SecretInputs = new HashSet<string> { "token" },
    };

    public static ActivityTarget? TargetOf(string name) => name.Length == 0 ? null : new ActivityTarget("thing", $"test:x/thing/{name}", name);

    public IReadOnlyList<InputProblem> Validate(JsonElement input) => [];

    public Effect EffectOf(JsonElement input) => input.TryGetProperty("look", out _) ? Effect.None : input.TryGetProperty("gone", out _) ? Effect.Destructive : effect;

    public async Task<JsonNode?> ExecuteAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken)
    {
        if (Inside is { } inside)
            await inside(cancellationToken);
        Done.Add((context.RunId, context.StepId, context.Attempt, input.GetRawText()));
        return Failure is { } failure ? throw failure : new JsonObject { ["ok"] = true };
    }

    public Task<ActivityTarget?> TargetAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        Task.FromResult(TargetOf(input.GetProperty("name").GetString()!));

    public Task<Probe> ProbeAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) => Task.FromResult(Probe.Unknown);

    /// <summary>Its undo cannot be made, with this.</summary>
    public Exception? UndoFailure { get; set; }

    public UndoStep? Undo(JsonElement input, JsonNode? output) => UndoFailure is { } failure ? throw failure : undo ? new UndoStep(id, input) : null;
}

internal sealed class RecordingChannel : IApprovalChannel
{
    public List<Notice> Told { get; } = [];

    public List<(ApprovalRow Approval, AskKind Kind)> Asked { get; } = [];

    public List<ApprovalRow> Answered { get; } = [];

    public bool Broken { get; set; }

    /// <summary>Happens while people are told.</summary>
    public Func<Task>? WhileTelling { get; set; }

    public string Name => "recording";

    public Task AskAsync(ApprovalRow approval, AskKind kind, CancellationToken cancellationToken) => Add(Asked, (approval, kind));

    public Task AnsweredAsync(ApprovalRow approval, CancellationToken cancellationToken) => Add(Answered, approval);

    public async Task TellAsync(Notice notice, CancellationToken cancellationToken)
    {
        if (WhileTelling is { } meanwhile)
            await meanwhile();
        await Add(Told, notice);
    }

    private Task Add<T>(List<T> list, T item)
    {
        if (Broken)
            throw new HttpRequestException("The channel is broken.");
        list.Add(item);
        return Task.CompletedTask;
    }
}
