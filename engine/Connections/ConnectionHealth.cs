using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Homelab.Activities;
using Homelab.Engine.Operations;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Connections;

/// <summary>Section <c>Connections</c>.</summary>
internal sealed class ConnectionSettings
{
    /// <summary>How often every connection is tested; zero tests only when somebody asks.</summary>
    [System.ComponentModel.DataAnnotations.Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan CheckEvery { get; set; } = TimeSpan.FromMinutes(5);
}

/// <summary>What is known of every configured connection: this node asks now and then, and whenever somebody presses the button. Reads only; the door is shut for a test.</summary>
internal sealed partial class ConnectionHealth : BackgroundService
{
    // A test of a host that does not answer may take its whole time-out; a few at once keep a round short and the load small.
    private const int AtOnce = 4;

    private readonly Dictionary<string, ITestableConnection> _tools;
    private readonly IOptions<ConnectionSettings> _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<ConnectionHealth> _logger;
    private readonly ConcurrentDictionary<(string Tool, string Name), ConnectionState> _known = new();

    public ConnectionHealth(IEnumerable<ITestableConnection> tools, IOptions<ConnectionSettings> settings, IMeterFactory meters, TimeProvider time, ILogger<ConnectionHealth> logger)
    {
        _tools = tools.ToDictionary(tool => tool.Tool, StringComparer.OrdinalIgnoreCase);
        (_settings, _time, _logger) = (settings, time, logger);
        var meter = meters.Create(EngineMetrics.MeterName);
        meter.CreateObservableGauge("homelab_connection_up", () => Measure(state => state.Reachable ? 1 : 0), description: "Whether a connection answered its last test.");
        meter.CreateObservableGauge("homelab_connection_latency", () => Measure(state => state.Latency.TotalSeconds), "s", "How long the last test of a connection took.");
        meter.CreateObservableGauge("homelab_connection_info", () => Tested().Select(state => new Measurement<int>(1, new("tool", state.Tool), new("name", state.Name), new("version", state.Version ?? ""))), description: "The version that a service told at its last test.");
    }

    /// <summary>Every configured connection, with what its last test showed where there was one.</summary>
    public IReadOnlyList<ConnectionState> List() =>
        [.. _tools.Values.OrderBy(tool => tool.Tool, StringComparer.Ordinal).SelectMany(tool => tool.Names.Select(name =>
            _known.GetValueOrDefault((tool.Tool, name)) ?? new ConnectionState { Tool = tool.Tool, Name = name, Kind = tool.Kind }))];

    /// <summary>Null when there is no such connection.</summary>
    public async Task<ConnectionState?> TestAsync(string tool, string name, CancellationToken cancellationToken)
    {
        if (!_tools.TryGetValue(tool, out var connections) || connections.Names.FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is not { } exact)
            return null;
        var report = await connections.TestAsync(exact, cancellationToken);
        var state = new ConnectionState
        {
            Tool = report.Tool,
            Name = report.Name,
            Kind = connections.Kind,
            TestedAt = _time.GetUtcNow(),
            Reachable = report.Reachable,
            Version = report.Version,
            Latency = report.Latency,
            Problem = report.Problem,
        };
        var before = _known.GetValueOrDefault((report.Tool, report.Name));
        _known[(report.Tool, report.Name)] = state;
        if (!state.Reachable && before is null or { Reachable: true })
            Log.Lost(_logger, state.Tool, state.Name, state.Problem ?? "");
        else if (state.Reachable && before is { Reachable: false, TestedAt: not null })
            Log.Back(_logger, state.Tool, state.Name);
        return state;
    }

    /// <summary>One test of everything that is configured now; what is configured no longer is forgotten.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var all = List();
        foreach (var gone in _known.Keys.Except(all.Select(state => (state.Tool, state.Name))).ToList())
            _known.TryRemove(gone, out _);
        await Parallel.ForEachAsync(
            all,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (state, token) => await TestAsync(state.Tool, state.Name, token));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_settings.Value.CheckEvery == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(_settings.Value.CheckEvery, _time);
        do
        {
            try
            {
                // Starting must not wait for hosts that do not answer.
                await Task.Yield();
                await RunOnceAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                Log.Failed(_logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<ConnectionState> Tested() => _known.Values;

    private IEnumerable<Measurement<double>> Measure(Func<ConnectionState, double> value) =>
        Tested().Select(state => new Measurement<double>(value(state), new("tool", state.Tool), new("name", state.Name)));

    private static partial class Log
    {
        [LoggerMessage(4701, LogLevel.Warning, "{Tool} connection '{Name}' does not answer: {Problem}")]
        public static partial void Lost(ILogger logger, string tool, string name, string problem);

        [LoggerMessage(4702, LogLevel.Information, "{Tool} connection '{Name}' answers again")]
        public static partial void Back(ILogger logger, string tool, string name);

        [LoggerMessage(4703, LogLevel.Error, "The connections could not be tested; tried again at the next round")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

/// <summary>A configured connection and its last test; nothing of a test before there was one.</summary>
internal sealed record ConnectionState
{
    public required string Tool { get; init; }

    public required string Name { get; init; }

    [System.ComponentModel.Description("http, or the tool's own way of connecting")]
    public required string Kind { get; init; }

    public DateTimeOffset? TestedAt { get; init; }

    public bool Reachable { get; init; }

    public string? Version { get; init; }

    public TimeSpan Latency { get; init; }

    [System.ComponentModel.Description("What is wrong and what to do; empty when it answered")]
    public string? Problem { get; init; }
}
