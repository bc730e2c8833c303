using Homelab.Activities;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Vault;

internal static class VaultSetup
{
    /// <summary>The encrypted store behind <c>secret:NAME</c>; comes before the activities, which would otherwise know no secret by name.</summary>
    public static IServiceCollection AddVault(this IServiceCollection services)
    {
        services.AddSettings<VaultSettings>("Vault");
        services.AddSingleton<SecretKey>();
        services.AddSingleton<SecretStore>();
        services.AddSingleton<ISecretSource>(provider => provider.GetRequiredService<SecretStore>());
        return services;
    }
}

/// <summary>Section <c>Vault</c>.</summary>
internal sealed class VaultSettings
{
    /// <summary>32 random bytes in base64; empty uses the systemd credential or the file in the data directory.</summary>
    public string Key { get; set; } = "";
}
