using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Reports;
using Homelab.Engine.SignIn;
using Microsoft.Extensions.Options;

namespace Homelab.Engine.Notifications;

/// <summary>E-mail, Discord or ntfy: each person is told what that person chose. Questions are told with a link; they are answered in the console.</summary>
internal sealed class PersonalChannel(
    string name, NotificationChoices choices, NotificationOutbox outbox, Messengers messengers, ReportClock clock, LiveSettings preferences, UserStore users,
    IOptions<NotificationSettings> settings, TimeProvider time) : IApprovalChannel
{
    public string Name => name;

    public async ValueTask<bool> IsChosenAsync(string kind, string severity, CancellationToken cancellationToken) =>
        (await choices.ByChannelAsync(name, cancellationToken)).Any(choice => choice.WishFor(kind, severity) != Wish.Nothing);

    public async Task AskAsync(ApprovalRow approval, AskKind kind, CancellationToken cancellationToken)
    {
        var severity = approval.Risk == "high" ? "critical" : "warning";
        var due = TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(approval.DueAt), preferences.Preferences?.Zone ?? TimeZoneInfo.Utc);
        var link = settings.Value.Link($"/approvals/{approval.Id}") is { } address ? $"\n{address}" : "";
        var lead = kind switch { AskKind.Reminder => "Still waiting for an answer: ", AskKind.Escalation => "Nobody has answered, so you are asked: ", _ => "" };
        var escalated = preferences.Preferences?.Approvals.EscalateTo ?? [];
        foreach (var choice in await choices.ByChannelAsync(name, cancellationToken))
        {
            if (choice.WishFor("ask", severity) != Wish.Now)
                continue;
            if (kind == AskKind.Escalation && !(await users.FindAsync(choice.UserId, cancellationToken) is { } user && escalated.Contains(user.Name, StringComparer.OrdinalIgnoreCase)))
                continue;
            await outbox.AddAsync(
                Row($"{approval.Id}-{kind}-{approval.Reminders}", choice, severity, false, $"Approval needed: {approval.Action} on {approval.TargetName}",
                    $"{lead}{approval.Question}\nRisk: {approval.Risk}. Without an answer by {due:HH:mm} it is not done.{link}", time.GetUtcNow()),
                cancellationToken);
        }
    }

    // What was asked here is over by itself: a message that was sent cannot be changed.
    public Task AnsweredAsync(ApprovalRow approval, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task TellAsync(Notice notice, CancellationToken cancellationToken)
    {
        List<ActivityException> failures = [];
        var told = 0;
        foreach (var choice in await choices.ByChannelAsync(name, cancellationToken))
        {
            var wish = choice.WishFor(notice.Kind, notice.Severity);
            if (wish == Wish.Nothing)
                continue;
            var row = Row(notice.Id, choice, notice.Severity, notice.Silent, Subject(notice), notice.Text, wish == Wish.Now ? time.GetUtcNow() : clock.Next("daily", time.GetUtcNow()));
            if (notice.Kind != "before" || wish != Wish.Now)
            {
                await outbox.AddAsync(row, cancellationToken);
                told++;
                continue;
            }

            // What waits for people to be told is told now, not soon: whoever cannot be told must be known.
            try
            {
                await messengers.SendAsync(name, choice.Address, row.Id, row.Subject, row.Text, notice.Silent, notice.Severity, cancellationToken);
                told++;
            }
            catch (ActivityException exception)
            {
                failures.Add(exception);
            }
        }

        if (told == 0 && failures.Count > 0)
            throw failures[0];
    }

    internal static OutboxRow Row(string id, NotificationChoice choice, string severity, bool silent, string subject, string text, DateTimeOffset due) => new()
    {
        Id = $"{id}:{choice.Channel}:{choice.UserId}",
        UserId = choice.UserId,
        Channel = choice.Channel,
        Address = choice.Address,
        Severity = severity,
        Silent = silent ? 1 : 0,
        Subject = subject,
        Text = text,
        DueAt = due.ToUnixTimeMilliseconds(),
    };

    private static string Subject(Notice notice) => notice.Kind switch
    {
        "before" => "Homelab is about to act",
        "after" => "Homelab has acted",
        "refused" => "Homelab refused an action",
        _ => notice.Severity == "critical" ? "Homelab: critical" : "Homelab needs a look",
    };
}
