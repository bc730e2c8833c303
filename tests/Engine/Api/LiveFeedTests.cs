using FluentAssertions;
using Homelab.Engine.Api;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Homelab.Tests.Engine.Api;

public sealed class LiveFeedTests
{
    [Fact]
    public async Task RunOnceAsync_VersionChanged_TellsEveryWatcherItsKind()
    {
        var version = 1;
        using var feed = Feed(new LiveProbe("run", _ => Task.FromResult($"{version}")), new LiveProbe("job", _ => Task.FromResult("same")));
        using var ends = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var one = feed.WatchAsync(ends.Token).GetAsyncEnumerator(ends.Token);
        await using var two = feed.WatchAsync(ends.Token).GetAsyncEnumerator(ends.Token);
        var (first, second) = (one.MoveNextAsync().AsTask(), two.MoveNextAsync().AsTask());
        feed.Watchers.Should().Be(2);
        await feed.RunOnceAsync(default);
        first.IsCompleted.Should().BeFalse("nothing changed since the first look");
        version = 2;
        await feed.RunOnceAsync(default);
        (await first).Should().BeTrue();
        (await second).Should().BeTrue();
        one.Current.Should().Be(new LiveChange("run"));
        two.Current.Should().Be(new LiveChange("run"));
    }

    [Fact]
    public async Task RunOnceAsync_OneProbeFails_OthersAreStillFollowed()
    {
        var version = 1;
        using var feed = Feed(new LiveProbe("run", _ => throw new InvalidOperationException("no store")), new LiveProbe("job", _ => Task.FromResult($"{version}")));
        using var ends = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await using var watcher = feed.WatchAsync(ends.Token).GetAsyncEnumerator(ends.Token);
        var next = watcher.MoveNextAsync();
        await feed.RunOnceAsync(default);
        version = 2;
        await feed.RunOnceAsync(default);
        (await next).Should().BeTrue();
        watcher.Current.Should().Be(new LiveChange("job"));
    }

    [Fact]
    public async Task WatchAsync_Cancelled_LeavesNobodyBehind()
    {
        using var feed = Feed();
        using var ends = new CancellationTokenSource();
        await using (var watcher = feed.WatchAsync(ends.Token).GetAsyncEnumerator(ends.Token))
        {
            var next = watcher.MoveNextAsync();
            feed.Watchers.Should().Be(1);
            await ends.CancelAsync();
            await FluentActions.Awaiting(async () => await next).Should().ThrowAsync<OperationCanceledException>();
        }

        feed.Watchers.Should().Be(0);
    }

    private static LiveFeed Feed(params LiveProbe[] probes) => new(probes, new ManualTimeProvider(), NullLogger<LiveFeed>.Instance);
}
