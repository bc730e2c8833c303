using FluentAssertions;
using Homelab.Engine.Lab.Postgres;
using Npgsql;
using Xunit;
using World = Homelab.Engine.Lab.World;

namespace Homelab.Tests.Engine.Lab;

/// <summary>The lab's PostgreSQL as the ordinary client sees it.</summary>
public sealed class SimulatedDatabaseTests
{
    [Fact]
    public async Task Run_AnUnknownStatement_IsRefusedAndTheSessionGoesOn()
    {
        var homelab = new World.Homelab(1, DateTimeOffset.UnixEpoch);
        await using var server = new PostgresServer(new SimulatedDatabase(homelab).Run);
        await using var source = NpgsqlDataSource.Create($"Host=127.0.0.1;Port={server.Port};Username=homelab;Database=main;SslMode=Prefer");
        await using var connection = await source.OpenConnectionAsync();
        await using var unknown = new NpgsqlCommand("DROP TABLE orders", connection);
        (await unknown.Invoking(command => command.ExecuteNonQueryAsync()).Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be("42601");
        await using var known = new NpgsqlCommand("SELECT current_setting('max_connections')::int", connection);
        (await known.ExecuteScalarAsync()).Should().Be(100);
        homelab.Actions.Should().BeEmpty();
    }

    [Fact]
    public async Task Run_WhileTheUnitIsDown_CutsTheConnection()
    {
        var homelab = new World.Homelab(1, DateTimeOffset.UnixEpoch);
        await using var server = new PostgresServer(new SimulatedDatabase(homelab).Run);
        homelab.Strike(new() { Kind = "service_down", Target = "db/postgresql.service" });
        await using var connection = new NpgsqlConnection($"Host=127.0.0.1;Port={server.Port};Username=homelab;Database=main;Pooling=false");
        await connection.Invoking(open => open.OpenAsync()).Should().ThrowAsync<NpgsqlException>();
    }
}
