using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Activities.Telegram;
using Homelab.Engine.Approvals;
using Homelab.Engine.Notifications;
using Homelab.Engine.SignIn;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Telegram;

/// <summary>What happens when somebody presses a button.</summary>
internal sealed partial class TelegramPresses(
    TelegramBotApi api, TelegramButtons buttons, TelegramCards cards, ApprovalDesk desk, ApprovalCard questions, RunFeedback feedback, TelegramCommands commands,
    IOptions<TelegramSettings> settings, ILogger<TelegramPresses> logger)
{
    public const string Approve = "approve";
    public const string ApproveAll = "approve-all";
    public const string Deny = "deny";
    public const string More = "more";
    public const string Less = "less";
    public const string Change = "change";
    public const string Worked = "worked";
    public const string Command = "command";

    public async Task HandleAsync(TelegramPress press, User user, long chat, long update, CancellationToken cancellationToken)
    {
        if (await buttons.FindAsync(chat, press.Data, cancellationToken) is not { } button)
        {
            Log.Forged(logger, chat);
            await SayAsync(press, "This button is not mine.", cancellationToken);
            return;
        }

        if (button.UsedAt is not null && await IsOverAsync(button, user, cancellationToken) is { } over)
        {
            await SayAsync(press, over, cancellationToken);
            await AdoptAsync(press, button, chat, cancellationToken);
            return;
        }

        // First what was meant, stored; then that the button is used; the thanks last, for they may get lost.
        var said = await DoAsync(button, user, chat, update, cancellationToken);
        if (said.Used)
            await buttons.UseAsync(button.Id, user.Name, cancellationToken);
        await SayAsync(press, said.Text, cancellationToken, said.Alert);
        await AdoptAsync(press, button, chat, cancellationToken);
    }

    private async Task<Said> DoAsync(ButtonRow button, User user, long chat, long update, CancellationToken cancellationToken)
    {
        switch (button.Action)
        {
            case Approve or Deny:
                return user.Role < Role.Operator ? Said.No("Your role may look, not answer.") : Of(await desk.AnswerAsync(button.Argument, new ApprovalAnswer(button.Action == Approve, user.Name, "by Telegram"), cancellationToken), user, button.Action == Approve);
            case ApproveAll:
                return await ApproveAllAsync(button, user, cancellationToken);
            case More or Less:
                return await TurnAsync(button, chat, cancellationToken);
            case Change:
                return await AskChangesAsync(button, user, chat, update, cancellationToken);
            case Worked:
                return await WorkedAsync(button, user, chat, cancellationToken);
            case Command:
                return await CommandAsync(button, user, chat, cancellationToken);
            default:
                return Said.No("This button does nothing any more.");
        }
    }

    /// <summary>What an answer led to, in the words of a short notice.</summary>
    public static Said Of(AnswerResult result, User user, bool approve) => result switch
    {
        AnswerResult.Accepted accepted => new Said(accepted.Approval.State switch { "denied" => "Denied.", "changed" => "Approved with changes.", _ => accepted.Approval.ResumeAt is null ? "Approved." : "Approved for later." }, true),
        // A press that is delivered twice is one answer.
        AnswerResult.TooLate { Approval: { } there } when there.AnsweredBy == user.Name && there.State == (approve ? "approved" : "denied") => new Said(approve ? "Approved." : "Denied.", true),
        AnswerResult.TooLate late => new Said(TooLate(late.Approval), true, true),
        AnswerResult.NotAllowed no => Said.No(no.Reason),
        AnswerResult.Invalid invalid => Said.No(invalid.Problem),
        _ => new Said("There is no such question any more.", true, true),
    };

    private static string TooLate(ApprovalRow approval) => approval.State switch
    {
        "timedOut" => "Too late: nobody answered in time, which is a no.",
        "withdrawn" => "Too late: it is not asked any more.",
        "denied" => $"Too late: {approval.AnsweredBy} denied it.",
        _ => $"Too late: {approval.AnsweredBy} approved it.",
    };

    /// <summary>Why a used button does nothing; null where it may still be meant (a delivery that was handled half).</summary>
    private async Task<string?> IsOverAsync(ButtonRow button, User user, CancellationToken cancellationToken) => button.Action switch
    {
        Approve or Deny or ApproveAll when await desk.FindAsync(button.Argument, cancellationToken) is { State: not "pending" } answered =>
            answered.AnsweredBy == user.Name ? $"It is {answered.State} already." : TooLate(answered),
        Worked => "You have said so already.",
        Command => "This button was used already.",
        _ => null,
    };

    private async Task<Said> ApproveAllAsync(ButtonRow button, User user, CancellationToken cancellationToken)
    {
        if (user.Role < Role.Operator)
            return Said.No("Your role may look, not answer.");
        if (await desk.FindAsync(button.Argument, cancellationToken) is not { } approval)
            return new Said("There is no such question any more.", true);
        var results = await desk.AnswerGroupAsync(approval.GroupKey, new ApprovalAnswer(true, user.Name, "by Telegram, all of the cause"), cancellationToken);
        var answered = results.Count(result => result is AnswerResult.Accepted);
        return answered == results.Count ? new Said($"Approved {answered}.", true) : Said.No($"Approved {answered} of {results.Count}; the others were not yours to approve, or answered.");
    }

    private async Task<Said> TurnAsync(ButtonRow button, long chat, CancellationToken cancellationToken)
    {
        var more = button.Action == More;
        if (await questions.MakeAsync(button.Argument, more, cancellationToken) is { } made)
            await cards.PutAsync(TelegramChannel.Subject(button.Argument), chat, made.Content, cancellationToken, follow: made.Final ? null : TelegramChannel.Follow(button.Argument, more));
        return new Said("", false);
    }

    private async Task<Said> AskChangesAsync(ButtonRow button, User user, long chat, long update, CancellationToken cancellationToken)
    {
        if (user.Role < Role.Operator)
            return Said.No("Your role may look, not answer.");
        if (await desk.FindAsync(button.Argument, cancellationToken) is not { State: "pending" } approval)
            return new Said("It is answered already.", false, true);
        await cards.PutAsync(
            $"change:{approval.Id}:{update}", chat,
            new CardContent
            {
                Lines =
                [
                    $"Approve {Html.Bold($"{approval.Action} on {approval.TargetName}")} with what differs, as an answer to this message. One line each:",
                    $"{Html.Code("at 02:00")} or {Html.Code("in 2h")}: yes, but then",
                    .. questions.Inputs(approval).Select(Html.Code),
                    "What is changed is decided anew; where it is riskier, you are asked again.",
                ],
                AsksFor = "at 02:00",
            },
            cancellationToken, approval.GroupKey);
        return new Said("Answer the message.", false);
    }

    private async Task<Said> WorkedAsync(ButtonRow button, User user, long chat, CancellationToken cancellationToken)
    {
        if (user.Role < Role.Operator)
            return Said.No("Your role may look, not answer.");
        var (helped, run) = (button.Argument.StartsWith("yes ", StringComparison.Ordinal), button.Argument.Split(' ')[1]);
        var first = await feedback.AnswerAsync(run, user.Name, helped, cancellationToken);
        if (await cards.FindAsync(button.Subject, chat, cancellationToken) is { } card && CardContent.Read(card.Content) is var content)
            await cards.PutAsync(
                button.Subject, chat,
                content with { Buttons = [], Lines = first ? [.. content.Lines, $"{(helped ? "👍" : "👎")} {Html.Text(user.Name)}: {(helped ? "it worked" : "it did not work")}"] : content.Lines }, cancellationToken);
        return new Said(first ? "Thank you, that counts." : "You have said so already.", true);
    }

    private async Task<Said> CommandAsync(ButtonRow button, User user, long chat, CancellationToken cancellationToken)
    {
        var reply = await commands.RunAsync(button.Argument, new TelegramRequest(user, chat, "", $"telegram/button/{button.Id}"), cancellationToken);
        // Looking again is shown where one looked; what acts gets a message of its own.
        await cards.PutAsync(reply.Acts ? $"reply:{button.Id}" : button.Subject, chat, reply.Content, cancellationToken, follow: reply.Follow);
        return new Said("", reply.Acts);
    }

    /// <summary>The message that was pressed is the one that goes on.</summary>
    private Task AdoptAsync(TelegramPress press, ButtonRow button, long chat, CancellationToken cancellationToken) =>
        press.Message is { } message ? cards.AdoptAsync(button.Subject, chat, message.MessageId, cancellationToken) : Task.CompletedTask;

    private Task SayAsync(TelegramPress press, string text, CancellationToken cancellationToken, bool alert = false)
    {
        var body = new JsonObject { ["callback_query_id"] = press.Id };
        if (text.Length > 0)
            body["text"] = text.Length <= 200 ? text : text[..197] + "...";
        if (alert)
            body["show_alert"] = true;
        return TryAsync("answerCallbackQuery", body, cancellationToken);
    }

    /// <summary>Nice to have: what counts is stored, and the message is made right by its card.</summary>
    private async Task TryAsync(string method, JsonObject body, CancellationToken cancellationToken)
    {
        try
        {
            await api.CallAsync(settings.Value.Connection, method, body, cancellationToken);
        }
        catch (ActivityException exception)
        {
            Log.NotSaid(logger, method, exception.Message);
        }
    }

    /// <param name="Used">The button has done what it is for.</param>
    /// <param name="Alert">Shown so that it must be closed.</param>
    internal sealed record Said(string Text, bool Used, bool Alert = false)
    {
        public static Said No(string reason) => new(reason, false, true);
    }

    private static partial class Log
    {
        [LoggerMessage(4811, LogLevel.Warning, "A button was pressed in chat {Chat} that was not made here")]
        public static partial void Forged(ILogger logger, long chat);

        [LoggerMessage(4812, LogLevel.Information, "Telegram did not take {Method}: {Problem}")]
        public static partial void NotSaid(ILogger logger, string method, string problem);
    }
}
