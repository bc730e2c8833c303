namespace Homelab.Engine.Approvals;

/// <summary>A way to people. What they answer comes back through <see cref="ApprovalDesk"/>, whichever way it was asked.</summary>
internal interface IApprovalChannel
{
    string Name { get; }

    /// <summary>Whether anybody wants to be told of such a thing this way; who is told nothing has not been told.</summary>
    ValueTask<bool> IsChosenAsync(string kind, string severity, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    Task AskAsync(ApprovalRow approval, AskKind kind, CancellationToken cancellationToken);

    /// <summary>It is answered or over: buttons go away, later answers are told so.</summary>
    Task AnsweredAsync(ApprovalRow approval, CancellationToken cancellationToken);

    Task TellAsync(Notice notice, CancellationToken cancellationToken);
}

internal enum AskKind
{
    Question,
    Reminder,
    Escalation,
}

/// <param name="Kind">"before", "after", "ask", "alert", "refused", "controls".</param>
/// <param name="Severity">"info", "warning", "critical".</param>
/// <param name="Silent">Quiet hours: without a sound.</param>
internal sealed record Notice(
    string Id, DateTimeOffset At, string Kind, string Severity, bool Silent, string Text, string? DecisionId = null, string? ApprovalId = null);
