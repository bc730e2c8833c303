using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Homelab.Engine.Operations;

/// <summary>Section <c>Proxy</c>: the reverse proxies whose word on the caller counts (X-Forwarded-For, -Proto, -Host). Nobody's does unless named here.</summary>
internal sealed class ProxySettings : IValidatableObject
{
    /// <summary>Addresses and networks, separated by commas: <c>127.0.0.1, 10.0.0.0/8</c>.</summary>
    public string Trusted { get; set; } = "";

    public IReadOnlyList<IPNetwork> Networks => [.. Parts.Select(Read).OfType<IPNetwork>()];

    private string[] Parts => Trusted.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Parts.Where(part => Read(part) is null)
        .Select(part => new ValidationResult($"\"{part}\" is neither an address nor a network; write 127.0.0.1 or 10.0.0.0/8, separated by commas.", [nameof(Trusted)]));

    private static IPNetwork? Read(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}

internal static class ProxySetup
{
    /// <summary>Comes before everything that asks who calls and how.</summary>
    public static IApplicationBuilder UseProxy(this WebApplication app)
    {
        var networks = app.Configuration.ReadSettings<ProxySettings>("Proxy").Networks;
        if (networks.Count == 0)
            return app;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in networks)
            options.KnownIPNetworks.Add(network);
        return app.UseForwardedHeaders(options);
    }
}
