using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Homelab.Engine.SignIn;

/// <summary>Random tokens (256 bits) and what is stored of them: a SHA-256, which is enough for what cannot be guessed.</summary>
internal static class Tokens
{
    /// <summary>Every API key starts with this, so that scanners for leaked secrets can find it.</summary>
    public const string ApiKeyPrefix = "hlk_";

    private const string ReadableLetters = "abcdefghjkmnpqrstuvwxyz23456789";

    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    public static string NewApiKey() => ApiKeyPrefix + New();

    /// <summary>Four groups of five letters that are not mistaken for each other: 99 bits.</summary>
    public static string NewPassword() => string.Join('-', Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(ReadableLetters, 5)));

    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>The token that a write must carry in a header besides the session's cookie. Derived, so that nothing more is stored.</summary>
    public static string Csrf(string sessionToken) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes("csrf:" + sessionToken)));
}
