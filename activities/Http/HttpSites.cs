using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Homelab.Activities.Http;

/// <summary>Which of the configured sites an address belongs to; most belong to none.</summary>
internal sealed class HttpSites(IConfiguration configuration, Connections<HttpOptions> connections)
{
    /// <summary>The site of the same scheme, host and port, and the way to it. One that is not valid is told only to those who ask for it.</summary>
    public async Task<(HttpOptions Options, Place Place)> AtAsync(Uri url, CancellationToken cancellationToken)
    {
        var name = configuration.GetSection($"Activities:{Connections<HttpOptions>.Tool}").GetChildren()
            .FirstOrDefault(site => Uri.TryCreate(site[nameof(HttpOptions.Url)], UriKind.Absolute, out var address) && IsSame(address, url))?.Key;
        return name is null ? (new() { Name = url.Host, Url = url }, new(null, null, null, null)) : await OfAsync(name, cancellationToken);
    }

    public async Task<(HttpOptions Options, Place Place)> OfAsync(string name, CancellationToken cancellationToken)
    {
        var options = await connections.GetAsync(name, cancellationToken);
        return (options, new(options.CertificateFingerprint, options.CaFile, null, options.ConnectTo is { } to ? new AddressConnector(to) : null));
    }

    private static bool IsSame(Uri site, Uri url) => Uri.Compare(site, url, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    /// <param name="Address">HOST:PORT, checked with the options.</param>
    private sealed record AddressConnector(string Address) : IStreamConnector
    {
        public async ValueTask<Stream> OpenAsync(CancellationToken cancellationToken)
        {
            var colon = Address.LastIndexOf(':');
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(Address[..colon].Trim('[', ']'), int.Parse(Address[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
