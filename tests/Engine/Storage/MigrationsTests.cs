using FluentAssertions;
using Homelab.Engine.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Storage;

public sealed class MigrationsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-").FullName;

    [Fact]
    public async Task Apply_Twice_DoesNothingTheSecondTime()
    {
        await using var database = Database.Sqlite(Path.Combine(_directory, "homelab.db"));
        await Migrations.ApplyAsync(database, TimeProvider.System, default);
        (await Migrations.ApplyAsync(database, TimeProvider.System, default)).Should().BeEmpty();
    }

    [Fact]
    public async Task Apply_DatabaseOfNewerVersion_RefusesAndSaysSo()
    {
        await using var database = Database.Sqlite(Path.Combine(_directory, "homelab.db"));
        await Migrations.ApplyAsync(database, TimeProvider.System, default);
        await database.WriteAsync(session => session.ExecuteAsync("INSERT INTO schema_migrations (number, name, applied_at) VALUES (9999, 'future', 0)", null, default), default);
        await FluentActions.Awaiting(() => Migrations.ApplyAsync(database, TimeProvider.System, default))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*9999*newer version*");
    }

    [Fact]
    public void Version_SystemLibraryPresent_IsNotTheOldBundledOne() =>
        Version.Parse(SqliteLibrary.Version).Should().BeGreaterThan(new Version(3, 35, 5));

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
