using System.Security.Cryptography;
using Homelab.Engine.Operations;

namespace Homelab.Engine.Vault;

/// <summary>
/// The key that secrets are sealed with: <c>Vault:Key</c> (environment <c>HOMELAB__Vault__Key</c>), else the systemd credential
/// <c>homelab-key</c>, else a file in the data directory that only its owner may read, made when the first secret is stored.
/// Several nodes on one database need the same key. It is never in the database, so that a copy of that tells nothing.
/// </summary>
internal sealed class SecretKey(IConfiguration configuration, DataDirectory data)
{
    public const string CredentialName = "homelab-key";

    private const int Size = 32;

    private readonly Lock _lock = new();
    private byte[]? _key;

    public string FilePath => Path.Combine(data.Path, "secrets.key");

    /// <exception cref="SecretStoreException">There is none, it is not one, or others may read its file.</exception>
    public byte[] Read() => Find() ?? throw new SecretStoreException(
        $"The key of the secret store is missing: {FilePath} does not exist, and neither Vault:Key nor the systemd credential {CredentialName} is given. Restore it from where you keep it; without it the stored secrets cannot be read.");

    /// <summary>As <see cref="Read"/>, and makes the file where there is no key at all; only for who knows that nothing is sealed yet.</summary>
    public byte[] ReadOrMake()
    {
        if (Find() is { } known)
            return known;
        DataDirectory.Make(data.Path);
        lock (_lock)
        {
            try
            {
                using var file = new FileStream(FilePath, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
                });
                file.Write(System.Text.Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Size)) + "\n"));
                file.Flush(flushToDisk: true);
            }
            catch (IOException) when (File.Exists(FilePath))
            {
                // Another process made it at the same moment; that one counts.
            }
        }

        return Read();
    }

    /// <summary>Tells keys apart without telling anything of them.</summary>
    public static string IdOf(byte[] key) => Convert.ToHexStringLower(HMACSHA256.HashData(key, "homelab secret store key id"u8)[..8]);

    private byte[]? Find()
    {
        lock (_lock)
        {
            if (_key is not null)
                return _key;
            if (configuration["Vault:Key"] is { Length: > 0 } given)
                return _key = Parse(given, "Vault:Key");
            var credential = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } directory ? Path.Combine(directory, CredentialName) : null;
            if (credential is not null && File.Exists(credential))
                return _key = Parse(File.ReadAllText(credential), $"The systemd credential {CredentialName}");
            return File.Exists(FilePath) ? _key = Parse(ReadPrivate(FilePath), FilePath) : null;
        }
    }

    private static string ReadPrivate(string path)
    {
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        return (File.GetUnixFileMode(path) & Others) == 0
            ? File.ReadAllText(path)
            : throw new SecretStoreException($"{path} may be read by others than its owner, so it is not used. Run: chmod 600 {path}");
    }

    private static byte[] Parse(string text, string what)
    {
        var buffer = new byte[Size];
        return Convert.TryFromBase64String(text.Trim(), buffer, out var written) && written == Size
            ? buffer
            : throw new SecretStoreException($"{what} is not a key: {Size} random bytes in base64 are needed (openssl rand -base64 {Size} makes one).");
    }
}

/// <summary>The secret store cannot be used as it is; the message says what to do and holds no secret.</summary>
internal sealed class SecretStoreException(string message) : Exception(message);
