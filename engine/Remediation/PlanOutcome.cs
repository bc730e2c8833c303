using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Homelab.Activities;
using Homelab.Engine.Approvals;
using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Remediation;

/// <summary>How a plan ended: for the change log, the audit trail and people.</summary>
internal sealed class PlanOutcome(Database database, ChangeLog changes, People people, TimeProvider time)
{
    /// <summary>One of the outcomes as a person would say it.</summary>
    public static string Words(string outcome) => outcome switch
    {
        "done" => "It was done.",
        "verified" => "It was done, and looking showed that it helped.",
        "notStarted" => "What must be saved first could not be saved, so nothing was done.",
        "notDone" => "It was not done.",
        "notHelped" => "It was done or begun and did not help; it leaves nothing to take back.",
        "rolledBack" => "It did not help or failed on the way, and was taken back.",
        "rollbackFailed" => "It did not help or failed on the way, and could not be taken back: look at it.",
        _ => $"It ended as '{outcome}'.",
    };

    public async Task<JsonNode?> LookBackAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken) =>
        new JsonObject { ["begun"] = !context.DryRun && (await ActionsAsync(Text(input, "plan"), context.RunId, cancellationToken)).Count > 0 };

    public async Task<JsonNode?> ReportAsync(JsonElement input, ActivityContext context, CancellationToken cancellationToken)
    {
        var (planId, outcome) = (Text(input, "plan"), Text(input, "outcome"));
        var why = Why(input);
        var report = new JsonObject { ["outcome"] = outcome, ["why"] = why };
        if (context.DryRun)
            return report;

        if (outcome is "rolledBack" or "rollbackFailed" or "notHelped")
        {
            foreach (var change in await ActionsAsync(planId, context.RunId, cancellationToken))
            {
                // As not verified first: that is what the breaker counts and what confidence learns from.
                await changes.JudgeAsync(change.Id, "notVerified", why.Length > 0 ? why : Words(outcome), cancellationToken);
                if (outcome == "rolledBack")
                    await changes.JudgeAsync(change.Id, "rolledBack", Words(outcome), cancellationToken);
            }
        }

        var plan = await FindAsync(planId, cancellationToken);
        var text = $"{plan?.Title ?? planId}: {Words(outcome)}{(why.Length > 0 ? $" ({why})" : "")}";
        var now = time.GetUtcNow();
        var good = outcome is "done" or "verified";
        var notice = new Notice(
            $"plan-{context.RunId}", now, good ? "after" : "alert", outcome == "rollbackFailed" ? "critical" : good ? "info" : "warning", false, text);
        var isNew = await database.WriteAsync(
            async session =>
            {
                await Ledger.LockAsync(session, now.ToUnixTimeMilliseconds(), cancellationToken);
                if (await session.ScalarAsync<long>("SELECT COUNT(*) FROM notices WHERE id = @Id", new { notice.Id }, cancellationToken) > 0)
                    return false;
                await People.StoreAsync(session, notice, cancellationToken);
                await session.ExecuteAsync(
                    "INSERT INTO plan_outcomes (run_id, plan_id, outcome, why, at) VALUES (@RunId, @planId, @outcome, @why, @at) ON CONFLICT (run_id) DO NOTHING",
                    new { context.RunId, planId, outcome, why, at = now.ToUnixTimeMilliseconds() }, cancellationToken);
                await AuditTrail.AppendAsync(session, now, "gate", $"plan.{outcome}", planId, new { context.RunId, plan?.Hash, why }, cancellationToken);
                return true;
            },
            cancellationToken);
        if (isNew)
            await people.TellAsync(notice, cancellationToken);
        return report;
    }

    /// <summary>What this run began of the plan's steps proper, oldest first; neither what it saved before nor the way back.</summary>
    public async Task<IReadOnlyList<AuthorizationRow>> ActionsAsync(string planId, string runId, CancellationToken cancellationToken)
    {
        var plan = await FindAsync(planId, cancellationToken);
        var rows = await database.ReadAsync(
            async session => (await session.QueryAsync<AuthorizationRow>(
                $"SELECT {Sql.Columns<AuthorizationRow>()} FROM changes WHERE run_id = @runId ORDER BY used_at, id", new { runId }, cancellationToken)).AsList(),
            cancellationToken);

        // A playbook that was run as a workflow: its steps are decided one by one, and known by what they are called there.
        if (plan is null)
            return [.. rows.Where(row => row.StepId?.Split(':') is [.., var activity, _] && activity.StartsWith(PlanCompiler.ActionPrefix, StringComparison.Ordinal))];
        var steps = plan.ReadSteps();

        // Steps of the plan are known by their place in it; a step that was decided on its own (another attempt, approved changes) is one by what it is not.
        return [.. rows.Where(row => row.PlanHash == plan.Hash
            ? steps[(int)row.PlanStep].Role == PlanRole.Action
            : !steps.Any(step => step.Role != PlanRole.Action && step.Step.ActivityId == row.ActivityId && step.Step.ParametersHash == row.ParametersHash))];
    }

    public Task<PlanRow?> FindAsync(string planId, CancellationToken cancellationToken) => database.ReadAsync(session => PlanStore.FindAsync(session, planId, cancellationToken), cancellationToken);

    public static string Text(JsonElement input, string name) => input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() ?? "" : "";

    private static string Why(JsonElement input)
    {
        string[] reasons =
        [
            Field(input, "error", "message"),
            input.TryGetProperty("check", out var check) && check.ValueKind == JsonValueKind.Object && check.TryGetProperty("verified", out var verified) && verified.ValueKind != JsonValueKind.True ? Field(input, "check", "why") : "",
            Field(input, "wayBack", "message"),
        ];
        return string.Join(" ", reasons.Where(reason => reason.Length > 0));
    }

    private static string Field(JsonElement input, string owner, string name) =>
        input.TryGetProperty(owner, out var value) && value.ValueKind == JsonValueKind.Object ? Text(value, name) : "";
}
