using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Activities.Certificates;

internal static class CertificatesSetup
{
    /// <summary>Endpoints are named by the input, files lie on machines of SSH: nothing of its own to register.</summary>
    public static IServiceCollection AddCertificatesTool(this IServiceCollection services) => services;
}
