using Homelab.Engine.Operations;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Api;

/// <summary>The settings in force, secrets masked. They are changed in the file or the environment, where they can be kept under version control.</summary>
internal static class SettingsApi
{
    public static IEndpointRouteBuilder MapSettings(this IEndpointRouteBuilder api)
    {
        api.MapGet("/settings", Get).RequireAuthorization(Policies.Admin).WithTags("Settings").WithName("GetSettings").WithSummary("The settings in force, secrets masked");
        return api;
    }

    private static Ok<SettingsInfo> Get(IConfiguration configuration, IEnumerable<SettingsSection> sections, DataDirectory data, Database database)
    {
        var secrets = Secrets.From(configuration);
        string[] shown = [.. sections.Select(section => section.Name), "Storage", "Urls", "Workflows"];
        return TypedResults.Ok(new SettingsInfo
        {
            Version = ProductVersion.Text,
            Database = database.Dialect == Dialect.Sqlite ? "SQLite" : "PostgreSQL",
            DataDirectory = data.Path,
            Settings = [.. shown
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Order(StringComparer.OrdinalIgnoreCase)
                .SelectMany(name => configuration.GetSection(name).AsEnumerable())
                .Where(pair => pair.Value is not null)
                .OrderBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase)
                .Select(pair => new SettingInfo(pair.Key, Secrets.IsSecretName(pair.Key.Split(':')[^1]) ? Secrets.Mask : secrets.Hide(pair.Value ?? "")))],
        });
    }
}

internal sealed record SettingInfo(string Name, string Value);

internal sealed record SettingsInfo
{
    public required string Version { get; init; }

    public required string Database { get; init; }

    public required string DataDirectory { get; init; }

    public required IReadOnlyList<SettingInfo> Settings { get; init; }
}
