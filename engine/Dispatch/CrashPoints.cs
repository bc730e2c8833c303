namespace Homelab.Engine.Dispatch;

/// <summary>
/// Where tests let a node die. The numbers, what is stored at each and what happens on restart are listed in <see cref="Dispatcher"/>.
/// In production nothing is registered but <see cref="None"/>.
/// </summary>
internal abstract class CrashPoints
{
    public const int Last = 12;

    public static CrashPoints None { get; } = new NoCrash();

    public abstract void Reach(int point);

    /// <summary>
    /// <c>HOMELAB_CRASH_AT=N[:count]</c> kills this process, as <c>kill -9</c> does, when point N is reached for the count-th time.
    /// Only where the configuration says <c>Dispatch:CrashPoints=true</c> as well.
    /// </summary>
    public static CrashPoints FromEnvironment(bool enabled)
    {
        if (!enabled || Environment.GetEnvironmentVariable("HOMELAB_CRASH_AT") is not { Length: > 0 } setting)
            return None;
        var parts = setting.Split(':');
        return new KillProcess(
            int.Parse(parts[0], System.Globalization.CultureInfo.InvariantCulture),
            parts.Length > 1 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : 1);
    }

    private sealed class NoCrash : CrashPoints
    {
        public override void Reach(int point)
        {
        }
    }

    private sealed class KillProcess(int at, int count) : CrashPoints
    {
        private int _reached;

        public override void Reach(int point)
        {
            // SIGKILL: no handler, no flush, no finally.
            if (point == at && Interlocked.Increment(ref _reached) == count)
                System.Diagnostics.Process.GetCurrentProcess().Kill();
        }
    }
}
