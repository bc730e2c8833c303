namespace Homelab.Engine.Lab;

/// <summary>
/// Time that runs fast: it stands still while anything works and jumps to the next timer as soon as everything waits, so that ten minutes of a homelab pass in
/// seconds and what is measured is the product's waiting, not this machine's load. Wall clock and timestamps are one, as on a machine whose clock is right.
/// </summary>
/// <remarks>
/// "Everything waits" is: no thread of this process runs, nothing is queued for the pool, no program that was started runs, for a few looks in a row. One process therefore
/// runs one fast lab. Work that never rests is given real time, so that it cannot hold the clock for ever. The first looks are cheap, for there are hundreds a second: the
/// pool's counters and the processor time of this process. Only when those say that it rests are the threads themselves looked at, which also finds those that wait for a processor.
/// </remarks>
internal sealed class LabClock : TimeProvider, IDisposable
{
    /// <summary>Timers this close together fire in one jump.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(500);

    /// <summary>After this much real time of unbroken work the clock goes on at its ordinary pace.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const int LooksInARow = 3;

    /// <summary>What a look itself takes of the processor at most; more was work.</summary>
    private static readonly TimeSpan OwnWork = TimeSpan.FromMicroseconds(300);

    private readonly Lock _lock = new();
    private readonly SortedSet<LabTimer> _timers = new(Comparer<LabTimer>.Create((a, b) => a.Due != b.Due ? a.Due.CompareTo(b.Due) : a.Number.CompareTo(b.Number)));
    private readonly DateTimeOffset _start;
    private readonly Thread _pump;
    private volatile bool _stopping;
    private long _elapsed;
    private long _numbers;

    public LabClock(DateTimeOffset start)
    {
        _start = start;
        _pump = new Thread(Pump) { IsBackground = true, Name = "lab clock" };
        _pump.Start();
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _start + TimeSpan.FromTicks(Interlocked.Read(ref _elapsed));

    public override long GetTimestamp() => Interlocked.Read(ref _elapsed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new LabTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Dispose()
    {
        _stopping = true;
        _pump.Join();
    }

    private void Pump()
    {
        var (looks, completed, used) = (0, -1L, TimeSpan.Zero);
        var busySince = System.GetTimestamp();
        while (!_stopping)
        {
            // Not the pool's own delay: this thread must not be seen at work by itself.
#pragma warning disable RS0030 // There is no signal for "nothing happens".
            Thread.Sleep(1);
#pragma warning restore RS0030
            var now = ThreadPool.CompletedWorkItemCount;
            var processor = Environment.CpuUsage.TotalTime;
            var rests = ThreadPool.PendingWorkItemCount == 0 && now == completed && processor - used < OwnWork;
            (completed, used) = (now, processor);
            looks = rests ? looks + 1 : 0;
            if (looks >= LooksInARow)
            {
                if (Work.IsAnyDone())
                {
                    // Another look at once would most likely see the same.
                    looks = 1;
                }
                else
                {
                    Jump();
                    (looks, busySince) = (0, System.GetTimestamp());
                }

                used = Environment.CpuUsage.TotalTime;
            }
            else if (System.GetElapsedTime(busySince) > Patience)
            {
                Advance(Interlocked.Read(ref _elapsed) + TimeSpan.TicksPerMillisecond);
            }
        }
    }

    private void Jump()
    {
        long to;
        lock (_lock)
        {
            if (_timers.Min is not { } first)
                return;
            to = _timers.GetViewBetween(first, LabTimer.At(this, first.Due + Together.Ticks)).Max!.Due;
        }

        Advance(to);
    }

    private void Advance(long to)
    {
        List<LabTimer> due = [];
        lock (_lock)
        {
            while (_timers.Min is { } timer && timer.Due <= to)
            {
                _timers.Remove(timer);
                due.Add(timer);
                if (timer.Period > TimeSpan.Zero)
                {
                    timer.Due = Math.Max(timer.Due + timer.Period.Ticks, to + 1);
                    _timers.Add(timer);
                }
            }

            Interlocked.Exchange(ref _elapsed, Math.Max(_elapsed, to));
        }

        foreach (var timer in due)
            ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.Fire(), timer, preferLocal: false);
    }

    private sealed class LabTimer(LabClock clock, TimerCallback callback, object? state) : ITimer
    {
        public long Due { get; set; }

        public long Number { get; private set; }

        public TimeSpan Period { get; private set; }

        /// <summary>An upper end for a view of timers; it never fires.</summary>
        public static LabTimer At(LabClock clock, long due) => new(clock, static _ => { }, null) { Due = due, Number = long.MaxValue };

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                (Due, Period, Number) = (clock._elapsed + Math.Max(0, dueTime.Ticks), period, ++clock._numbers);
                clock._timers.Add(this);
            }

            return true;
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._lock)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>
    /// Whether a thread of this process runs, or a program that it started (ssh) does: Linux lists both. A thread that merely holds a place in the pool while it waits is no
    /// work; one that is ready and gets no processor is.
    /// </summary>
    private static class Work
    {
        private static readonly bool Listed = Directory.Exists("/proc/self/task");

        /// <summary>Called by the pump's thread only, which runs while it asks.</summary>
        public static bool IsAnyDone()
        {
            if (!Listed)
            {
                ThreadPool.GetMaxThreads(out var most, out _);
                ThreadPool.GetAvailableThreads(out var free, out _);
                return most > free;
            }

            var running = 0;
            foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
            {
                try
                {
                    // "123 (name) R ...": the name may hold anything, the state follows its last bracket.
                    var stat = File.ReadAllText($"{task}/stat");
                    if (stat[stat.LastIndexOf(')') + 2] is 'R' or 'D' && ++running > 1)
                        return true;
                    if (File.ReadAllText($"{task}/children").Length > 0)
                        return true;
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // It ended while it was looked at, or this kernel lists no children.
                }
            }

            return false;
        }
    }
}
