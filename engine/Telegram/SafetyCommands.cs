using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Remediation;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Telegram;

/// <summary>Answers, pause, stop, undo: the same desks as the console and the API use.</summary>
internal sealed class SafetyCommands(ApprovalDesk desk, AnswerText answers, ControlStore controls, UndoDesk undo, Database database)
{
    public async Task<TelegramReply> ApproveAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var (approval, rest, problem) = await FindAsync(request.Arguments, cancellationToken);
        if (approval is null)
            return problem!;
        var answer = new ApprovalAnswer(true, request.User.Name, "by Telegram");
        if (rest.Length > 0)
        {
            var (changed, wrong) = answers.Read(rest, approval);
            if (changed is null)
                return TelegramReply.Of(Html.Text(wrong));
            answer = changed with { By = request.User.Name };
        }

        return Said(TelegramPresses.Of(await desk.AnswerAsync(approval.Id, answer, cancellationToken), request.User, approve: true), approval);
    }

    public async Task<TelegramReply> DenyAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        var (approval, rest, problem) = await FindAsync(request.Arguments, cancellationToken);
        return approval is null
            ? problem!
            : Said(TelegramPresses.Of(await desk.AnswerAsync(approval.Id, new ApprovalAnswer(false, request.User.Name, rest.Length > 0 ? rest : "by Telegram"), cancellationToken), request.User, approve: false), approval);
    }

    public async Task<TelegramReply> PauseAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        await controls.PauseAsync(request.User.Name, Reason(request), cancellationToken);
        return Done("⏸ Paused: it observes and does not act. /resume ends it.");
    }

    public async Task<TelegramReply> StopAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        await controls.StopAsync(request.User.Name, Reason(request), cancellationToken);
        return Done("🛑 Stopped: what ran is halted, nothing begins. /resume ends it.");
    }

    public async Task<TelegramReply> ResumeAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        await controls.ResumeAsync(request.User.Name, Reason(request), cancellationToken);
        var open = (await controls.ReadAsync(cancellationToken)).Breaker;
        return Done("▶️ It acts again.", open is null ? "" : $"The breaker is open since {Html.Text(open.Reason)}; it is reset in the console, by somebody who has seen why.");
    }

    public async Task<TelegramReply> EnableAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        if ((await controls.ReadAsync(cancellationToken)).Stop is { } stop)
            return TelegramReply.Of($"🛑 {Html.Text(stop.ChangedBy)} stopped everything; only /resume ends that.");
        await controls.ResumeAsync(request.User.Name, "autohealing enabled by Telegram", cancellationToken);
        return Done("▶️ It heals by itself again, as far as its level allows.");
    }

    public async Task<TelegramReply> DisableAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        await controls.PauseAsync(request.User.Name, "autohealing disabled by Telegram", cancellationToken);
        return Done("⏸ It watches and tells, and does nothing by itself. /enable_autohealing ends it.");
    }

    public async Task<TelegramReply> UndoAsync(TelegramRequest request, CancellationToken cancellationToken)
    {
        UndoResult result;
        if (request.Arguments.Length == 0)
            result = await undo.UndoLastAsync(request.User.Name, isPerson: true, dryRun: false, cancellationToken);
        else if (await ChangeAsync(request.Arguments.Trim(), cancellationToken) is { } id)
            result = await undo.UndoAsync(id, request.User.Name, isPerson: true, dryRun: false, cancellationToken);
        else
            return TelegramReply.Of($"There is no one change {Html.Code(request.Arguments)}; the console's page Changes lists them.");
        return result switch
        {
            UndoResult.Started started => new TelegramReply(CardContent.Of($"↩️ {Html.Bold("Taking back")} {Html.Code(TelegramRefs.Of(started.ChangeId))}"), $"plan:{started.Run.Value}", true),
            UndoResult.Refused refused => TelegramReply.Of($"⛔ {Html.Text(refused.Reason)}"),
            UndoResult.Nothing => TelegramReply.Of("No change stands that could be taken back."),
            _ => TelegramReply.Of("There is no such change."),
        };
    }

    private static TelegramReply Said(TelegramPresses.Said said, ApprovalRow approval) => Done($"{Html.Text(said.Text)} {Html.Text($"{approval.Action} on {approval.TargetName}")}");

    private static TelegramReply Done(params string[] lines) => new(CardContent.Of([.. lines.Where(line => line.Length > 0)]), Acts: true);

    private static string Reason(TelegramRequest request) => request.Arguments.Length > 0 ? request.Arguments : "by Telegram";

    /// <summary>The question that is meant: named by the end of its id, or the only one.</summary>
    private async Task<(ApprovalRow? Approval, string More, TelegramReply? Problem)> FindAsync(string arguments, CancellationToken cancellationToken)
    {
        var open = await desk.ListAsync("pending", 100, cancellationToken);
        var words = arguments.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (words.Length > 0)
        {
            var named = open.Where(approval => words[0].Length >= 4 && approval.Id.EndsWith(words[0], StringComparison.OrdinalIgnoreCase)).ToList();
            if (named.Count == 1)
                return (named[0], words.Length > 1 ? words[1] : "", null);
        }

        return open.Count switch
        {
            0 => (null, "", TelegramReply.Of("Nothing waits for an answer.")),
            1 => (open[0], arguments.Trim(), null),
            _ => (null, "", TelegramReply.Of([$"{open.Count} questions wait; say which:", .. open.Take(10).Select(approval => $"{Html.Code(TelegramRefs.Of(approval.Id))} {Html.Text($"{approval.Action} on {approval.TargetName}")}")])),
        };
    }

    private async Task<string?> ChangeAsync(string reference, CancellationToken cancellationToken)
    {
        if (reference.Length < 4 || !reference.All(char.IsAsciiLetterOrDigit))
            return null;
        var found = await database.ReadAsync(
            async session => (await session.QueryAsync<string>("SELECT id FROM changes WHERE id LIKE @end ORDER BY id DESC LIMIT 2", new { end = "%" + reference.ToLowerInvariant() }, cancellationToken)).ToList(),
            cancellationToken);
        return found is [var one] ? one : null;
    }
}
