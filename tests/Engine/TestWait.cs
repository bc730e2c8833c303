using FluentAssertions;

namespace Homelab.Tests.Engine;

/// <summary>Waiting for what comes by itself, with a limit that a slow machine keeps.</summary>
internal static class TestWait
{
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var time = TimeProvider.System;
        var begun = time.GetTimestamp();
        while (!await holds())
        {
            time.GetElapsedTime(begun).Should().BeLessThan(TimeSpan.FromSeconds(90), "it should have come by now");
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, CancellationToken.None);
        }
    }
}
