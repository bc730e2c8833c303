using Xunit;

namespace Homelab.Tests.Conformance;

/// <summary>
/// Recorded cases that are not part of the project: <c>HOMELAB_CONFORMANCE</c>, or <c>../shared/conformance</c> beside
/// the repository. Where they are missing, tests marked with the attributes below are skipped, saying so.
/// </summary>
internal static class ConformanceFolder
{
    public static string Root { get; } = Find();

    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    public static string? MissingReason(string relative) => File.Exists(Path(relative)) || Directory.Exists(Path(relative))
        ? null
        : $"The conformance cases {Path(relative)} are not there; set HOMELAB_CONFORMANCE to their folder.";

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("HOMELAB_CONFORMANCE") is { Length: > 0 } configured)
            return configured;

        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Homelab.Workflows.sln")))
            folder = folder.Parent;

        return System.IO.Path.GetFullPath(System.IO.Path.Combine(folder?.FullName ?? ".", "..", "shared", "conformance"));
    }
}

/// <summary>A fact over one conformance file or folder; skipped where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConformanceFactAttribute : FactAttribute
{
    public ConformanceFactAttribute(string relative) => Skip = ConformanceFolder.MissingReason(relative)!;
}

/// <summary>A theory over the cases of one conformance file or folder; skipped where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ConformanceTheoryAttribute : TheoryAttribute
{
    public ConformanceTheoryAttribute(string relative) => Skip = ConformanceFolder.MissingReason(relative)!;
}
