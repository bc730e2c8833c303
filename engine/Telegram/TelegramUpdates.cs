using System.Collections.Concurrent;
using Homelab.Engine.Approvals;
using Homelab.Engine.SignIn;

namespace Homelab.Engine.Telegram;

/// <summary>Handles stored updates: presses and a stop at once, other messages of a chat one after the other. Handling one again after a crash changes nothing twice.</summary>
internal sealed partial class TelegramUpdates(
    TelegramInbox inbox, TelegramPeople people, TelegramPresses presses, TelegramCommands commands, PlainRequests plain, TelegramCards cards, ApprovalDesk desk, AnswerText answers, ILogger<TelegramUpdates> logger) : IDisposable
{
    private readonly SemaphoreSlim _came = new(0, 1);
    private readonly ConcurrentDictionary<string, byte> _inHand = new();

    public void Wake()
    {
        try
        {
            _came.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    public Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken) => _came.WaitAsync(longest, cancellationToken);

    /// <summary>Begins everything that waits; a slow answer to one person keeps no other person waiting, and no press.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var waiting = (await inbox.WaitingAsync(cancellationToken)).Select(update => (Row: update, Read: TelegramUpdate.Read(update.Body)));
        foreach (var lane in waiting.GroupBy(Lane))
        {
            // A chat whose earlier messages are still in hand is looked at again when they are done: order counts.
            if (_inHand.TryAdd(lane.Key, 0))
                _ = HandleLaneAsync(lane.Key, [.. lane], cancellationToken);
        }
    }

    public void Dispose() => _came.Dispose();

    /// <summary>What waits for each other. A stop waits for nothing: not for a model that thinks about the question before it.</summary>
    private static string Lane((WaitingUpdate Row, TelegramUpdate? Read) update) =>
        update.Read?.CallbackQuery is { } press ? $"press {press.Id}"
        : update.Read?.Message is { Text: { } text } && (text.TrimStart('/').Split([' ', '\n', '@'], 2)[0] == "stop" || PlainWords.Read(text) is { Command: "stop", OnThing: false }) ? $"stop {update.Row.UpdateId}"
        : $"chat {update.Read?.Message?.Chat.Id}";

    private async Task HandleLaneAsync(string lane, IReadOnlyList<(WaitingUpdate Row, TelegramUpdate? Read)> updates, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (row, read) in updates)
            {
                try
                {
                    if (read is not null)
                        await HandleAsync(read, cancellationToken);
                    await inbox.DoneAsync(row.UpdateId, cancellationToken);
                }
#pragma warning disable CA1031 // It is tried again, and the others go on.
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    Log.Failed(logger, exception, row.UpdateId);
                    await TryLaterAsync(row, cancellationToken);
                }
            }
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested)
        {
            // The server stops; what is not done is stored and done after the next start.
            Log.Stopped(logger, exception.Message);
        }
        finally
        {
            _inHand.TryRemove(lane, out _);
        }

        Wake();
    }

    private async Task TryLaterAsync(WaitingUpdate row, CancellationToken cancellationToken)
    {
        try
        {
            if (!await inbox.LaterAsync(row, cancellationToken))
                Log.GivenUp(logger, row.UpdateId);
        }
#pragma warning disable CA1031 // The store is away: the row is still there when it is back.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.Failed(logger, exception, row.UpdateId);
        }
    }

    private async Task HandleAsync(TelegramUpdate update, CancellationToken cancellationToken)
    {
        if (update.CallbackQuery is { Message: { } shown } press)
        {
            if (await people.FindAsync(press.From.Id, shown.Chat.Id, cancellationToken) is { } user)
                await presses.HandleAsync(press, user, shown.Chat.Id, update.UpdateId, cancellationToken);
            else
                Log.Stranger(logger, press.From.Id, shown.Chat.Id);
            return;
        }

        if (update.Message is not { From: { IsBot: false } from, Text: { Length: > 0 } text } message)
            return;
        if (await people.FindAsync(from.Id, message.Chat.Id, cancellationToken) is not { } writer)
        {
            Log.Stranger(logger, from.Id, message.Chat.Id);
            return;
        }

        if (message.ReplyToMessage is { } asked && await cards.FindAsync(message.Chat.Id, asked.MessageId, cancellationToken) is { } card
            && card.Subject.Split(':') is ["change", var approval, ..])
        {
            await ChangeAsync(approval, text, writer, message.Chat.Id, update.UpdateId, cancellationToken);
            return;
        }

        // In a group people also speak with each other.
        if (!text.StartsWith('/') && message.Chat.Id != from.Id)
            return;
        var request = new TelegramRequest(writer, message.Chat.Id, "", $"telegram/update/{update.UpdateId}");
        var reply = text.StartsWith('/') ? await commands.RunAsync(text.TrimStart('/'), request, cancellationToken) : await plain.RunAsync(text, request, cancellationToken);
        await cards.PutAsync($"reply:{update.UpdateId}", message.Chat.Id, reply.Content, cancellationToken, follow: reply.Follow);
    }

    private async Task ChangeAsync(string approvalId, string text, User writer, long chat, long update, CancellationToken cancellationToken)
    {
        var said = writer.Role < Role.Operator
            ? "Your role may look, not answer."
            : await desk.FindAsync(approvalId, cancellationToken) is not { } approval
                ? "There is no such question any more."
                : answers.Read(text, approval) switch
                {
                    (null, { } problem) => problem,
                    ({ } changes, _) => TelegramPresses.Of(await desk.AnswerAsync(approvalId, changes with { By = writer.Name }, cancellationToken), writer, approve: true).Text,
                    _ => "There is nothing in it.",
                };
        await cards.PutAsync($"reply:{update}", chat, CardContent.Of(Html.Text(said)), cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(4831, LogLevel.Error, "Update {Update} of Telegram could not be handled; tried again")]
        public static partial void Failed(ILogger logger, Exception exception, long update);

        [LoggerMessage(4832, LogLevel.Error, "Update {Update} of Telegram is given up")]
        public static partial void GivenUp(ILogger logger, long update);

        [LoggerMessage(4834, LogLevel.Debug, "Stopped while handling what Telegram sent: {Problem}")]
        public static partial void Stopped(ILogger logger, string problem);

        [LoggerMessage(4833, LogLevel.Information, "Telegram: {Person} in chat {Chat} is nobody we speak with")]
        public static partial void Stranger(ILogger logger, long person, long chat);
    }
}
