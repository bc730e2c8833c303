using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.RegularExpressions;
using Homelab.Activities.Ssh;

namespace Homelab.Activities.Certificates;

/// <summary>certbot on a machine: it knows the authority, the account and how to prove the names.</summary>
internal static partial class Certbot
{
    public const string NamePattern = "[A-Za-z0-9*_][A-Za-z0-9_.*-]{0,252}";

    public static async Task<IReadOnlyList<ManagedCertificate>> ListAsync(Host host, string? directory, CancellationToken cancellationToken)
    {
        var answer = await host.ReadAsync(new(Words(directory, "certificates")) { Timeout = TimeSpan.FromMinutes(2) }, cancellationToken);
        return [.. Entry().Matches(answer.Output).Select(found => new ManagedCertificate(
            found.Groups["name"].Value,
            found.Groups["domains"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            DateTimeOffset.Parse(found.Groups["expiry"].Value, CultureInfo.InvariantCulture),
            found.Groups["serial"].Value,
            found.Groups["path"].Value))];
    }

    /// <summary>The certificate of that name; one that certbot does not keep throws.</summary>
    public static async Task<ManagedCertificate> GetAsync(Host host, string? directory, string certificate, CancellationToken cancellationToken)
    {
        var all = await ListAsync(host, directory, cancellationToken);
        return all.FirstOrDefault(found => found.Certificate == certificate)
            ?? throw new ActivityException($"certbot of {host.Name} keeps no certificate '{certificate}'; it keeps {(all.Count == 0 ? "none" : string.Join(", ", all.Select(found => found.Certificate)))}.", retryable: false);
    }

    public static List<string> Words(string? directory, params IEnumerable<string> words) => directory is { Length: > 0 }
        ? ["certbot", .. words, "--non-interactive", "--config-dir", directory, "--work-dir", $"{directory}/work", "--logs-dir", $"{directory}/logs"]
        : ["certbot", .. words, "--non-interactive"];

    [GeneratedRegex("Certificate Name: (?<name>\\S+)\\s+Serial Number: (?<serial>\\S+)\\s+(?:Key Type: .*\\s+)?(?:Identifiers|Domains): (?<domains>.*)\\s+Expiry Date: (?<expiry>\\S+ \\S+).*\\s+Certificate Path: (?<path>\\S+)", RegexOptions.None, 2000)]
    private static partial Regex Entry();
}

internal sealed record ManagedCertificate(string Certificate, IReadOnlyList<string> Domains, DateTimeOffset ExpiresAt, string Serial, string Path);

/// <summary>certbot of a machine of Ssh.</summary>
internal record CertbotInput : ConnectedInput
{
    [Description("Directory of certbot's configuration; its own default when empty.")]
    [RegularExpression("(/[^\\x00\\r\\n]*)?")]
    public string? Directory { get; init; }
}
