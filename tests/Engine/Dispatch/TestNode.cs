using Homelab.Activities;
using System.Text.Json.Nodes;
using System.Text.Json;
using Homelab.Engine.Dispatch;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Tests.Engine.Dispatch;

internal sealed class AllowEverythingGate : IGate
{
    public Task<GateAnswer> AskAsync(GateRequest request, CancellationToken cancellationToken) => Task.FromResult<GateAnswer>(new GateAnswer.Allowed(null));

    public Task<JsonNode?> PerformAsync(IActivityInvoker invoker, JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        invoker.ExecuteAsync(input, context, cancellationToken);

    public Task SettleAsync(RunId run, string stepId, int attempt, Probe found, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>A node as the executable composes it, with scripts for definitions and activities.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private readonly IRunStore _store;

    public TestNode(
        Database database, ScriptedWorld? world = null, TimeProvider? time = null, CrashPoints? crash = null, DispatchOptions? options = null, IGate? gate = null,
        ScriptedDecider? decider = null, Func<IRunStore, IRunStore>? around = null)
    {
        World = world ?? new();
        Decider = decider ?? new();
        _store = around?.Invoke(new RunStore(database)) ?? new RunStore(database);
        Dispatcher = new(
            _store, Decider, gate ?? new AllowEverythingGate(), World.Find, options ?? new() { PollInterval = TimeSpan.FromMilliseconds(50), RetryDelay = TimeSpan.FromMilliseconds(10) },
            time ?? TimeProvider.System, NullLoggerFactory.Instance, [], crash ?? CrashPoints.None);
        Runs = new(Dispatcher, time ?? TimeProvider.System);
    }

    public ScriptedWorld World { get; }

    public ScriptedDecider Decider { get; }

    public Dispatcher Dispatcher { get; }

    public Homelab.Engine.Dispatch.Runs Runs { get; }

    public IRunStore Store => _store;

    public async Task<TestNode> StartAsync(bool alone = false)
    {
        await Dispatcher.StartAsync(alone, default);
        return this;
    }

    public Task<RunId> StartRunAsync(string script, string? key = null) => Runs.StartAsync(script, null, new([]), key, default);

    public async Task<RunState> FinishAsync(RunId run)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        return await Runs.WaitForFinishAsync(run, limit.Token) ?? throw new InvalidOperationException($"The run {run} is not there.");
    }

    public async Task<IReadOnlyList<JournalEntry>> JournalAsync(RunId run) => (await Runs.JournalAsync(run, 0, 1000, default)).Items;

    /// <summary>As by kill -9.</summary>
    public async Task DieAsync()
    {
        await Dispatcher.DieAsync();
        await _store.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Dispatcher.DisposeAsync();
        await _store.DisposeAsync();
    }
}
