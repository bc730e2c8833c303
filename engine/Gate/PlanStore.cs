using Homelab.Activities;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Gate;

/// <summary>What a step of a plan is for.</summary>
internal enum PlanRole
{
    Snapshot,
    Action,
    Rollback,
}

/// <summary>A step of a stored plan: exactly what may run, nothing secret in it.</summary>
internal sealed record PlanStep(PlannedStep Step, PlanRole Role, Effect Effect);

/// <summary>A plan of several steps, found by the definition that carries it out.</summary>
internal sealed record PlanRow
{
    /// <summary>The definition's id.</summary>
    public required string Id { get; init; }

    public required string Hash { get; init; }

    public required string Title { get; init; }

    public required string IncidentType { get; init; }

    public required string Steps { get; init; }

    /// <summary>Milliseconds that its authorizations hold.</summary>
    public long Lifetime { get; init; }

    public required string RequestedBy { get; init; }

    public long RequestedByPerson { get; init; }

    /// <summary>The change it takes back.</summary>
    public string? UndoOf { get; init; }

    /// <summary>1 where the engine takes back what a plan did.</summary>
    public long WayBack { get; init; }

    /// <summary>1 where it need not be done now: outside of a maintenance window a person is asked.</summary>
    public long CanWait { get; init; }

    /// <summary>How sure the diagnosis behind it is; null for a plan that somebody wrote.</summary>
    public double? Certainty { get; init; }

    /// <summary>At least this much, whatever its activities say.</summary>
    public string? Risk { get; init; }

    /// <summary>Outcomes that a playbook brings from elsewhere.</summary>
    public long PriorSuccesses { get; init; }

    public long PriorFailures { get; init; }

    public long CreatedAt { get; init; }

    public IReadOnlyList<PlanStep> ReadSteps() => GateJson.Read<IReadOnlyList<PlanStep>>(Steps);
}

/// <summary>Plans in the database, inside the gate's transactions.</summary>
internal static class PlanStore
{
    /// <summary>What is stored under an id never changes.</summary>
    public static Task AddAsync(DatabaseSession session, PlanRow plan, CancellationToken cancellationToken) =>
        session.ExecuteAsync(Sql.Insert<PlanRow>("plans") + " ON CONFLICT (id) DO NOTHING", plan, cancellationToken);

    public static Task<PlanRow?> FindAsync(DatabaseSession session, string id, CancellationToken cancellationToken) =>
        session.QueryFirstOrDefaultAsync<PlanRow>($"SELECT {Sql.Columns<PlanRow>()} FROM plans WHERE id = @id", new { id }, cancellationToken);

    /// <summary>What each step of the plan with this hash is for; none where it is a step by itself, which is no stored plan.</summary>
    public static async Task<IReadOnlyList<PlanRole>> RolesAsync(DatabaseSession session, string hash, CancellationToken cancellationToken) =>
        await session.QueryFirstOrDefaultAsync<PlanRow>($"SELECT {Sql.Columns<PlanRow>()} FROM plans WHERE hash = @hash ORDER BY created_at DESC LIMIT 1", new { hash }, cancellationToken) is { } plan
            ? [.. plan.ReadSteps().Select(step => step.Role)]
            : [];

    /// <summary>Steps of the plan that this run has begun, by their place in it.</summary>
    public static async Task<IReadOnlySet<int>> UsedAsync(DatabaseSession session, string hash, string runId, CancellationToken cancellationToken) =>
        (await session.QueryAsync<long>("SELECT plan_step FROM authorizations WHERE run_id = @runId AND plan_hash = @hash AND used_at IS NOT NULL", new { runId, hash }, cancellationToken))
        .Select(step => (int)step).ToHashSet();

    /// <summary>By what decision the change was made that is taken back, or the plan whose way back this run goes; null where nothing was begun.</summary>
    public static Task<AllowedBefore?> AllowedBeforeAsync(DatabaseSession session, string? changeId, string runId, string hash, CancellationToken cancellationToken) =>
        session.QueryFirstOrDefaultAsync<AllowedBefore>(
            """
            SELECT one.issued_by AS IssuedBy, one.autonomous AS Autonomous, one.approval_id AS ApprovalId, decisions.risk AS Risk, decisions.class AS Class
            FROM authorizations one JOIN decisions ON decisions.id = one.decision_id
            WHERE one.used_at IS NOT NULL AND (one.id = @changeId OR (@changeId IS NULL AND one.run_id = @runId AND one.plan_hash = @hash))
            ORDER BY one.used_at DESC, one.id DESC LIMIT 1
            """,
            new { changeId, runId, hash }, cancellationToken);

    /// <summary>A request to take something back says yes once: to the run that was started for it.</summary>
    public static async Task<bool> IsFirstRunAsync(DatabaseSession session, string hash, string undoOf, string runId, CancellationToken cancellationToken) =>
        await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM authorizations WHERE plan_hash = @hash AND undo_of = @undoOf AND run_id <> @runId", new { hash, undoOf, runId }, cancellationToken) == 0;
}

/// <summary>Who or what allowed a change, and what they were shown.</summary>
internal sealed record AllowedBefore
{
    public required string IssuedBy { get; init; }

    public long Autonomous { get; init; }

    public string? ApprovalId { get; init; }

    public required string Risk { get; init; }

    public required string Class { get; init; }

    /// <summary>Taking it back is neither riskier nor under a stricter class than it was.</summary>
    public bool Covers(Assessment back) =>
        Enum.TryParse<Risk>(Risk, ignoreCase: true, out var risk) && back.Risk <= risk && Enum.TryParse<ApprovalClass>(Class, ignoreCase: true, out var approval) && back.Class <= approval;
}
