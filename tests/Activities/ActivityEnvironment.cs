using Homelab.Activities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Tests.Activities;

/// <summary>The catalogue with a configuration, and contexts with defaults, so that a test states only what matters.</summary>
internal sealed class ActivityEnvironment : IDisposable
{
    private readonly ServiceProvider _services;

    public ActivityEnvironment(IEnumerable<KeyValuePair<string, string?>> settings, Action<IServiceCollection>? also = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings.DistinctBy(setting => setting.Key)).Build());
        services.AddActivities();
        also?.Invoke(services);
        _services = services.BuildServiceProvider();
    }

    public ActivityEnvironment(params (string Key, string? Value)[] settings)
        : this(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
    {
    }

    public ActivityCatalog Catalog => _services.GetRequiredService<ActivityCatalog>();

    public IReadOnlyList<ITestableConnection> Connections => [.. _services.GetServices<ITestableConnection>()];

    public IReadOnlyList<IOptionsProvider> Options => [.. _services.GetServices<IOptionsProvider>()];

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static ActivityContext Context(bool dryRun = false, TimeProvider? time = null) => new()
    {
        RunId = "run",
        StepId = "step:1",
        IdempotencyKey = "run/step:1",
        DryRun = dryRun,
        Time = time ?? TimeProvider.System,
        Logger = NullLogger.Instance,
    };

    public IActivityInvoker Invoker(string id) =>
        Catalog.TryFind(id, out var invoker) ? invoker : throw new InvalidOperationException($"No activity {id}.");

    public async Task<JsonObject> RunAsync(string id, object input, bool dryRun = false, CancellationToken cancellationToken = default) =>
        (await Invoker(id).ExecuteAsync(Json(input), Context(dryRun), cancellationToken))!.AsObject();

    public Task<ActivityTarget?> TargetAsync(string id, object input) => Invoker(id).TargetAsync(Json(input), Context(), default);

    public Task<Probe> ProbeAsync(string id, object input) => Invoker(id).ProbeAsync(Json(input), Context(), default);

    /// <summary>Runs the step that takes the first one back.</summary>
    public async Task<JsonObject> UndoAsync(string id, object input, JsonObject output)
    {
        var undo = Invoker(id).Undo(Json(input), output) ?? throw new InvalidOperationException($"{id} has no undo.");
        return (await Invoker(undo.ActivityId).ExecuteAsync(undo.Input, Context(), default))!.AsObject();
    }

    public static JsonElement Json(object input) => input as JsonElement? ?? JsonSerializer.SerializeToElement(input, ActivityJson.Strict);

    public void Dispose() => _services.Dispose();
}
