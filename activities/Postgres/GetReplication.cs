using System.ComponentModel;

namespace Homelab.Activities.Postgres;

[Activity("postgres.get_replication", "Replication", "Reads whether a server is a standby, who replicates from it with which lag, and slots that keep log back.")]
internal sealed class GetReplication(PostgresClients clients) : IActivity<GetReplication.Input, GetReplication.Output>
{
    public async Task<Output> ExecuteAsync(Input input, ActivityContext context, CancellationToken cancellationToken)
    {
        var client = await clients.OpenAsync(input.Connection, context, cancellationToken);
        return new()
        {
            IsStandby = await client.ReadOneAsync("SELECT pg_is_in_recovery()", row => row.GetBoolean(0), cancellationToken),
            Standbys = await client.ReadAsync(
                "SELECT application_name, coalesce(host(client_addr), 'local'), state, sync_state, coalesce(pg_wal_lsn_diff(sent_lsn, replay_lsn), 0)::bigint FROM pg_stat_replication",
                row => new Standby(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt64(4)), cancellationToken),
            Slots = await client.ReadAsync(
                """
                SELECT slot_name, active, coalesce(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END, restart_lsn), 0)::bigint
                FROM pg_replication_slots
                """,
                row => new Slot(row.GetString(0), row.GetBoolean(1), row.GetInt64(2)), cancellationToken),
        };
    }

    internal sealed record Input : ConnectedInput;

    internal sealed record Output
    {
        [Description("It follows another server.")]
        public required bool IsStandby { get; init; }

        [Description("Servers that follow it.")]
        public required IReadOnlyList<Standby> Standbys { get; init; }

        [Description("Slots; an inactive one that keeps much back fills the disk.")]
        public required IReadOnlyList<Slot> Slots { get; init; }
    }

    internal sealed record Standby(string Name, string Client, string State, string SyncState, long LagBytes);

    internal sealed record Slot(string Name, bool Active, long KeptBytes);
}
