using Homelab.Engine.Runs;

namespace Homelab.Engine.Dispatch;

/// <summary>Ids of inbox rows: they sort in the order in which a node made them, also within a millisecond and when the clock goes back.</summary>
internal sealed class InboxIds(TimeProvider time)
{
    private readonly string _node = RunId.New(time.GetUtcNow()).Value[20..];
    private long _last;

    public string Next()
    {
        var floor = time.GetUtcNow().ToUnixTimeMilliseconds() << 16;
        long next, last;
        do
        {
            last = Interlocked.Read(ref _last);
            next = Math.Max(floor, last + 1);
        }
        while (Interlocked.CompareExchange(ref _last, next, last) != last);
        return $"{next:x16}{_node}";
    }
}
