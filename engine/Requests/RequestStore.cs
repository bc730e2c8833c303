using Homelab.Engine.Approvals;
using Homelab.Engine.Audit;
using Homelab.Engine.Gate;
using Homelab.Engine.Storage;

namespace Homelab.Engine.Requests;

/// <summary>Requests in the database. Every change is made on the version it was decided on, so that two who change one request do not undo each other.</summary>
internal sealed class RequestStore(Database database, TimeProvider time)
{
    public Task AddAsync(Request request, CancellationToken cancellationToken) => database.WriteAsync(
        async session =>
        {
            await LockAsync(session, cancellationToken);
            if (await session.ExecuteAsync(Sql.Insert<RequestRow>("requests") + " ON CONFLICT (id) DO NOTHING", RequestRow.Of(request), cancellationToken) > 0)
                await AuditTrail.AppendAsync(session, time.GetUtcNow(), request.AskedBy, "request.made", request.Id, new { request.Text, request.Source }, cancellationToken);
        },
        cancellationToken);

    public async Task<Request?> FindAsync(string id, CancellationToken cancellationToken) => (await database.ReadAsync(
        session => session.QueryFirstOrDefaultAsync<RequestRow>($"SELECT {Sql.Columns<RequestRow>()} FROM requests WHERE id = @id", new { id }, cancellationToken), cancellationToken))?.ToRequest();

    /// <param name="by">Null: the engine itself; what it does is in the step and in the run's journal.</param>
    /// <param name="notice">Stored with it.</param>
    /// <returns>As it is stored now; null where somebody else changed it meanwhile.</returns>
    public Task<Request?> ChangeAsync(Request request, string? by, string what, CancellationToken cancellationToken, Notice? notice = null) => database.WriteAsync(
        async session =>
        {
            if (by is not null)
                await LockAsync(session, cancellationToken);
            var next = request with { Version = request.Version + 1, UpdatedAt = time.GetUtcNow() };
            var changed = await session.ExecuteAsync(
                """
                UPDATE requests SET title = @Title, state = @State, busy = @Busy, needs_person = @NeedsPerson, steps = @Steps, version = @Version, approved_by = @ApprovedBy, updated_at = @UpdatedAt
                WHERE id = @Id AND version = @Version - 1
                """,
                RequestRow.Of(next), cancellationToken);
            if (changed == 0)
                return null;
            if (notice is not null)
                await People.StoreAsync(session, notice, cancellationToken);
            if (by is not null)
                await AuditTrail.AppendAsync(session, next.UpdatedAt, by, $"request.{what}", next.Id, new { next.State, next.Version }, cancellationToken);
            return next;
        },
        cancellationToken);

    /// <summary>What was changed last first.</summary>
    /// <param name="states">None: any.</param>
    public async Task<ListPage<Request>> ListAsync(IEnumerable<string>? states, string? search, int skip, int take, CancellationToken cancellationToken)
    {
        var page = await new ListQuery().Among("state", states).Holds(search, "title", "text").PageAsync<RequestRow>(database, "requests", "id", "updated_at DESC, id DESC", skip, take, cancellationToken);
        return new ListPage<Request>([.. page.Rows.Select(row => row.ToRequest())], page.Total);
    }

    /// <summary>Those of which something is to be done.</summary>
    public async Task<IReadOnlyList<Request>> ActiveAsync(CancellationToken cancellationToken) => await database.ReadAsync(
        async session => (await session.QueryAsync<RequestRow>($"SELECT {Sql.Columns<RequestRow>()} FROM requests WHERE state = 'running' OR busy = 1", null, cancellationToken)).Select(row => row.ToRequest()).ToList(),
        cancellationToken);

    /// <summary>How many wait for a person.</summary>
    public Task<long> WaitingAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM requests WHERE needs_person = 1", null, cancellationToken), cancellationToken);

    private Task LockAsync(DatabaseSession session, CancellationToken cancellationToken) => Ledger.LockAsync(session, time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken);
}
