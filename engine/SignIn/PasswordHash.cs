using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Engine.SignIn;

/// <summary>Passwords are kept as <c>pbkdf2-sha512$rounds$salt$hash</c>; the rounds travel with the hash.</summary>
internal static class PasswordHash
{
    private const string Scheme = "pbkdf2-sha512";
    private const int SaltBytes = 16;
    private const int HashBytes = 64;

    public static string Create(string password, int iterations)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Join('$', Scheme, iterations.ToString(CultureInfo.InvariantCulture), Convert.ToBase64String(salt), Convert.ToBase64String(Derive(password, salt, iterations)));
    }

    /// <summary>False also for a hash that cannot be read: a damaged row locks out, it never lets in.</summary>
    public static bool Verify(string password, string stored)
    {
        if (stored.Split('$') is not [Scheme, var rounds, var salt, var hash] ||
            !int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) ||
            iterations < 1)
        {
            return false;
        }

        try
        {
            var expected = Convert.FromBase64String(hash);
            return expected.Length == HashBytes && CryptographicOperations.FixedTimeEquals(Derive(password, Convert.FromBase64String(salt), iterations), expected);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    /// <summary>True when the hash was made with fewer rounds than are asked for now.</summary>
    public static bool IsWeakerThan(string stored, int iterations) =>
        stored.Split('$') is not [_, var rounds, _, _] || !int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out var used) || used < iterations;

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA512, HashBytes);
}
