using System.Text.Json;
using Homelab.Engine.Dispatch;

namespace Homelab.Engine.Api;

/// <summary>Hands what long steps say to the browsers that watch, at most a few times a second for each step.</summary>
internal sealed class LiveProgress(StepProgressBoard board, LiveFeed feed, TimeProvider time) : IHostedService
{
    public const string Kind = "step-progress";

    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(200);

    private readonly System.Collections.Concurrent.ConcurrentDictionary<string, DateTimeOffset> _told = new();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        board.Reported += Tell;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        board.Reported -= Tell;
        return Task.CompletedTask;
    }

    private void Tell(StepProgress progress)
    {
        if (feed.Watchers == 0)
        {
            _told.Clear();
            return;
        }

        var (step, now) = ($"{progress.RunId}/{progress.StepId}", time.GetUtcNow());
        if (_told.TryGetValue(step, out var last) && now - last < Gap && progress.Percent is not 100)
            return;
        _told[step] = now;
        feed.Tell(new LiveChange(Kind, JsonSerializer.Serialize(progress, JsonSerializerOptions.Web)));
    }
}
