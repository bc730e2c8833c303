namespace Homelab.Engine.Dispatch;

/// <summary>Bound from <c>Dispatch</c>.</summary>
internal sealed record DispatchOptions
{
    /// <summary>Heed <c>HOMELAB_CRASH_AT</c>; for tests of crashes only.</summary>
    public bool CrashPoints { get; init; }

    /// <summary>Runs that are decided and committed at the same time.</summary>
    public int MaxConcurrentRuns { get; init; } = 256;

    /// <summary>Steps that are performed at the same time.</summary>
    public int MaxConcurrentSteps { get; init; } = 128;

    /// <summary>Accepted and not yet processed on this node; what comes beyond it is refused, not lost.</summary>
    public int MaxInbox { get; init; } = 10_000;

    /// <summary>How often the inbox is looked at when nothing wakes the node earlier.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A node that did not beat for this long, by the watch of the node that looks, is dead.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>A run whose steps only read is stored when its inbox row is done with or after this long, so that it can be seen while it works.</summary>
    public TimeSpan FlushAfter { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Attempts to process one inbox row before it is a dead letter.</summary>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>Before the second attempt; doubles with each.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stop waits for steps that are being performed before they are handed over.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a stimulus that nothing waits for is kept.</summary>
    public TimeSpan StimulusLifetime { get; init; } = TimeSpan.FromMinutes(10);
}
