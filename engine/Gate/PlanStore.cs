using Homelab.Activities;
using Homelab.Engine.Storage;

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
    public string Id { get; init; } = "";

    public string Hash { get; init; } = "";

    public string Title { get; init; } = "";

    public string IncidentType { get; init; } = "";

    public string Steps { get; init; } = "[]";

    /// <summary>Milliseconds that its authorizations hold.</summary>
    public long Lifetime { get; init; }

    public string RequestedBy { get; init; } = "";

    public long RequestedByPerson { get; init; }

    /// <summary>The change it takes back.</summary>
    public string? UndoOf { get; init; }

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

    /// <summary>Steps of the plan that this run has begun, by their place in it.</summary>
    public static async Task<IReadOnlySet<int>> UsedAsync(DatabaseSession session, string hash, string runId, CancellationToken cancellationToken) =>
        (await session.QueryAsync<long>("SELECT plan_step FROM authorizations WHERE run_id = @runId AND plan_hash = @hash AND used_at IS NOT NULL", new { runId, hash }, cancellationToken))
        .Select(step => (int)step).ToHashSet();

    /// <summary>A request to take something back says yes once: to the run that was started for it.</summary>
    public static async Task<bool> IsFirstRunAsync(DatabaseSession session, string hash, string undoOf, string runId, CancellationToken cancellationToken) =>
        await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM authorizations WHERE plan_hash = @hash AND undo_of = @undoOf AND run_id <> @runId", new { hash, undoOf, runId }, cancellationToken) == 0;
}
