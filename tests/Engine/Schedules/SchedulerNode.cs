using System.Collections.Concurrent;
using System.Threading.Channels;
using Homelab.Engine.Operations;
using Homelab.Engine.Runs;
using Homelab.Engine.Schedules;
using Homelab.Engine.Triggers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Quartz;

namespace Homelab.Tests.Engine.Schedules;

/// <summary>The scheduler as the product composes it, on a real store, with an intake that records. Two nodes on one PostgreSQL are a cluster.</summary>
internal sealed class SchedulerNode : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly IHost _host;

    public SchedulerNode(string directory, string? connectionString, IIntake intake, params (string Name, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        var values = new Dictionary<string, string?> { ["Storage:ConnectionString"] = connectionString, ["Schedules:MisfireThreshold"] = "00:00:05" };
        foreach (var (name, value) in settings)
            values[name] = value;
        builder.Configuration.AddInMemoryCollection(values);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(intake).AddOperations().AddSchedules(builder.Configuration, new DataDirectory(directory));
        _host = builder.Build();
    }

    public ScheduleReconciler Reconciler => _host.Services.GetRequiredService<ScheduleReconciler>();

    public Jobs Jobs => _host.Services.GetRequiredService<Jobs>();

    public IServiceProvider Services => _host.Services;

    public async Task<IScheduler> SchedulerAsync() => await _host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();

    public async Task<SchedulerNode> StartAsync()
    {
        await _host.StartAsync();
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
    }
}

/// <summary>Accepts as scripted, and remembers what came.</summary>
internal sealed class RecordingIntake : IIntake
{
    private readonly Channel<StartRequest> _requests = Channel.CreateUnbounded<StartRequest>();
    private int _calls;

    public ConcurrentBag<string?> Keys { get; } = [];

    /// <summary>By the number of the call, from 1.</summary>
    public Func<int, IntakeAnswer> Answer { get; set; } = _ => new IntakeAnswer.Accepted(new RunId("run"));

    public Task<IntakeAnswer> StartAsync(StartRequest request, CancellationToken cancellationToken)
    {
        var call = Interlocked.Increment(ref _calls);
        Keys.Add(request.IdempotencyKey);
        _requests.Writer.TryWrite(request);
        return Task.FromResult(Answer(call));
    }

    public async Task<StartRequest> NextAsync() => await _requests.Reader.ReadAsync().AsTask().WaitAsync(SchedulerNode.Limit);

    public bool Idle => _requests.Reader.Count == 0;
}
