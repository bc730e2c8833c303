using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Activities;

/// <summary>Keeps one pool of connections a place (address, pin, authority, socket). No proxy, no cookies, no redirects followed.</summary>
internal sealed class ToolHttp(Secrets secrets) : IDisposable
{
    private readonly ConcurrentDictionary<Place, Lazy<HttpMessageInvoker>> _pools = new();

    /// <summary>A client for one attempt of one step.</summary>
    /// <param name="authorize">Puts the credentials on each request.</param>
    public ToolHttpClient Open(HttpConnectionOptions options, ActivityContext context, Action<HttpRequestMessage>? authorize = null) =>
        Open(options, options.Url!, new Place(options.CertificateFingerprint, options.CaFile, null, null), context, authorize);

    /// <summary>The same over a stream that the tool opens itself (a unix socket, an SSH channel).</summary>
    public ToolHttpClient Open(
        ConnectionOptions options, Uri address, Place place, ActivityContext context, Action<HttpRequestMessage>? authorize = null) =>
        new(Pool(place), options, address, context, secrets, authorize);

    internal HttpMessageInvoker Pool(Place place) =>
        _pools.GetOrAdd(place, key => new(() => new HttpMessageInvoker(new DryRunHandler(Handler(key))))).Value;

    public void Dispose()
    {
        foreach (var pool in _pools.Values.Where(pool => pool.IsValueCreated))
            pool.Value.Dispose();
    }

    private static SocketsHttpHandler Handler(Place place)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = System.Net.DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 64,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = TlsTrust.Of(place.Fingerprint, place.CaFile);
        if (place.ClientCertificate is { } client)
            handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(client.CertificateFile, client.KeyFile)];
        if (place.Connect is { } connect)
            handler.ConnectCallback = (_, cancellationToken) => connect.OpenAsync(cancellationToken);
        return handler;
    }
}

/// <summary>Where a pool of connections goes; equal places share one.</summary>
internal sealed record Place(string? Fingerprint, string? CaFile, ClientCertificate? ClientCertificate, IStreamConnector? Connect);

internal sealed record ClientCertificate(string CertificateFile, string KeyFile);

/// <summary>Opens the stream to speak HTTP over; a record, so that equal ones share a pool.</summary>
internal interface IStreamConnector
{
    ValueTask<Stream> OpenAsync(CancellationToken cancellationToken);
}
