using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Activities;

/// <summary>Whose certificate is accepted: exactly the pinned one, one signed by a given authority, or (null) what the system trusts.</summary>
internal static class TlsTrust
{
    public static RemoteCertificateValidationCallback? Of(string? fingerprint, string? caFile) => (fingerprint, caFile) switch
    {
        ({ } pin, _) => (_, certificate, _, _) => certificate is X509Certificate2 given
            && string.Equals(given.GetCertHashString(HashAlgorithmName.SHA256), pin.Replace(":", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase),
        (_, { } authority) => (_, certificate, _, errors) => IsSignedBy(certificate, authority, errors),
        _ => null,
    };

    private static bool IsSignedBy(X509Certificate? certificate, string authority, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 given || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(authority);
        return chain.Build(given);
    }
}
