using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Email;

/// <summary>A mail server that takes messages.</summary>
internal sealed class EmailOptions : ConnectionOptions
{
    [Required]
    [RegularExpression("[A-Za-z0-9:][A-Za-z0-9_.:-]*")]
    public string? Host { get; set; }

    [Range(1, 65535)]
    public int Port { get; set; } = 587;

    /// <summary>STARTTLS; without it nothing secret is sent.</summary>
    public bool StartTls { get; set; } = true;

    /// <summary>TLS from the first byte on, as on port 465, instead of STARTTLS.</summary>
    public bool ImplicitTls { get; set; }

    /// <summary>SHA-256 of the server's certificate in hexadecimal.</summary>
    [RegularExpression("([0-9A-Fa-f]{2}:?){32}")]
    public string? CertificateFingerprint { get; set; }

    /// <summary>PEM file of the authority that signs the server's certificate, instead of the system's.</summary>
    public string? CaFile { get; set; }

    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }

    [Required]
    [EmailAddress]
    public string? From { get; set; }

    /// <summary>Whom messages go to that name nobody.</summary>
    [EmailAddress]
    public string? To { get; set; }

    /// <summary>More wait, and go out as one.</summary>
    [Range(1, 600)]
    public int MessagesPerMinute { get; set; } = 10;
}
