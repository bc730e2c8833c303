using Homelab.Engine.Controls;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Approvals;

/// <summary>Tells people over every channel they chose. The console's notices are stored first; a channel that fails is logged and never stops the others.</summary>
internal sealed partial class People(IEnumerable<IApprovalChannel> channels, LiveSettings settings, Database database, TimeProvider time, ILogger<People> logger)
{
    // A channel that hangs must not keep the others, or a step that only waits to be announced.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly IApprovalChannel[] _channels = [.. channels];

    /// <summary>Stores a notice in the transaction of what it tells of.</summary>
    public static Task StoreAsync(DatabaseSession session, Notice notice, CancellationToken cancellationToken) => session.ExecuteAsync(
        "INSERT INTO notices (id, at, kind, severity, silent, text, decision_id, approval_id) VALUES (@Id, @At, @Kind, @Severity, @Silent, @Text, @DecisionId, @ApprovalId)",
        new
        {
            notice.Id,
            At = notice.At.ToUnixTimeMilliseconds(),
            notice.Kind,
            notice.Severity,
            Silent = notice.Silent ? 1 : 0,
            notice.Text,
            notice.DecisionId,
            notice.ApprovalId,
        },
        cancellationToken);

    /// <returns>Whether somebody could be told: at least one of the chosen channels took it. Where none is chosen, the console's stored notice is the way that was chosen.</returns>
    public Task<bool> TellAsync(Notice notice, CancellationToken cancellationToken) =>
        EachAsync(notice.Kind, notice.Severity, (channel, token) => channel.TellAsync(notice, token), cancellationToken);

    public Task AskAsync(ApprovalRow approval, AskKind kind, CancellationToken cancellationToken) =>
        EachAsync("ask", "critical", (channel, token) => channel.AskAsync(approval, kind, token), cancellationToken);

    public Task AnsweredAsync(ApprovalRow approval, CancellationToken cancellationToken) =>
        EachAsync("ask", "critical", (channel, token) => channel.AnsweredAsync(approval, token), cancellationToken);

    /// <summary>What could not be stored is at least said: the log always, the channels as far as they work.</summary>
    public async Task CryAsync(string text, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Log.Refused(logger, text);
        var notice = new Notice(Guid.CreateVersion7(now).ToString("N"), now, "refused", "warning", false, text);
        try
        {
            await database.WriteAsync(session => StoreAsync(session, notice, cancellationToken), cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Log.NotStored(logger, exception);
        }

        await TellAsync(notice, cancellationToken);
    }

    private async Task<bool> EachAsync(string kind, string severity, Func<IApprovalChannel, CancellationToken, Task> tell, CancellationToken cancellationToken)
    {
        var (chosen, reached) = (0, 0);
        var wanted = settings.Preferences?.Notifications;
        foreach (var channel in _channels)
        {
            // Who chose nothing for a channel gets everything on it; refusals and questions are never left out.
            if (kind is not ("ask" or "refused" or "controls") && wanted?.GetValueOrDefault(channel.Name) is { } events && !events.Contains(kind, StringComparer.OrdinalIgnoreCase))
                continue;
            using var limit = new CancellationTokenSource(Limit, time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                // Whoever cannot be asked counts as chosen: nobody is taken for told by mistake.
                chosen++;
                if (!await channel.IsChosenAsync(kind, severity, linked.Token))
                {
                    chosen--;
                    continue;
                }

                await tell(channel, linked.Token);
                reached++;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                Log.ChannelFailed(logger, exception, channel.Name);
            }
        }

        return chosen == 0 || reached > 0;
    }

    private static partial class Log
    {
        [LoggerMessage(4101, LogLevel.Warning, "Refused: {Text}")]
        public static partial void Refused(ILogger logger, string text);

        [LoggerMessage(4102, LogLevel.Error, "A notice could not be stored")]
        public static partial void NotStored(ILogger logger, Exception exception);

        [LoggerMessage(4103, LogLevel.Error, "The channel {Channel} could not tell people")]
        public static partial void ChannelFailed(ILogger logger, Exception exception, string channel);
    }
}
