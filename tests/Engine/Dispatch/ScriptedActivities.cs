using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Activities;

namespace Homelab.Tests.Engine.Dispatch;

/// <summary>The world that scripted activities act on. It outlives crashes of the node; with a file, of the process.</summary>
internal sealed class ScriptedWorld
{
    private readonly string? _file;
    private readonly Lock _lock = new();

    public ScriptedWorld(string? file = null)
    {
        _file = file;
        if (file is null || !File.Exists(file))
            return;
        foreach (var key in File.ReadAllLines(file))
            Performed.AddOrUpdate(key, 1, (_, times) => times + 1);
    }

    /// <summary>How often each idempotency key was performed.</summary>
    public ConcurrentDictionary<string, int> Performed { get; } = [];

    /// <summary>Fails that many times first.</summary>
    public ConcurrentDictionary<string, int> Failures { get; } = [];

    /// <summary>What a "slow" step waits for.</summary>
    public TaskCompletionSource Slow { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SemaphoreSlim SlowBegan { get; } = new(0);

    /// <summary>Otherwise nobody knows what an effect would act on.</summary>
    public bool TargetIsKnown { get; set; } = true;

    public void Record(string key)
    {
        Performed.AddOrUpdate(key, 1, (_, times) => times + 1);
        if (_file is null)
            return;
        lock (_lock)
            File.AppendAllText(_file, key + "\n");
    }

    public IActivityInvoker? Find(string type) => type switch
    {
        "Test.read" => new Invoker(this, type, Effect.None, Probe.DidNotHappen, false),
        "Test.slow" => new Invoker(this, type, Effect.None, Probe.DidNotHappen, false),
        "Test.effect" => new Invoker(this, type, Effect.Disruptive, null, false),
        "Test.blind" => new Invoker(this, type, Effect.Disruptive, Probe.Unknown, false),
        "Test.twice" => new Invoker(this, type, Effect.Disruptive, Probe.Unknown, true),
        _ => null,
    };

    private sealed class Invoker(ScriptedWorld world, string type, Effect effect, Probe? probe, bool idempotent) : IActivityInvoker
    {
        public ActivityDescriptor Descriptor { get; } = new()
        {
            Id = type,
            TypeName = type,
            Tool = "Test",
            DisplayName = type,
            Description = type,
            Effect = effect,
            Idempotent = idempotent,
            InputSchema = [],
            OutputSchema = [],
        };

        public IReadOnlyList<InputProblem> Validate(JsonElement input) => [];

        public async Task<JsonNode?> ExecuteAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken)
        {
            if (type == "Test.slow")
            {
                world.SlowBegan.Release();
                await world.Slow.Task.WaitAsync(cancellationToken);
            }

            world.Record(context.IdempotencyKey);
            if (world.Failures.TryGetValue(context.StepId, out var left) && left > 0)
            {
                world.Failures[context.StepId] = left - 1;
                throw new ActivityException("it failed", retryable: true);
            }

            return new JsonObject { ["ok"] = true };
        }

        public Task<ActivityTarget?> TargetAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
            Task.FromResult(effect == Effect.None || !world.TargetIsKnown ? null : new ActivityTarget("thing", "test:thing", "thing"));

        public Task<Probe> ProbeAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
            Task.FromResult(probe ?? (world.Performed.ContainsKey(context.IdempotencyKey) ? Probe.Happened : Probe.DidNotHappen));

        public UndoStep? Undo(JsonElement input, JsonNode? output) => null;
    }
}
