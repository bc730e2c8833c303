using System.Globalization;
using System.Text.Json.Nodes;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Controls;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Telegram;

/// <summary>A question as a message: what is asked, more on request, the answer and what came of it. Made from the store, so that it is right whenever it is made.</summary>
internal sealed class ApprovalCard(DecisionLog decisions, ActivityCatalog catalog, LiveSettings settings, Database database, TimeProvider time)
{
    /// <summary>What was allowed and not begun by then will not be.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    /// <summary>Null: there is no such question (any more).</summary>
    public async Task<(CardContent Content, bool Final)?> MakeAsync(string id, bool more, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } approval)
            return null;
        var quiet = settings.Preferences is { } preferences && preferences.QuietHours.Any(window => window.IsOpen(time.GetUtcNow(), preferences.Zone)) && approval.Risk != "high";
        if (approval.State == "pending")
            return (new CardContent { Lines = [.. Head("❓", approval), Due(approval), .. more ? await MoreAsync(approval, cancellationToken) : []], Buttons = await ButtonsAsync(approval, more, cancellationToken), Silent = quiet }, false);
        var (result, final) = await ResultAsync(approval, cancellationToken);
        return (new CardContent { Lines = [.. Head(approval.State is "approved" or "changed" ? "✅" : "⛔", approval), Answer(approval), .. result], Silent = true }, final);
    }

    private Task<ApprovalRow?> FindAsync(string id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<ApprovalRow>($"SELECT {Sql.Columns<ApprovalRow>()} FROM approvals WHERE id = @id", new { id }, cancellationToken), cancellationToken);

    private static string[] Head(string sign, ApprovalRow approval) =>
        [$"{sign} {Html.Bold($"{approval.Action} on {approval.TargetName}")}", Html.Text(approval.Question), $"Risk: {Html.Text(approval.Risk)} · {Html.Code(TelegramRefs.Of(approval.Id))}"];

    private string Due(ApprovalRow approval) => $"Without an answer by {At(approval.DueAt)} it counts as a no.";

    private string Answer(ApprovalRow approval) => approval.State switch
    {
        "approved" when approval.ResumeAt is { } from => $"Approved by {Html.Bold(approval.AnsweredBy)} at {At(approval.AnsweredAt)}, not before {At(from)}.",
        "approved" => $"Approved by {Html.Bold(approval.AnsweredBy)} at {At(approval.AnsweredAt)}.",
        "changed" => $"Approved with changes by {Html.Bold(approval.AnsweredBy)} at {At(approval.AnsweredAt)}: {Html.Code(approval.Changes)}",
        "denied" => $"Denied by {Html.Bold(approval.AnsweredBy)} at {At(approval.AnsweredAt)}{(approval.Note is { Length: > 0 } note ? $": {Html.Text(note)}" : "")}. Nothing was done.",
        "timedOut" => $"Nobody answered by {At(approval.DueAt)}, which is a no. Nothing was done.",
        _ => "It is not asked any more.",
    };

    private async Task<(IReadOnlyList<string> Lines, bool Final)> ResultAsync(ApprovalRow approval, CancellationToken cancellationToken)
    {
        if (approval.State is not ("approved" or "changed"))
            return ([], true);
        var changes = await database.ReadAsync(
            async session => (await session.QueryAsync<AuthorizationRow>(
                $"SELECT {Sql.Columns<AuthorizationRow>()} FROM changes WHERE approval_id = @Id ORDER BY used_at, id", new { approval.Id }, cancellationToken)).ToList(),
            cancellationToken);
        var over = Math.Max(approval.AnsweredAt ?? 0, approval.ResumeAt ?? 0) + (long)Patience.TotalMilliseconds < time.GetUtcNow().ToUnixTimeMilliseconds();
        return (
            [.. changes.Select(change => $"{Sign(change.Result)} {Html.Text(change.ActivityId)} on {Html.Text(change.TargetName)}: {Html.Text(Words(change.Result))}{(change.Result == "failed" && change.Message is { } message ? $" ({Html.Text(message)})" : "")}")],
            over || changes.Count > 0 && changes.TrueForAll(change => change.Result is not "started") && changes.Count >= Steps(approval).Count);
    }

    private static string Sign(string? result) => result switch { "succeeded" => "✔️", "started" => "⏳", _ => "⚠️" };

    internal static string Words(string? result) => result switch
    {
        "started" => "is being done",
        "succeeded" => "done",
        "failed" => "failed",
        "inDoubt" => "whether it happened is not known",
        "notVerified" => "done, and did not help",
        "rolledBack" => "taken back",
        _ => "not begun",
    };

    /// <summary>Evidence, the plan, the way back, and what happens if nobody answers.</summary>
    private async Task<IReadOnlyList<string>> MoreAsync(ApprovalRow approval, CancellationToken cancellationToken)
    {
        List<string> lines = [""];
        if (await decisions.FindAsync(approval.DecisionId, cancellationToken) is { } decision && GateJson.Read<DecisionRecord>(decision.Record) is { Chosen: { } chosen } record)
        {
            lines.Add(Html.Bold("Why"));
            lines.AddRange(Explanation.Table(chosen).Select(row => $"• {Html.Text(row.Name)}: {Html.Text(row.Value)}{(row.ComparedWith.Length > 0 ? $" ({Html.Text(row.ComparedWith)})" : "")} {Html.Italic(row.Effect)}"));
            lines.AddRange(record.Alternatives.Take(3).Select(other => $"• instead of {Html.Text(other.Action)} on {Html.Text(other.TargetName)}"));
        }

        lines.AddRange(["", Html.Bold("Plan")]);
        var roles = await database.ReadAsync(session => PlanStore.RolesAsync(session, approval.PlanHash, cancellationToken), cancellationToken);
        var number = 0;
        foreach (var step in Steps(approval))
        {
            lines.Add($"{++number}. {Purpose(number <= roles.Count ? roles[number - 1] : null)}{Html.Text(step.ActivityId)} on {Html.Text(step.Target.Name)}");
            lines.Add(Html.Code(step.Parameters.GetRawText()));
        }

        lines.AddRange(["", Html.Bold("Way back")]);
        lines.AddRange(Steps(approval).Select(step => step.ActivityId).Distinct().Select(activity => !catalog.TryFind(activity, out var invoker)
            ? $"• {Html.Text(activity)} is not known here any more."
            : invoker.Descriptor.NoUndoReason is { } reason ? $"• {Html.Text(activity)} cannot be taken back: {Html.Text(reason)}" : $"• {Html.Text(activity)} can be taken back with /undo."));
        lines.AddRange(["", Html.Bold("If nobody answers"), $"At {At(approval.DueAt)} it counts as a no: nothing is done and the run ends as refused."]);
        return lines;
    }

    private static string Purpose(PlanRole? role) => role switch
    {
        PlanRole.Snapshot => "First, so that there is a way back: ",
        PlanRole.Rollback => "Only if that fails or does not help: ",
        _ => "",
    };

    private async Task<IReadOnlyList<IReadOnlyList<CardButton>>> ButtonsAsync(ApprovalRow approval, bool more, CancellationToken cancellationToken)
    {
        List<IReadOnlyList<CardButton>> lines =
        [
            [new CardButton("✅ Approve", TelegramPresses.Approve, approval.Id), new CardButton("⛔ Deny", TelegramPresses.Deny, approval.Id)],
            [
                more ? new CardButton("Less", TelegramPresses.Less, approval.Id) : new CardButton("More info", TelegramPresses.More, approval.Id),
                .. Steps(approval).Count == 1 ? new[] { new CardButton("Approve with changes", TelegramPresses.Change, approval.Id) } : [],
            ],
        ];
        var open = await database.ReadAsync(
            session => session.ScalarAsync<long>("SELECT COUNT(*) FROM approvals WHERE group_key = @GroupKey AND state = 'pending'", new { approval.GroupKey }, cancellationToken), cancellationToken);
        if (open > 1)
            lines.Add([new CardButton($"✅ Approve all {open} of this cause", TelegramPresses.ApproveAll, approval.Id)]);
        return lines;
    }

    /// <summary>What may be changed in an answer, with what it is now.</summary>
    public IReadOnlyList<string> Inputs(ApprovalRow approval)
    {
        if (Steps(approval) is not [var step] || !catalog.TryFind(approval.Action, out var invoker))
            return [];
        return [.. (invoker.Descriptor.InputSchema["properties"] as JsonObject ?? []).Where(field => !invoker.Descriptor.SecretInputs.Contains(field.Key))
            .Select(field => $"{field.Key}={(step.Parameters.TryGetProperty(field.Key, out var given) ? given.GetRawText() : "…")}")];
    }

    internal static IReadOnlyList<StoredPlanStep> Steps(ApprovalRow approval) => GateJson.Read<StoredPlan>(approval.Plan).Steps;

    private string At(long? milliseconds)
    {
        if (milliseconds is not { } at)
            return "";
        var zone = settings.Preferences?.Zone ?? TimeZoneInfo.Utc;
        var (local, today) = (TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(at), zone), TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone));
        return local.ToString(local.Date == today.Date ? "HH:mm" : "yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
    }
}

/// <summary>Ids as people can type them: the last six letters.</summary>
internal static class TelegramRefs
{
    public static string Of(string id) => id[^Math.Min(6, id.Length)..];
}
