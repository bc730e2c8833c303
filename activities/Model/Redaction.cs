using System.Text.RegularExpressions;

namespace Homelab.Activities.Model;

/// <summary>Takes out of a text what no model needs: known secrets, what looks like one, and personal data. What stays is what is sent and what is kept.</summary>
internal sealed partial class Redaction(Secrets secrets)
{
    public string Apply(string text)
    {
        text = secrets.Scrub(text);
        text = PrivateKey().Replace(text, "[private key]");
        text = WebToken().Replace(text, "[token]");
        text = Credentials().Replace(text, "${scheme}[credentials]@");
        text = Header().Replace(text, "${name}[secret]");
        text = Assignment().Replace(text, "${name}[secret]");
        text = KnownToken().Replace(text, "[token]");
        text = Mail().Replace(text, "[e-mail]");
        text = Iban().Replace(text, "[account]");
        text = Card().Replace(text, "[card]");
        return Phone().Replace(text, "[phone]");
    }

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\\z)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex WebToken();

    [GeneratedRegex(@"(?<scheme>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@:]+:[^\s/@]+@", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Credentials();

    [GeneratedRegex(@"(?<name>\b(authorization|cookie|set-cookie|x-api-key)\b[""']?\s*[:=]\s*)[^\r\n]+", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Header();

    [GeneratedRegex(@"(?<name>\b[\w-]{0,40}(password|passwd|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|access[_-]?key)[""']?\s*[:=]\s*)(""[^""]*""|'[^']*'|[^\s,;&}]+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Assignment();

    [GeneratedRegex(@"\b(gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|sk-[A-Za-z0-9_-]{16,}|xox[abprs]-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}|\d{8,10}:[A-Za-z0-9_-]{35})\b", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex KnownToken();

    [GeneratedRegex(@"\b[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+\b", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Mail();

    [GeneratedRegex(@"\b[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?\b", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Iban();

    [GeneratedRegex(@"\b\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}\b", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Card();

    [GeneratedRegex(@"(?<![\w.])\+\d{1,3}[ ./-]?(\(?\d{1,5}\)?[ ./-]?){2,5}\d{2,}(?![\w.])", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Phone();
}
