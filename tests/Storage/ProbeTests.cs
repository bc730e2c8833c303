using System.Data.Common;
using FluentAssertions;
using Xunit;

namespace Homelab.Tests.Storage;

public sealed class SqliteProbeTests(SqliteFixture fixture) : ProbeTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresProbeTests(PostgresFixture fixture) : ProbeTests(fixture), IClassFixture<PostgresFixture>;

/// <summary>What <c>/health/ready</c> asks the database: reading alone says nothing of a disk that is full.</summary>
public abstract class ProbeTests(DatabaseFixture fixture)
{
    [Fact]
    public async Task Probe_AfterAWriteThatFailed_WritesBeforeItSaysThatAllIsWell()
    {
        var database = fixture.Database;
        await FluentActions.Awaiting(() => database.WriteAsync(session => session.ExecuteAsync("INSERT INTO nowhere VALUES (1)", null, default), default)).Should().ThrowAsync<DbException>();
        database.WriteFailure.Should().NotBeNull();
        await database.ReadAsync(session => session.ScalarAsync<int>("SELECT 1", null, default), default);
        database.WriteFailure.Should().NotBeNull("it could be read all the time");

        await database.ProbeAsync(default);

        database.WriteFailure.Should().BeNull();
    }

    [Fact]
    public async Task Probe_AfterAWriteThatFailedAndCannotBeDoneNow_Fails()
    {
        var database = fixture.Database;
        await database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE workflow_definitions_revision RENAME TO away", null, default), default);
        database.WriteFailure = new IOException("database or disk is full");

        await FluentActions.Awaiting(() => database.ProbeAsync(default)).Should().ThrowAsync<DbException>();

        await database.WriteAsync(session => session.ExecuteAsync("ALTER TABLE away RENAME TO workflow_definitions_revision", null, default), default);
    }
}
