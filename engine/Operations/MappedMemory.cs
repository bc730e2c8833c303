using System.Globalization;
using System.Runtime.InteropServices;

namespace Homelab.Engine.Operations;

/// <summary>
/// Memory of the process that the collector does not see, on Linux: what the C library keeps of what was freed, and pages that are mapped
/// from files (assemblies, libraries) and were not changed. Such a page is let go and not lost: the system still has it as the file's, may use
/// the room for something else, and maps it again when it is touched.
/// </summary>
internal static class MappedMemory
{
    // include/uapi/asm-generic/mman-common.h of Linux.
    private const int DontNeed = 4;

    /// <summary>How long a mapping must have been as it is: a library that is being loaded is changed before it is sealed.</summary>
    private static readonly TimeSpan Steady = TimeSpan.FromSeconds(1);

    public static async Task GiveBackAsync(TimeProvider time, CancellationToken cancellation)
    {
        if (!OperatingSystem.IsLinux())
            return;
        // Another C library (musl) has no such function and keeps less.
        if (NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "malloc_trim", out _))
            _ = Trim(0);
        var before = MappedFile.Unchanged(File.ReadLines("/proc/self/smaps")).ToHashSet();
        await Task.Delay(Steady, time, cancellation);
        foreach (var file in MappedFile.Unchanged(File.ReadLines("/proc/self/smaps")).Where(before.Contains))
            _ = Advise(file.Start, file.Length, DontNeed);
    }

    [DllImport("libc", EntryPoint = "malloc_trim")]
    private static extern int Trim(nuint keep);

    // What the kernel refuses (pages that somebody locked in memory) stays as it is.
    [DllImport("libc", EntryPoint = "madvise")]
    private static extern int Advise(nuint start, nuint length, int advice);
}

/// <summary>A part of a file that is mapped into this process, as <c>/proc/self/smaps</c> has it (proc_pid_smaps(5)).</summary>
/// <param name="Start">Address, in bytes.</param>
/// <param name="Length">Bytes.</param>
internal sealed record MappedFile(nuint Start, nuint Length, string Permissions, string Offset, string Path)
{
    /// <summary>Those that cannot be written and of which no page was ever written: what they hold is what the file holds.</summary>
    public static IEnumerable<MappedFile> Unchanged(IEnumerable<string> smaps)
    {
        MappedFile? current = null;
        var none = 0;
        foreach (var line in smaps)
        {
            // A mapping begins with "start-end permissions offset device inode path"; its fields are "Name:   12 kB", and the last is VmFlags.
            var word = line.AsSpan(0, Math.Max(0, line.IndexOf(' ', StringComparison.Ordinal)));
            if (word is not [.., ':'])
                (current, none) = (Read(line), 0);
            else if (word is "Anonymous:" or "Swap:" && line.EndsWith(" 0 kB", StringComparison.Ordinal))
                none++;
            else if (word is "VmFlags:" && current is not null && none == 2)
                yield return current;
        }
    }

    private static MappedFile? Read(string line)
    {
        var parts = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries);
        if (parts is not [var range, [_, not 'w', ..] permissions, var offset, _, _, ['/', ..] path]
            || path.StartsWith("/memfd:", StringComparison.Ordinal) || path.EndsWith(" (deleted)", StringComparison.Ordinal))
            return null;
        var dash = range.IndexOf('-', StringComparison.Ordinal);
        var start = Address(range.AsSpan(0, dash));
        return new MappedFile(start, Address(range.AsSpan(dash + 1)) - start, permissions, offset, path);
    }

    private static nuint Address(ReadOnlySpan<char> text) => nuint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
