using System.ComponentModel.DataAnnotations;
using Homelab.Activities.Dns;

namespace Homelab.Activities.Bind;

/// <summary>A zone of a name server that takes signed updates (RFC 2136): BIND, Knot, PowerDNS, Windows.</summary>
internal sealed class BindOptions : ConnectionOptions
{
    /// <summary>Address of the zone's primary server, with a port if it is not 53.</summary>
    [Required]
    [RegularExpression(DnsServer.Pattern)]
    public string? Server { get; set; }

    [Required]
    [RegularExpression(BindClient.NamePattern)]
    public string? Zone { get; set; }

    /// <summary>Name of the key that the server lets change the zone.</summary>
    [RegularExpression(BindClient.NamePattern)]
    public string? KeyName { get; set; }

    /// <summary>The key, in base64 as in the server's file of keys.</summary>
    [Secret]
    public string? Key { get; set; }

    [AllowedValues("hmac-sha256", "hmac-sha384", "hmac-sha512")]
    public string Algorithm { get; set; } = "hmac-sha256";
}

internal sealed class BindClients(Connections<BindOptions> connections)
{
    public async Task<BindClient> OpenAsync(string connection, ActivityContext context, CancellationToken cancellationToken) =>
        new(await connections.GetAsync(connection, cancellationToken), context);
}
