using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Redis;

/// <summary>A Redis or Valkey server.</summary>
internal sealed class RedisOptions : ConnectionOptions
{
    [Required]
    [RegularExpression("[A-Za-z0-9:][A-Za-z0-9_.:-]*")]
    public string? Host { get; set; }

    [Range(1, 65535)]
    public int Port { get; set; } = 6379;

    /// <summary>A user of its access list; the default one when empty.</summary>
    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }

    public bool Tls { get; set; }

    /// <summary>SHA-256 of the server's certificate in hexadecimal.</summary>
    [RegularExpression("([0-9A-Fa-f]{2}:?){32}")]
    public string? CertificateFingerprint { get; set; }

    /// <summary>PEM file of the authority that signs the server's certificate, instead of the system's.</summary>
    public string? CaFile { get; set; }
}
