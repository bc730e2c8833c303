using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Docker;

internal sealed class DockerOptions : ConnectionOptions, IValidatableObject
{
    /// <summary><c>unix:///var/run/docker.sock</c>, <c>http://host:2375</c>, <c>https://host:2376</c>, or <c>ssh://NAME</c> with a connection of Ssh.</summary>
    [Required]
    public string Endpoint { get; set; } = "unix:///var/run/docker.sock";

    /// <summary>The engine's socket on the far side of <c>ssh://</c>.</summary>
    public string RemoteSocket { get; set; } = "/var/run/docker.sock";

    /// <summary>Seconds beyond the usual ones that pulling an image and pruning may take: images are big, disks and lines are slow. The activity's own limit ends them besides.</summary>
    [Range(0, 86_400)]
    public int PullTimeoutSeconds { get; set; } = 1800;

    /// <summary>SHA-256 of the server's certificate in hexadecimal.</summary>
    [RegularExpression("([0-9A-Fa-f]{2}:?){32}")]
    public string? CertificateFingerprint { get; set; }

    public string? CaFile { get; set; }

    /// <summary>PEM files with which this client shows who it is.</summary>
    public string? ClientCertificateFile { get; set; }

    public string? ClientKeyFile { get; set; }

    /// <summary>Ssh connection of the engine's machine, for what its API cannot do: clear a log, compose.</summary>
    public string? Host { get; set; }

    /// <summary>The compose program there: "docker compose" or "docker-compose".</summary>
    [RegularExpression("docker compose|docker-compose|podman-compose")]
    public string Compose { get; set; } = "docker compose";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Uri.TryCreate(Endpoint, UriKind.Absolute, out var endpoint) || endpoint.Scheme is not ("unix" or "http" or "https" or "ssh"))
            yield return new("Endpoint must begin with unix://, http://, https:// or ssh://.", [nameof(Endpoint)]);
        if (ClientCertificateFile is null != ClientKeyFile is null)
            yield return new("ClientCertificateFile and ClientKeyFile belong together.", [nameof(ClientKeyFile)]);
    }
}
