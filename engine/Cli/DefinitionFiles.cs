namespace Homelab.Engine.Cli;

internal static class DefinitionFiles
{
    /// <summary>Files as they are named; of a directory its <c>*.json</c> files, subdirectories included, sorted.</summary>
    public static IEnumerable<string> Expand(IEnumerable<string> paths) =>
        paths.SelectMany(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : (IEnumerable<string>)[path]);
}
