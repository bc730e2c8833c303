namespace Homelab.Engine.Gate;

/// <summary>
/// Compares the wall clock with the one that only counts up. Where they part by more than the tolerance, times in authorizations,
/// cooldowns and windows mean something else than when they were written, so nothing runs until a person has looked.
/// </summary>
internal sealed class ClockGuard(TimeProvider time)
{
    internal static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private DateTimeOffset _wall = time.GetUtcNow();
    private long _ticks = time.GetTimestamp();
    private TimeSpan? _jump;

    /// <summary>How far the wall clock jumped; null while it goes as it should. Stays until <see cref="Accept"/>.</summary>
    public TimeSpan? Jump()
    {
        lock (_lock)
        {
            var (now, elapsed) = (time.GetUtcNow(), time.GetElapsedTime(_ticks));
            var drift = now - _wall - elapsed;
            if (drift.Duration() > Tolerance)
                _jump ??= drift;

            // Small steps of time synchronisation add up over months and are no jump: measured from the last look.
            (_wall, _ticks) = (now, time.GetTimestamp());
            return _jump;
        }
    }

    /// <summary>A stored time that lies ahead: the clock went back while nobody ran.</summary>
    public void Remember(DateTimeOffset lastSeen)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (lastSeen - now > Tolerance)
                _jump ??= now - lastSeen;
        }
    }

    /// <summary>A person says that the clock is right now.</summary>
    public void Accept()
    {
        lock (_lock)
            (_jump, _wall, _ticks) = (null, time.GetUtcNow(), time.GetTimestamp());
    }
}
