using System.Text.RegularExpressions;

namespace Homelab.Activities.Model;

/// <summary>Takes out of a text what no model needs: known secrets, what looks like one, and personal data. What stays is what is sent and what is kept.</summary>
internal sealed partial class Redaction(Secrets secrets)
{
    public string Apply(string text)
    {
        text = SecretPatterns.Hide(secrets.Scrub(text));
        text = Mail().Replace(text, "[e-mail]");
        text = Iban().Replace(text, "[account]");
        text = Card().Replace(text, "[card]");
        return Phone().Replace(text, "[phone]");
    }

    [GeneratedRegex(@"\b[\w.+-]{1,64}@[\w-]{1,63}(\.[\w-]{1,63})+\b", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Mail();

    [GeneratedRegex(@"\b[A-Z]{2}\d{2}( ?[A-Z0-9]{4}){3,7}( ?[A-Z0-9]{1,3})?\b", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Iban();

    [GeneratedRegex(@"\b\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}\b", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Card();

    [GeneratedRegex(@"(?<![\w.])\+\d{1,3}[ ./-]?(\(?\d{1,5}\)?[ ./-]?){2,5}\d{2,}(?![\w.])", RegexOptions.ExplicitCapture, 2000)]
    private static partial Regex Phone();
}
