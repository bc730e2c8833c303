using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Ssh;

/// <summary>A machine: this one (<see cref="Local"/>) or one reached by the system's ssh. Also what systemd, Linux and btrfs act on.</summary>
internal sealed class SshOptions : ConnectionOptions, IValidatableObject
{
    /// <summary>Commands run on this machine, without ssh.</summary>
    public bool Local { get; set; }

    [RegularExpression("[A-Za-z0-9:][A-Za-z0-9_.:%-]*")]
    public string? Host { get; set; }

    [Range(1, 65535)]
    public int Port { get; set; } = 22;

    [RegularExpression("[A-Za-z0-9_][A-Za-z0-9_.-]*")]
    public string? User { get; set; }

    /// <summary>Private key; the agent's and the default keys of the user otherwise. A key with a passphrase needs an agent: nobody is asked.</summary>
    public string? KeyFile { get; set; }

    /// <summary>Where host keys are known; a key that is not there is refused, never added.</summary>
    public string? KnownHostsFile { get; set; }

    /// <summary>Commands run by <c>sudo -n</c>; the rule for it must ask no password.</summary>
    public bool Sudo { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Local == Host is { Length: > 0 })
            yield return new("Give either Host or Local = true.", [nameof(Host)]);
    }
}
