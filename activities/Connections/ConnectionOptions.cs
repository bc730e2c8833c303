using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities;

/// <summary>What every connection has.</summary>
internal abstract class ConnectionOptions
{
    /// <summary>Set from the configuration's key, not from a value.</summary>
    internal string Name { get; set; } = "default";

    /// <summary>One request from its first byte to the last of its answer, so that a slow drip ends too.</summary>
    [Range(1, 3600)]
    public int TimeoutSeconds { get; set; } = 30;

    /// <summary>A larger answer is refused.</summary>
    [Range(1024, 1 << 30)]
    public int LargestAnswerBytes { get; set; } = 8 << 20;
}

/// <summary>A tool spoken to over HTTP.</summary>
internal abstract class HttpConnectionOptions : ConnectionOptions
{
    [Required]
    public Uri? Url { get; set; }

    /// <summary>SHA-256 of the server's certificate in hexadecimal: exactly this one is accepted, whoever signed it.</summary>
    [RegularExpression("([0-9A-Fa-f]{2}:?){32}")]
    public string? CertificateFingerprint { get; set; }

    /// <summary>PEM file of the authority that signs the server's certificate, instead of the system's.</summary>
    public string? CaFile { get; set; }
}

/// <summary>What every input of a tool with connections has.</summary>
internal abstract record ConnectedInput
{
    [Description("Name of the connection to use.")]
    [StringLength(100, MinimumLength = 1)]
    public string Connection { get; init; } = "default";
}
