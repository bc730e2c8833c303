using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Homelab.Activities;
using Homelab.Engine.Audit;
using Homelab.Engine.Controls;
using Homelab.Engine.Gate;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Approvals;

/// <summary>Wakes the step that waited. Accepted is stored: sending the same answer again changes nothing.</summary>
internal delegate Task ResumeStep(RunId run, RunEvent.Resume answer, string idempotencyKey, CancellationToken cancellationToken);

/// <summary>
/// Answers to questions. The first one counts, in one transaction; the step is woken after, and woken again by <see cref="SweepAsync"/> when a crash came between. Whoever
/// does not answer in time has said no.
/// </summary>
internal sealed class ApprovalDesk(Database database, LiveSettings settings, ActivityCatalog catalog, People people, ResumeStep resume, GateMetrics metrics, TimeProvider time)
{
    public async Task<IReadOnlyList<ApprovalRow>> ListAsync(string? state, int take, CancellationToken cancellationToken) => await database.ReadAsync(
        async session => (await session.QueryAsync<ApprovalRow>(
            $"SELECT {Sql.Columns<ApprovalRow>()} FROM approvals WHERE (@all = 1 OR state = @state) ORDER BY id DESC LIMIT @take",
            new { all = state is null ? 1 : 0, state = state ?? "", take = Math.Clamp(take, 1, 1000) }, cancellationToken)).AsList(),
        cancellationToken);

    public Task<ApprovalRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(session => FindAsync(session, id, cancellationToken), cancellationToken);

    public async Task<AnswerResult> AnswerAsync(string id, ApprovalAnswer answer, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var result = await database.WriteAsync(session => AnswerAsync(session, id, answer, now, cancellationToken), cancellationToken);
        if (result is AnswerResult.Accepted accepted)
        {
            await people.AnsweredAsync(accepted.Approval, cancellationToken);
            if (accepted.Approval.ResumeAt is null)
                await WakeAsync(accepted.Approval, cancellationToken);
        }

        return result;
    }

    /// <summary>All open questions of one cause with one answer.</summary>
    public async Task<IReadOnlyList<AnswerResult>> AnswerGroupAsync(string group, ApprovalAnswer answer, CancellationToken cancellationToken)
    {
        List<AnswerResult> results = [];
        foreach (var open in (await ListAsync("pending", 1000, cancellationToken)).Where(approval => approval.GroupKey == group))
            results.Add(await AnswerAsync(open.Id, answer, cancellationToken));
        return results;
    }

    /// <summary>Ends what is overdue, reminds, escalates, wakes what was answered and not woken. One look; the service around it repeats.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var open in await DueAsync("state = 'pending' AND due_at <= @now", now, cancellationToken))
            await EndAsync(open.Id, now, cancellationToken);
        foreach (var open in await DueAsync("state = 'pending' AND remind_at <= @now", now, cancellationToken))
            await RemindAsync(open, now, cancellationToken);
        foreach (var open in await DueAsync("state = 'pending' AND escalate_at <= @now", now, cancellationToken))
        {
            if (await TakeAsync("UPDATE approvals SET escalate_at = NULL WHERE id = @Id AND state = 'pending' AND escalate_at = @EscalateAt", open, cancellationToken))
                await people.AskAsync(open, AskKind.Escalation, cancellationToken);
        }

        foreach (var answered in await DueAsync("state <> 'pending' AND resumed_at IS NULL AND COALESCE(resume_at, 0) <= @now", now, cancellationToken))
            await WakeAsync(answered, cancellationToken);

