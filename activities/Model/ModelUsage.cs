using System.Collections.Concurrent;

namespace Homelab.Activities.Model;

/// <summary>What each model used in the last 24 hours, and the answers of late. In memory of this node: a restart forgets both, and the vendor's own limit stands behind.</summary>
public sealed class ModelUsage
{
    private const int MostAnswers = 500;
    private static readonly TimeSpan Day = TimeSpan.FromHours(24);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<(DateTimeOffset At, long Tokens, double Cost)>> _used = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, (DateTimeOffset Until, ModelReply Reply)> _answers = new();

    /// <summary>Why nothing more may be asked now; null when it may.</summary>
    internal string? Exhausted(ModelOptions options, DateTimeOffset now)
    {
        lock (_lock)
        {
            var used = Of(options.Name, now);
            var (tokens, cost) = (used.Sum(one => one.Tokens), used.Sum(one => one.Cost));
            return options switch
            {
                { TokensPerDay: { } limit } when tokens >= limit => $"its budget of {limit} tokens in 24 hours is used up ({tokens})",
                { CostPerDay: { } limit } when cost >= limit => $"its budget of {limit:0.##} in 24 hours is used up ({cost:0.####})",
                _ => null,
            };
        }
    }

    /// <summary>Of each connection that was used.</summary>
    public IReadOnlyList<(string Connection, long Tokens, double Cost)> LastDay(DateTimeOffset now)
    {
        lock (_lock)
            return [.. _used.Keys.ToArray().Select(name => (name, Of(name, now).Sum(one => one.Tokens), Of(name, now).Sum(one => one.Cost)))];
    }

    internal double Add(ModelOptions options, ModelReply reply, DateTimeOffset now)
    {
        var cost = ((reply.InputTokens * options.InputPrice) + (reply.OutputTokens * options.OutputPrice)) / 1_000_000;
        lock (_lock)
            Of(options.Name, now).Enqueue((now, reply.InputTokens + reply.OutputTokens, cost));
        return cost;
    }

    internal ModelReply? Known(string question, DateTimeOffset now) => _answers.TryGetValue(question, out var known) && known.Until > now ? known.Reply : null;

    internal void Keep(string question, ModelReply reply, DateTimeOffset until, DateTimeOffset now)
    {
        if (until <= now)
            return;
        if (_answers.Count >= MostAnswers)
        {
            foreach (var old in _answers.OrderBy(pair => pair.Value.Until).Take(MostAnswers / 4))
                _answers.TryRemove(old.Key, out _);
        }

        _answers[question] = (until, reply);
    }

    private Queue<(DateTimeOffset At, long Tokens, double Cost)> Of(string connection, DateTimeOffset now)
    {
        if (!_used.TryGetValue(connection, out var used))
            _used[connection] = used = new();
        while (used.TryPeek(out var oldest) && now - oldest.At > Day)
            used.Dequeue();
        return used;
    }
}
