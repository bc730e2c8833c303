using FluentAssertions;
using Homelab.Engine.Controls;
using Xunit;

namespace Homelab.Tests.Engine.Controls;

public sealed class FileStampsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-stamps-").FullName;
    private readonly FileStamps _stamps = new();

    private string File => Path.Combine(_directory, "rules.json");

    [Fact]
    public void MayDiffer_SecondLookWithoutAnEdit_SaysNo()
    {
        System.IO.File.WriteAllText(File, "{}");

        new[] { Look(), Look(), Look() }.Should().Equal(true, false, false);
    }

    [Fact]
    public void MayDiffer_EditOfTheSameSize_SaysYesByTheTime()
    {
        System.IO.File.WriteAllText(File, "1");
        Look();

        System.IO.File.WriteAllText(File, "2");
        System.IO.File.SetLastWriteTimeUtc(File, System.IO.File.GetLastWriteTimeUtc(File).AddSeconds(5));

        Look().Should().BeTrue();
    }

    [Fact]
    public void MayDiffer_EditThatKeepsTheTime_SaysYesByTheSize()
    {
        System.IO.File.WriteAllText(File, "1");
        var written = System.IO.File.GetLastWriteTimeUtc(File);
        Look();

        System.IO.File.WriteAllText(File, "22");
        System.IO.File.SetLastWriteTimeUtc(File, written);

        Look().Should().BeTrue();
    }

    [Fact]
    public void MayDiffer_CopyThatKeepsTimeAndSize_SaysYesAfterAWhile()
    {
        System.IO.File.WriteAllText(File, "1");
        Look();

        Enumerable.Range(0, 200).Count(_ => Look()).Should().Be(1);
    }

    [Fact]
    public void MayDiffer_FileGoneAndBack_SaysYesTwice()
    {
        System.IO.File.WriteAllText(File, "1");
        Look();

        System.IO.File.Delete(File);
        var gone = Look();
        System.IO.File.WriteAllText(File, "1");

        (gone, Look(), Look()).Should().Be((true, true, false));
    }

    [Fact]
    public void MayDiffer_FolderCannotBeListed_AlwaysSaysYes()
    {
        Directory.Delete(_directory, recursive: true);

        new[] { Look(), Look() }.Should().Equal(true, true);
    }

    public void Dispose()
    {
        if (Directory.Exists(_directory))
            Directory.Delete(_directory, recursive: true);
    }

    private bool Look() => _stamps.MayDiffer(() => Directory.EnumerateFiles(_directory));
}
