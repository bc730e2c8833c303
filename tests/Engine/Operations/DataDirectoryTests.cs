using FluentAssertions;
using Homelab.Engine.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

public sealed class DataDirectoryTests
{
    private const UnixFileMode Own = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    [Fact]
    public async Task Start_NewDirectory_IsItsOwnersAlone()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("homelab-data-").FullName, "data");
        await using var server = await TestServer.StartAsync(("Storage:Directory", path));
        File.GetUnixFileMode(path).Should().Be(Own);
    }

    [Fact]
    public void Sqlite_DirectoryThatIsShared_StaysAsItIs()
    {
        var path = Directory.CreateTempSubdirectory("homelab-data-").FullName;
        File.SetUnixFileMode(path, Own | UnixFileMode.GroupRead);
        _ = Database.Sqlite(Path.Combine(path, "homelab.db"));
        File.GetUnixFileMode(path).Should().Be(Own | UnixFileMode.GroupRead, "who shares it has a reason");
    }
}
