using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using FluentAssertions;
using Homelab.Engine.Operations;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

public sealed class MappedMemoryTests : IDisposable
{
    private const int Size = 8 << 20;
    private readonly string _path = Path.GetTempFileName();

    public MappedMemoryTests() => File.WriteAllBytes(_path, Enumerable.Range(0, Size).Select(index => (byte)(index * 31 >> 8)).ToArray());

    public void Dispose() => File.Delete(_path);

    [LinuxFact]
    public async Task GiveBack_FileThatIsOnlyRead_IsNoLongerResidentAndReadsTheSame()
    {
        using var file = MemoryMappedFile.CreateFromFile(_path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = file.CreateViewAccessor(0, Size, MemoryMappedFileAccess.Read);
        var expected = File.ReadAllBytes(_path);
        Content(view).Should().Equal(expected);
        Resident().Should().Be(Size / 1024);

        await MappedMemory.GiveBackAsync(TimeProvider.System, CancellationToken.None);

        Resident().Should().Be(0);
        Content(view).Should().Equal(expected);
    }

    [LinuxFact]
    public async Task GiveBack_PageThatWasChangedAndSealed_KeepsTheChange()
    {
        using var file = MemoryMappedFile.CreateFromFile(_path, FileMode.Open, null, 0, MemoryMappedFileAccess.CopyOnWrite);
        using var view = file.CreateViewAccessor(0, Size, MemoryMappedFileAccess.CopyOnWrite);
        view.Write(4096, (byte)99);
        // As a library's table of addresses is: written while it is loaded, then read only.
        Protect(view.SafeMemoryMappedViewHandle.DangerousGetHandle(), Size, 1).Should().Be(0);

        await MappedMemory.GiveBackAsync(TimeProvider.System, CancellationToken.None);

        view.ReadByte(4096).Should().Be(99);
    }

    [Theory]
    [InlineData("7f0000000000-7f0000002000 r-xp 00001000 fe:00 12 /opt/lib one.so", 0, 0, true)]
    [InlineData("7f0000000000-7f0000002000 r--s 00000000 fe:00 12 /opt/a.dll", 0, 0, true)]
    [InlineData("7f0000000000-7f0000002000 r--p 00000000 fe:00 12 /opt/a.so", 4, 0, false)]
    [InlineData("7f0000000000-7f0000002000 r--p 00000000 fe:00 12 /opt/a.so", 0, 4, false)]
    [InlineData("7f0000000000-7f0000002000 rw-p 00000000 fe:00 12 /opt/a.so", 0, 0, false)]
    [InlineData("7f0000000000-7f0000002000 rw-s 00000000 fe:00 12 /data/homelab.db-shm", 0, 0, false)]
    [InlineData("7f0000000000-7f0000002000 r-xs 00000000 00:01 12 /memfd:doublemapper (deleted)", 0, 0, false)]
    [InlineData("7f0000000000-7f0000002000 r-xp 00000000 fe:00 12 /opt/replaced.so (deleted)", 0, 0, false)]
    [InlineData("7f0000000000-7f0000002000 r-xp 00000000 00:00 0 [vdso]", 0, 0, false)]
    [InlineData("7f0000000000-7f0000002000 rw-p 00000000 00:00 0 ", 0, 0, false)]
    public void Unchanged_OneMapping_IsTakenOnlyWhenItHoldsWhatTheFileHolds(string mapping, int anonymous, int swapped, bool taken)
    {
        string[] smaps = [mapping, "Size:                  8 kB", $"Anonymous:             {anonymous} kB", $"Swap:                  {swapped} kB", "SwapPss:               0 kB", "VmFlags: rd mr mw me "];

        MappedFile.Unchanged([.. smaps, .. smaps]).Should().HaveCount(taken ? 2 : 0);
    }

    [Fact]
    public void Unchanged_SystemThatDoesNotSayWhatWasChanged_TakesNothing() =>
        MappedFile.Unchanged(["7f0000000000-7f0000002000 r-xp 00001000 fe:00 12 /opt/a.so", "Size:                  8 kB", "VmFlags: rd ex "]).Should().BeEmpty();

    [Fact]
    public void Unchanged_Mapping_HasItsAddressInBytes() =>
        MappedFile.Unchanged(["7f001000-7f003000 r-xp 00001000 fe:00 12 /opt/my lib.so", "Anonymous:             0 kB", "Swap:                  0 kB", "VmFlags: rd ex "])
            .Should().Equal(new MappedFile(0x7f001000, 0x2000, "r-xp", "00001000", "/opt/my lib.so"));

    private static byte[] Content(MemoryMappedViewAccessor view)
    {
        var content = new byte[Size];
        view.ReadArray(0, content, 0, Size);
        return content;
    }

    /// <summary>KiB of the file that this process holds.</summary>
    private int Resident() =>
        File.ReadAllLines("/proc/self/smaps").SkipWhile(line => !line.EndsWith(_path, StringComparison.Ordinal)).Where(line => line.StartsWith("Rss:", StringComparison.Ordinal))
            .Select(line => int.Parse(line[4..^2], CultureInfo.InvariantCulture)).First();

    [DllImport("libc", EntryPoint = "mprotect")]
    private static extern int Protect(nint start, nuint length, int protection);

    private sealed class LinuxFactAttribute : FactAttribute
    {
        public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null! : "Only Linux tells what is mapped.";
    }
}
