using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.SignIn;

/// <summary>Bound from <c>SignIn</c>. The defaults suit a homelab; nothing needs to be set.</summary>
internal sealed class SignInOptions
{
    /// <summary>A session that nobody used for this long ends.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(12);

    /// <summary>A session ends after this long even when it is in use.</summary>
    public TimeSpan AbsoluteTimeout { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How long Studio's token lives without being used; it never outlives its session.</summary>
    public TimeSpan StudioTokenTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>PBKDF2-SHA-512 rounds for new passwords. Stored with each hash, so that raising it breaks none.</summary>
    [Range(1_000, 10_000_000)]
    public int PasswordIterations { get; init; } = 210_000;

    [Range(8, 128)]
    public int PasswordMinLength { get; init; } = 12;

    /// <summary>The first administrator's password, for unattended installs. Unset: one is made and printed once.</summary>
    public string? FirstPassword { get; init; }
}
