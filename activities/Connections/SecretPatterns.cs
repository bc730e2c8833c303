using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Homelab.Activities;

/// <summary>What looks like a secret in free text, whoever wrote it: keys, tokens, credentials in addresses and headers, assignments.</summary>
public static partial class SecretPatterns
{
    public static string Hide(string text)
    {
        text = PrivateKey().Replace(text, "[private key]");
        text = WebToken().Replace(text, "[token]");
        text = Credentials().Replace(text, "${scheme}[credentials]@");
        text = Header().Replace(text, "${name}[secret]");
        text = Assignment().Replace(text, "${name}[secret]");
        return KnownToken().Replace(text, "[token]");
    }

    /// <summary>The same for a text within JSON; anything else stays as it is.</summary>
    public static JsonNode? Hide(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? JsonValue.Create(Hide(text)) : node;

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\\z)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex WebToken();

    [GeneratedRegex(@"(?<scheme>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@:]+:[^\s/@]+@", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Credentials();

    [GeneratedRegex(@"(?<name>\b(authorization|cookie|set-cookie|x-api-key)\b[""']?\s*[:=]\s*)[^\r\n]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Header();

    [GeneratedRegex(@"(?<name>\b[\w-]{0,40}(password|passwd|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|access[_-]?key)([""']?\s*[:=]\s*|\s+is\s+(?=\S*\d)))(""[^""]*""|'[^']*'|[^\s,;&}]+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|\d{8,10}:[A-Za-z0-9_-]{35})\b", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex KnownToken();
}
