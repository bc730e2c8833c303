using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Incidents;
using Homelab.Engine.Notifications;
using Homelab.Engine.Reports;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Telegram;

/// <summary>Telegram as a way to people. One conversation for one cause: what is told of it is added to its message, what is asked answers that message.</summary>
internal sealed class TelegramChannel(
    TelegramPeople people, TelegramCards cards, TelegramSending sending, ApprovalCard questions, IncidentStore incidents, NotificationOutbox outbox, ReportClock clock, LiveSettings settings, Database database, TimeProvider time)
    : IApprovalChannel
{
    private const int MostLines = 20;

    public string Name => "telegram";

    public async ValueTask<bool> IsChosenAsync(string kind, string severity, CancellationToken cancellationToken) =>
        (await people.ReceiversAsync(cancellationToken)).Any(receiver => receiver.Choice.WishFor(kind, severity) != Wish.Nothing);

    public async Task AskAsync(ApprovalRow approval, AskKind kind, CancellationToken cancellationToken)
    {
        if (await questions.MakeAsync(approval.Id, more: false, cancellationToken) is not { } made)
            return;
        var severity = approval.Risk == "high" ? "critical" : "warning";
        var receivers = (await people.ReceiversAsync(cancellationToken)).Where(receiver => receiver.User is null or { Role: >= Role.Operator }).ToList();
        if (kind == AskKind.Escalation)
        {
            var escalated = settings.Preferences?.Approvals.EscalateTo ?? [];
            receivers = [.. receivers.Where(receiver => receiver.User is { } user && escalated.Contains(user.Name, StringComparer.OrdinalIgnoreCase))];
        }
        else
        {
            receivers = [.. receivers.Where(receiver => receiver.Choice.WishFor("ask", severity) == Wish.Now)];
        }

        foreach (var receiver in receivers)
        {
            // Whoever has the question keeps it as it stands, perhaps opened for more; a reminder answers it.
            var asked = await cards.FindAsync(Subject(approval.Id), receiver.Chat, cancellationToken);
            if (asked is null)
                await cards.PutAsync(Subject(approval.Id), receiver.Chat, made.Content, cancellationToken, approval.GroupKey, made.Final ? null : Follow(approval.Id, more: false));
            if (asked is not null && !made.Final && kind != AskKind.Question)
                await cards.PutAsync(
                    Reminder(approval.Id), receiver.Chat,
                    new CardContent { Lines = [$"⏰ Still unanswered: {Html.Bold($"{approval.Action} on {approval.TargetName}")}"], Silent = made.Content.Silent }, cancellationToken, approval.GroupKey, repost: true);
        }
    }

    public async Task AnsweredAsync(ApprovalRow approval, CancellationToken cancellationToken)
    {
        if (await questions.MakeAsync(approval.Id, more: false, cancellationToken) is not { } made)
            return;
        foreach (var card in await cards.OfAsync(Subject(approval.Id), cancellationToken))
            await cards.PutAsync(card.Subject, card.Chat, made.Content, cancellationToken, follow: made.Final ? null : Follow(approval.Id, more: false));
        foreach (var reminder in await cards.OfAsync(Reminder(approval.Id), cancellationToken))
            await cards.PutAsync(reminder.Subject, reminder.Chat, new CardContent { Gone = true }, cancellationToken);
    }

    public async Task TellAsync(Notice notice, CancellationToken cancellationToken)
    {
        var cause = await CauseAsync(notice, cancellationToken);
        var reached = 0;
        var wanted = 0;
        foreach (var receiver in await people.ReceiversAsync(cancellationToken))
        {
            switch (receiver.Choice.WishFor(notice.Kind, notice.Severity))
            {
                case Wish.Gathered when receiver.User is { } user:
                    await outbox.AddAsync(
                        PersonalChannel.Row(notice.Id, receiver.Choice with { UserId = user.Id, Address = $"{receiver.Chat}" }, notice.Severity, true, "Homelab", notice.Text, clock.Next("daily", time.GetUtcNow())),
                        cancellationToken);
                    break;
                case Wish.Now:
                    wanted++;
                    var subject = cause is null ? $"notice:{notice.Id}" : $"cause:{cause}";
                    await AddAsync(subject, receiver.Chat, notice, cause, cancellationToken);
                    if (notice.Kind != "before" || await sending.ShowNowAsync(subject, receiver.Chat, cancellationToken))
                        reached++;
                    break;
            }
        }

        if (wanted > 0 && reached == 0)
            throw new ActivityException($"Telegram could not be told of {notice.Id}.", retryable: true);
    }

    public static string Subject(string approvalId) => $"approval:{approvalId}";

    public static string Follow(string approvalId, bool more) => $"approval:{approvalId}{(more ? ":more" : "")}";

    /// <summary>What an incident's message says first.</summary>
    public static string Head(Incident incident) =>
        $"{(incident.IsOpen ? incident.Severity == IncidentSeverity.Critical ? "🚨" : "⚠️" : "✅")} {Html.Bold(incident.Title)} — {Html.Text(IncidentJson.Name(incident.State).Replace('_', ' '))}";

    private static string Reminder(string approvalId) => $"reminder:{approvalId}";

    private async Task AddAsync(string subject, long chat, Notice notice, string? cause, CancellationToken cancellationToken)
    {
        var before = await cards.FindAsync(subject, chat, cancellationToken) is { } card ? CardContent.Read(card.Content) : new CardContent();
        if (before.Told.Contains(notice.Id))
            return;
        var content = new CardContent
        {
            Head = before.Head,
            Lines = [.. before.Lines.Append($"{Sign(notice)} {TimeOf(notice.At)} {Html.Text(notice.Text)}").TakeLast(MostLines)],
            Told = [.. before.Told.Append(notice.Id).TakeLast(MostLines)],
            Silent = notice.Silent,
            Buttons = Feedback(notice) is { } feedback ? [feedback] : before.Buttons,
        };

        // An edit makes no sound: what is about to happen and what is critical comes as a message of its own.
        var head = cause is null ? null : await incidents.FindAsync(cause, cancellationToken);
        if (head is not null)
            content = content with { Head = Head(head) };
        await cards.PutAsync(subject, chat, content, cancellationToken, cause, head is { IsOpen: true } ? $"incident:{cause}" : null, repost: before.Lines.Count > 0 && (notice.Kind == "before" || notice.Severity == "critical"));
    }

    /// <summary>Did it work? Asked after a plan that says it did.</summary>
    private static IReadOnlyList<CardButton>? Feedback(Notice notice) => notice.Kind == "after" && notice.Id.StartsWith("plan-", StringComparison.Ordinal)
        ? [new CardButton("👍 It worked", TelegramPresses.Worked, $"yes {notice.Id[5..]}"), new CardButton("👎 It did not", TelegramPresses.Worked, $"no {notice.Id[5..]}")]
        : null;

    private static string Sign(Notice notice) => notice switch
    {
        { Severity: "critical" } => "🚨",
        { Kind: "before" } => "▶️",
        { Kind: "after" } => "✔️",
        { Kind: "refused" } => "⛔",
        _ => "⚠️",
    };

    private string TimeOf(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, settings.Preferences?.Zone ?? TimeZoneInfo.Utc).ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The cause that a notice belongs to; null where it stands for itself.</summary>
    private Task<string?> CauseAsync(Notice notice, CancellationToken cancellationToken) => database.ReadAsync(
        session => notice.DecisionId is { } decision
            ? session.ScalarAsync<string?>("SELECT cause FROM decisions WHERE id = @decision", new { decision }, cancellationToken)
            : notice.Id.StartsWith("incident-", StringComparison.Ordinal)
                ? Task.FromResult<string?>(notice.Id.Split('-')[1])
            : notice.Id.StartsWith("plan-", StringComparison.Ordinal)
                ? session.ScalarAsync<string?>("SELECT MAX(cause) FROM authorizations WHERE run_id = @run", new { run = notice.Id[5..] }, cancellationToken)
                : Task.FromResult<string?>(null),
        cancellationToken);
}
