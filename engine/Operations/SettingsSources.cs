namespace Homelab.Engine.Operations;

internal static class SettingsSources
{
    public const string EnvironmentPrefix = "HOMELAB__";

    /// <summary>Later wins: <c>appsettings.json</c> beside the executable, the environment (<c>HOMELAB__Storage__Directory</c>), the command line.</summary>
    public static void AddSettingsSources(this ConfigurationManager configuration, IReadOnlyDictionary<string, string?> settings)
    {
        configuration.AddEnvironmentVariables(EnvironmentPrefix);
        configuration.AddInMemoryCollection(settings);
    }

    /// <summary>The settings alone, for commands that start no server.</summary>
    public static IConfigurationRoot Read(IReadOnlyDictionary<string, string?> settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true, reloadOnChange: false);
        configuration.AddSettingsSources(settings);
        return configuration;
    }
}
