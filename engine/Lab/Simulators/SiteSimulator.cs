using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Engine.Lab.Simulators;

/// <summary>The pages behind the proxy of the homelab: each site under its own name, as fast or slow as what serves it.</summary>
internal sealed class SiteSimulator(World.Homelab homelab, TimeProvider time) : Simulator(homelab)
{
    /// <summary>One for all sites, signed by nobody; whoever asks is told its fingerprint.</summary>
    public static X509Certificate2 Certificate(DateTimeOffset? expires = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var made = new CertificateRequest("CN=lab", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, expires ?? DateTimeOffset.UnixEpoch.AddYears(200));
        // As it is made its key cannot be used by TLS on every platform.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    protected override async Task<Answer?> AnswerAsync(Request request)
    {
        TimeSpan takes;
        string name;
        lock (Homelab.Sync)
        {
            if (Homelab.Units.FirstOrDefault(unit => unit.Site is { } site && new Uri(site).Host == request.Host) is { } server)
            {
                if (!server.Works || !server.Machine.IsReachable)
                    return null;
                (takes, name) = (TimeSpan.FromSeconds(Homelab.SiteSeconds(server)), server.Name);
            }
            else if (Homelab.Container("traefik") is not { } proxy || !Homelab.Serves(proxy))
            {
                return null;
            }
            else if (Homelab.Behind(request.Host) is not { } container)
            {
                return Answer.Text((int)HttpStatusCode.NotFound, "404 page not found\n");
            }
            else if (!Homelab.Serves(container))
            {
                return Answer.Text((int)HttpStatusCode.BadGateway, "Bad Gateway");
            }
            else
            {
                (takes, name) = (TimeSpan.FromSeconds(Homelab.SiteSeconds(container)), container.Name);
            }
        }

        await Task.Delay(takes, time, request.Aborted);
        return Answer.Text((int)HttpStatusCode.OK, $"{name}\n");
    }
}
