using Homelab.Activities;

namespace Homelab.Engine.Cli;

internal static class DefinitionFiles
{
    /// <summary>Files as they are named; of a directory its <c>*.json</c> and <c>*.yaml</c> files, subdirectories included, sorted; schemas are left out.</summary>
    public static IEnumerable<string> Expand(IEnumerable<string> paths) =>
        paths.SelectMany(path => Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
                .Where(file => IsYaml(file) || (file.EndsWith(".json", StringComparison.Ordinal) && !file.EndsWith(".schema.json", StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal)
            : (IEnumerable<string>)[path]);

    public static bool IsYaml(string file) => file.EndsWith(".yaml", StringComparison.Ordinal) || file.EndsWith(".yml", StringComparison.Ordinal);

    /// <summary>The activities without any connection: to check against, without a server or its settings.</summary>
    public static ServiceProvider Activities() => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
        .AddLogging()
        .AddActivities()
        .BuildServiceProvider();
}
