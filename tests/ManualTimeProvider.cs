namespace Homelab.Tests;

/// <summary>A clock that stands still until <see cref="Advance"/>, which fires every timer that becomes due, in the order of their deadlines, each at its own time.</summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;
    private long _elapsed;

    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 5, 12, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that will fire.</summary>
    public int Waiting
    {
        get
        {
            lock (_lock)
                return _timers.Count;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp()
    {
        lock (_lock)
            return _elapsed;
    }

    public void Advance(TimeSpan by)
    {
        long target;
        lock (_lock)
            target = _elapsed + by.Ticks;
        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(timer => timer.Due <= target).MinBy(timer => (timer.Due, timer.Order));
                var until = due?.Due ?? target;
                _now += TimeSpan.FromTicks(Math.Max(0, until - _elapsed));
                _elapsed = Math.Max(_elapsed, until);
                due?.Reschedule();
            }

            if (due is null)
                return;
            due.Fire();
        }
    }

    /// <summary>The wall clock jumps (a correction, a suspended machine); timers and timestamps do not notice.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_lock)
            _now += by;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long Due { get; private set; }

        public long Order { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                (Due, _period, Order) = (owner._elapsed + dueTime.Ticks, period, owner._elapsed);
                owner._timers.Add(this);
            }

            return true;
        }

        public void Reschedule()
        {
            if (_period > TimeSpan.Zero)
                Due += _period.Ticks;
            else
                owner._timers.Remove(this);
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (owner._lock)
                owner._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
