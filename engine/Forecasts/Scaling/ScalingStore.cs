using Dapper;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Forecasts;

/// <summary>Scalings: planned, sent as a plan to the gate, and how they ended.</summary>
internal sealed class ScalingStore(Database database, TimeProvider time)
{
    public Task AddAsync(ScalingRow row, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync(Sql.Insert<ScalingRow>("scalings"), row, cancellationToken), cancellationToken);

    /// <summary>What is planned or under way of a target, or ended a short while ago: it is not planned again.</summary>
    public Task<bool> IsBusyAsync(string target, string resource, TimeSpan since, CancellationToken cancellationToken) => database.ReadAsync(
        async session => await session.ScalarAsync<long>(
            "SELECT COUNT(*) FROM scalings WHERE target = @target AND resource = @resource AND (state IN ('planned', 'sent') OR updated_at > @after)",
            new { target, resource, after = (time.GetUtcNow() - since).ToUnixTimeMilliseconds() }, cancellationToken) > 0,
        cancellationToken);

    public Task<IReadOnlyList<ScalingRow>> InStateAsync(string state, CancellationToken cancellationToken) => database.ReadAsync<IReadOnlyList<ScalingRow>>(
        async session => (await session.QueryAsync<ScalingRow>($"SELECT {Sql.Columns<ScalingRow>()} FROM scalings WHERE state = @state ORDER BY not_before", new { state }, cancellationToken)).AsList(), cancellationToken);

    public Task SetAsync(ScalingRow row, string state, CancellationToken cancellationToken)
    {
        (row.State, row.UpdatedAt) = (state, time.GetUtcNow().ToUnixTimeMilliseconds());
        return database.WriteAsync(session => session.ExecuteAsync("UPDATE scalings SET state = @State, plan_id = @PlanId, run_id = @RunId, reason = @Reason, updated_at = @UpdatedAt WHERE id = @Id", row, cancellationToken), cancellationToken);
    }

    public Task<ListPage<ScalingRow>> ListAsync(int skip, int take, CancellationToken cancellationToken) =>
        new ListQuery().PageAsync<ScalingRow>(database, "scalings", "id", "created_at DESC, id DESC", skip, take, cancellationToken);

    /// <summary>What stands: saved a month, and limits that were not reached.</summary>
    public Task<(double Savings, long Prevented)> TotalsAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async session => (
            await session.ScalarAsync<double?>("SELECT SUM(savings_per_month) FROM scalings WHERE state = 'done' AND kind = 'lower'", null, cancellationToken) ?? 0,
            await session.ScalarAsync<long>("SELECT COUNT(*) FROM scalings WHERE state = 'done' AND kind = 'raise' AND deadline < @now", new { now = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellationToken)),
        cancellationToken);
}

internal sealed class ScalingRow
{
    public string Id { get; set; } = "";

    public string? ForecastId { get; set; }

    /// <summary>"docker:default/web" or "proxmox:default/100".</summary>
    public string Target { get; set; } = "";

    /// <summary>raise or lower.</summary>
    public string Kind { get; set; } = "";

    /// <summary>memory or disk in bytes, processors, or replicas.</summary>
    public string Resource { get; set; } = "";

    public double FromValue { get; set; }

    public double ToValue { get; set; }

    public string Reason { get; set; } = "";

    /// <summary>planned, sent, done, undone, failed, denied or impossible.</summary>
    public string State { get; set; } = "";

    public string? PlanId { get; set; }

    public string? RunId { get; set; }

    public double SavingsPerMonth { get; set; }

    public long NotBefore { get; set; }

    public long? Deadline { get; set; }

    public long CreatedAt { get; set; }

    public long UpdatedAt { get; set; }
}

internal sealed record ScalingInfo(
    string Id, string? ForecastId, string Target, string Kind, string Resource, double From, double To, string Reason, string State, string? PlanId, string? RunId, double SavingsPerMonth,
    DateTimeOffset NotBefore, DateTimeOffset CreatedAt)
{
    public static ScalingInfo Of(ScalingRow row) => new(
        row.Id, row.ForecastId, row.Target, row.Kind, row.Resource, row.FromValue, row.ToValue, row.Reason, row.State, row.PlanId, row.RunId, row.SavingsPerMonth,
        DateTimeOffset.FromUnixTimeMilliseconds(row.NotBefore), DateTimeOffset.FromUnixTimeMilliseconds(row.CreatedAt));
}