        // Whoever answers at once may be faster than the step that only then begins to wait: it is still waiting, so it is woken again.
        foreach (var waiting in await DueAsync("resumed_at <= @now - 2000 AND resumed_at > @now - 3600000 AND EXISTS (SELECT 1 FROM bookmarks WHERE bookmarks.run_id = approvals.run_id AND bookmarks.id = approvals.id)", now, cancellationToken))
            await WakeAsync(waiting, cancellationToken, again: now);
    }

    private async Task<AnswerResult> AnswerAsync(DatabaseSession session, string id, ApprovalAnswer answer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
        if (await FindAsync(session, id, cancellationToken) is not { } approval)
            return new AnswerResult.Unknown();
        if (approval.State != "pending")
            return new AnswerResult.TooLate(approval);
        if (now.ToUnixTimeMilliseconds() >= approval.DueAt)
            return new AnswerResult.TooLate(approval with { State = "timedOut" });
        if (!MayAnswer(approval, answer.By))
            return new AnswerResult.NotAllowed($"{answer.By} may not answer questions of {approval.Risk} risk.");
        if (Problem(approval, answer, now) is { } problem)
            return new AnswerResult.Invalid(problem);

        var answered = approval with
        {
            State = !answer.Approve ? "denied" : answer.Changes is null ? "approved" : "changed",
            AnsweredAt = now.ToUnixTimeMilliseconds(),
            AnsweredBy = answer.By,
            Note = answer.Note,
            Changes = answer.Changes is { } changes ? CanonicalJson.Write(JsonSerializer.SerializeToElement(changes)) : null,
            ResumeAt = answer.Approve ? answer.NotBefore?.ToUnixTimeMilliseconds() : null,
        };
        await StoreAsync(session, answered, now, cancellationToken);
        return new AnswerResult.Accepted(answered);
    }

    private string? Problem(ApprovalRow approval, ApprovalAnswer answer, DateTimeOffset now)
    {
        if (answer.NotBefore is { } moment && (moment <= now || moment > now.AddDays(7)))
            return "The other time must lie ahead, at most seven days.";
        if (answer.Changes is not { } changes)
            return null;
        if (!answer.Approve)
            return "Changes go with a yes.";
        if (GateJson.Read<StoredPlan>(approval.Plan).Steps.Count > 1)
            return "A plan of several steps is approved or denied as it is. Deny it and send the plan with the changes.";
        if (!catalog.TryFind(approval.Action, out var invoker))
            return $"The activity {approval.Action} is not known any more.";
        if (changes.FirstOrDefault(field => invoker.Descriptor.SecretInputs.Contains(field.Key)) is { Key: { } secret })
            return $"'{secret}' is secret and cannot be changed in an answer.";
        return (invoker.Descriptor.InputSchema["properties"] as JsonObject) is { } known && changes.FirstOrDefault(field => !known.ContainsKey(field.Key)) is { Key: { } stranger }
            ? $"{approval.Action} has no input '{stranger}'."
            : null;
    }

    private bool MayAnswer(ApprovalRow approval, string by) =>
        settings.Preferences is { } preferences && Enum.TryParse<Risk>(approval.Risk, ignoreCase: true, out var risk)
        && preferences.Approvals.Allows(by, risk);

    private async Task EndAsync(string id, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ended = await database.WriteAsync(
            async session =>
            {
                await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
                if (await FindAsync(session, id, cancellationToken) is not { State: "pending" } approval)
                    return null;
                var over = approval with { State = "timedOut", AnsweredAt = now.ToUnixTimeMilliseconds(), AnsweredBy = "nobody" };
                await StoreAsync(session, over, now, cancellationToken);
                return over;
            },
            cancellationToken);
        if (ended is null)
            return;
        await people.AnsweredAsync(ended, cancellationToken);
        await WakeAsync(ended, cancellationToken);
    }

    private async Task RemindAsync(ApprovalRow open, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var next = settings.Preferences?.Approvals.RemindEvery is { } every ? (now + every).ToUnixTimeMilliseconds() : (long?)null;

        // Only the node that takes the reminder sends it.
        if (await database.WriteAsync(
            session => session.ExecuteAsync(
                "UPDATE approvals SET remind_at = @next, reminders = reminders + 1 WHERE id = @Id AND state = 'pending' AND remind_at = @RemindAt",
                new { next, open.Id, open.RemindAt }, cancellationToken),
            cancellationToken) == 1)
            await people.AskAsync(open, AskKind.Reminder, cancellationToken);
    }

    private async Task WakeAsync(ApprovalRow answered, CancellationToken cancellationToken, DateTimeOffset? again = null)
    {
        var input = new JsonObject
        {
            ["approved"] = answered.State is "approved" or "changed",
            ["state"] = answered.State,
            ["by"] = answered.AnsweredBy,
            ["note"] = answered.Note,
        };
        if (answered.Changes is { } changes)
            input["changes"] = JsonNode.Parse(changes);
        await resume(new RunId(answered.RunId), new RunEvent.Resume(answered.Id, input), $"approval/{answered.Id}{(again is { } moment ? $"/{moment.ToUnixTimeMilliseconds()}" : "")}", cancellationToken);
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        await database.WriteAsync(session => session.ExecuteAsync("UPDATE approvals SET resumed_at = @now WHERE id = @Id", new { now, answered.Id }, cancellationToken), cancellationToken);
    }

    private async Task<bool> TakeAsync(string sql, ApprovalRow row, CancellationToken cancellationToken) =>
        await database.WriteAsync(session => session.ExecuteAsync(sql, row, cancellationToken), cancellationToken) == 1;

    /// <param name="condition">Ours, never from outside.</param>
    private async Task<IReadOnlyList<ApprovalRow>> DueAsync(string condition, DateTimeOffset now, CancellationToken cancellationToken) => await database.ReadAsync(
        async session => (await session.QueryAsync<ApprovalRow>(
            $"SELECT {Sql.Columns<ApprovalRow>()} FROM approvals WHERE {condition} ORDER BY id LIMIT 200", new { now = now.ToUnixTimeMilliseconds() }, cancellationToken)).AsList(),
        cancellationToken);

    private static Task<ApprovalRow?> FindAsync(DatabaseSession session, string id, CancellationToken cancellationToken) =>
        session.QueryFirstOrDefaultAsync<ApprovalRow>($"SELECT {Sql.Columns<ApprovalRow>()} FROM approvals WHERE id = @id", new { id }, cancellationToken);

    private async Task StoreAsync(DatabaseSession session, ApprovalRow row, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await session.ExecuteAsync(
            """
            UPDATE approvals SET state = @State, answered_at = @AnsweredAt, answered_by = @AnsweredBy, note = @Note, changes = @Changes, resume_at = @ResumeAt
            WHERE id = @Id AND state = 'pending'
            """,
            row, cancellationToken) != 1)
            throw new InvalidOperationException($"The question {row.Id} was answered meanwhile.");
        await AuditTrail.AppendAsync(session, now, row.AnsweredBy ?? "nobody", $"approval.{row.State}", row.Id, new { row.PlanHash, row.Note, row.Changes, row.ResumeAt }, cancellationToken);
        metrics.Answered(row.State);
    }
}

/// <param name="Changes">Fields of the input to be different: the changed plan is decided again, and this yes counts for exactly it.</param>
/// <param name="NotBefore">Yes, but not before then.</param>
internal sealed record ApprovalAnswer(bool Approve, string By, string? Note = null, JsonObject? Changes = null, DateTimeOffset? NotBefore = null);

internal abstract record AnswerResult
{
    private AnswerResult()
    {
    }

    public sealed record Accepted(ApprovalRow Approval) : AnswerResult;

    /// <param name="Approval">With the answer that counts.</param>
    public sealed record TooLate(ApprovalRow Approval) : AnswerResult;

    public sealed record NotAllowed(string Reason) : AnswerResult;

    public sealed record Invalid(string Problem) : AnswerResult;

    public sealed record Unknown : AnswerResult;
}
