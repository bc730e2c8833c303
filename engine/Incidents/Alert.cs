using System.Security.Cryptography;
using System.Text;

namespace Homelab.Engine.Incidents;

/// <summary>One alert of one delivery, whoever sent it.</summary>
internal sealed record Alert
{
    /// <summary>False: it is over.</summary>
    public required bool Firing { get; init; }

    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>As the sender says; null where it does not.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>Where to look: the sender's own link.</summary>
    public string? Url { get; init; }

    /// <summary>The same labels give the same one, whichever sender, replica and receiver they came by.</summary>
    public string FingerprintWithout(IReadOnlySet<string> ignored)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Labels.Where(label => !ignored.Contains(label.Key)).OrderBy(label => label.Key, StringComparer.Ordinal))
            text.Append(name).Append('\u0001').Append(value).Append('\u0002');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))[..8]);
    }
}

/// <summary>What one request brought.</summary>
/// <param name="Source">alertmanager, grafana, uptime-kuma, text, homelab, or a mapping's name.</param>
/// <param name="Missing">What the sender left out; null when all is here.</param>
internal sealed record Delivery(string Source, string Receiver, IReadOnlyList<Alert> Alerts, MissingAlerts? Missing = null);

/// <summary>A notification was cut: how many alerts it hides, and by which labels they can be read from the sender.</summary>
internal sealed record MissingAlerts(int Count, IReadOnlyDictionary<string, string> GroupLabels, string? ExternalUrl);
