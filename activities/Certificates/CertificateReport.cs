using System.ComponentModel;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Activities.Certificates;

internal sealed record CertificateReport
{
    [Description("Days until the first certificate of the chain expires; negative when it has.")]
    public required double DaysLeft { get; init; }

    [Description("It expires within the days to warn of, or has: reason to renew it or tell somebody.")]
    public required bool Expiring { get; init; }

    [Description("Valid now, complete to an authority that this machine trusts, and for the name asked for.")]
    public required bool Trusted { get; init; }

    [Description("What is wrong, in words; empty when trusted.")]
    public required IReadOnlyList<string> Problems { get; init; }

    [Description("Certificates as they were given, the server's own first.")]
    public required IReadOnlyList<Entry> Chain { get; init; }

    internal sealed record Entry(string Subject, string Issuer, IReadOnlyList<string> Names, DateTimeOffset NotBefore, DateTimeOffset NotAfter, string Fingerprint);

    public static CertificateReport Of(IReadOnlyList<X509Certificate2> given, string? host, int warnDays, DateTimeOffset now)
    {
        List<string> problems = [];
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        foreach (var further in given.Skip(1))
            chain.ChainPolicy.ExtraStore.Add(further);
        if (!chain.Build(given[0]))
            problems.AddRange(chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct());
        if (host is not null && !given[0].MatchesHostname(host))
            problems.Add($"it is not for the name '{host}'");
        var left = (given.Min(certificate => Utc(certificate.NotAfter)) - now).TotalDays;
        return new()
        {
            DaysLeft = Math.Round(left, 2),
            Expiring = left <= warnDays,
            Trusted = problems.Count == 0,
            Problems = problems,
            Chain = [.. given.Select(certificate => new Entry(
                certificate.Subject, certificate.Issuer, Names(certificate), Utc(certificate.NotBefore), Utc(certificate.NotAfter),
                certificate.GetCertHashString(HashAlgorithmName.SHA256)))],
        };
    }

    private static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime());

    private static IReadOnlyList<string> Names(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names
            ? [.. names.EnumerateDnsNames(), .. names.EnumerateIPAddresses().Select(address => address.ToString())]
            : [];
}
