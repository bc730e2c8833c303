using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Btrfs;

internal static class BtrfsSetup
{
    public static void AddBtrfsTool(this IServiceCollection services) => services.AddSingleton<Subvolumes>();
}
