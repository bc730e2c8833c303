using FluentAssertions;
using Homelab.Engine.Operations;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

public sealed class DataDirectoryTests
{
    [Fact]
    public void Make_NewOne_IsItsOwnersAlone()
    {
        var data = new DataDirectory(Path.Combine(Directory.CreateTempSubdirectory("homelab-data-").FullName, "data"));
        data.Make();
        File.GetUnixFileMode(data.Path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        const UnixFileMode shared = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead;
        File.SetUnixFileMode(data.Path, shared);
        data.Make();
        File.GetUnixFileMode(data.Path).Should().Be(shared, "who shares it has a reason");
    }

    [Fact]
    public void Make_PathThatCannotBe_IsLeftToWhoNeedsIt()
    {
        var file = Path.GetTempFileName();
        new DataDirectory(Path.Combine(file, "data")).Invoking(data => data.Make()).Should().NotThrow();
        File.Delete(file);
    }
}
