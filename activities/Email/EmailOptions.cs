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

    public string? User { get; set; }

    [Secret]
    public string? Password { get; set; }

    [Required]
    [EmailAddress]
    public string? From { get; set; }

    /// <summary>Whom messages go to that name nobody.</summary>
    [EmailAddress]
    public string? To { get; set; }
}
