using System.Collections.Concurrent;

namespace Homelab.Activities.Notify;

/// <summary>
/// Keeps each channel below the number of messages a minute that its connection allows. A few go out at once; what comes faster waits, and what waits
/// for the same channel goes out as one message. Nothing is lost by that: a step that waits is not done, and one that would wait too long fails with the
/// time after which the engine tries it again.
/// </summary>
internal sealed class MessagePacer(TimeProvider time)
{
    /// <summary>Longer than this a step does not wait in memory.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    private const string Between = "\n\n";

    private readonly ConcurrentDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);

    /// <param name="message">Channel, limit, text and whether it may be joined with others.</param>
    /// <param name="send">Sends a text, the given one or several joined, and answers the message's id.</param>
    public Task<string?> SendAsync(PacedMessage message, ActivityContext context, Func<string, CancellationToken, Task<string?>> send, CancellationToken cancellationToken)
    {
        // It stops at the client's door, and must not use up what real messages may.
        if (context.DryRun)
            return send(message.Text, cancellationToken);
        var lane = _lanes.GetOrAdd(message.Channel, _ => new Lane());
        Waiting mine;
        lock (lane)
        {
            if (lane.Pending is { } pending && message.Joins && pending.Length + Between.Length + message.Text.Length <= message.Longest)
            {
                pending.Add(mine = new Waiting(message.Text));
            }
            else
            {
                var wait = lane.Take(time.GetUtcNow(), message.PerMinute, LongestWait)
                    ?? throw new ActivityException(
                        $"{message.Channel} would get more than {message.PerMinute} messages a minute; this one waits.", retryable: true, retryAfter: LongestWait);
                if (wait == TimeSpan.Zero)
                    return send(message.Text, cancellationToken);
                var batch = new Batch(mine = new Waiting(message.Text));
                if (message.Joins)
                    lane.Pending = batch;
                _ = SendLaterAsync(lane, batch, wait, send);
            }
        }

        return mine.ResultAsync(lane, cancellationToken);
    }

    private async Task SendLaterAsync(Lane lane, Batch batch, TimeSpan wait, Func<string, CancellationToken, Task<string?>> send)
    {
        List<Waiting> all = [];
        try
        {
            await Task.Delay(wait, time);
            lock (lane)
            {
                if (lane.Pending == batch)
                    lane.Pending = null;
                all = [.. batch.Waiting.Where(waiting => !waiting.Withdrawn)];
                all.ForEach(waiting => waiting.Begun = true);
            }

            // The client has a deadline of its own; one step that gives up must not take the others' messages with it.
            var id = all.Count == 0 ? null : await send(string.Join(Between, all.Select(waiting => waiting.Text)), CancellationToken.None);
            all.ForEach(waiting => waiting.Done.TrySetResult(id));
        }
        catch (Exception exception)
        {
            all.ForEach(waiting => waiting.Done.TrySetException(exception));
        }
    }

    /// <summary>Guarded by its own lock.</summary>
    private sealed class Lane
    {
        private DateTimeOffset _paidUntil;

        public Batch? Pending { get; set; }

        /// <summary>How long to wait for the next free place, which is taken by it; null when that is longer than <paramref name="longest"/>.</summary>
        public TimeSpan? Take(DateTimeOffset now, int perMinute, TimeSpan longest)
        {
            var each = TimeSpan.FromMinutes(1) / perMinute;
            var paid = _paidUntil > now ? _paidUntil : now;
            // A quarter of a minute's messages may go at once after a silence.
            var wait = paid - now - (each * Math.Max(0, (perMinute / 4) - 1));
            if (wait > longest)
                return null;
            _paidUntil = paid + each;
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }

    private sealed class Batch(Waiting first)
    {
        public List<Waiting> Waiting { get; } = [first];

        public int Length { get; private set; } = first.Text.Length;

        public void Add(Waiting waiting)
        {
            Waiting.Add(waiting);
            Length += Between.Length + waiting.Text.Length;
        }
    }

    private sealed class Waiting(string text)
    {
        public string Text => text;

        public TaskCompletionSource<string?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Withdrawn { get; private set; }

        public bool Begun { get; set; }

        public async Task<string?> ResultAsync(Lane lane, CancellationToken cancellationToken)
        {
            try
            {
                return await Done.Task.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                lock (lane)
                    Withdrawn = !Begun;
                throw;
            }
        }
    }
}

/// <param name="Channel">What people see one stream of messages in, and what the limit is of.</param>
/// <param name="Longest">A joined message is at most so long.</param>
/// <param name="Joins">It is text, which can stand below another.</param>
internal sealed record PacedMessage(string Channel, int PerMinute, string Text, int Longest, bool Joins = true);
