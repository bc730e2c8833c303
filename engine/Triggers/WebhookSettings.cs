using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Triggers;

/// <summary>Section <c>Webhooks</c>: how requests to workflow endpoints are let in.</summary>
internal sealed class WebhookSettings : IValidatableObject
{
    /// <summary>Endpoints without a secret of their own answer anybody. Otherwise only this machine and signed-in callers.</summary>
    public bool AllowOpen { get; set; }

    [Range(1024, 1L << 30)]
    public long MaxBodyBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>How long a request waits for the workflow's own response; after that it is answered 202 and the run goes on.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a repeated Idempotency-Key gets the first answer again.</summary>
    [Range(1, 365)]
    public int KeepAnswersDays { get; set; } = 7;

    /// <summary>By the name that an HTTP Endpoint's policy refers to.</summary>
    public Dictionary<string, WebhookSecret> Secrets { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Secrets.SelectMany(pair => pair.Value.Problems().Select(problem => new ValidationResult(problem, [$"{nameof(Secrets)}:{pair.Key}"])));
}

internal enum WebhookProof
{
    /// <summary>The header holds the secret itself.</summary>
    Header,

    /// <summary>The header holds sha256= and the hex HMAC-SHA256 of the body, as GitHub and Gitea send it.</summary>
    Hmac,
}

/// <summary>What a caller must know.</summary>
internal sealed class WebhookSecret
{
    public const int ShortestSecret = 16;
    public const string Reference = "secret:";

    /// <summary>The value, or <c>secret:NAME</c> of the secret store.</summary>
    public string Secret { get; set; } = "";

    public WebhookProof Proof { get; set; } = WebhookProof.Header;

    /// <summary>X-Webhook-Secret or X-Hub-Signature-256 unless named.</summary>
    public string? Header { get; set; }

    /// <summary>Endpoint that this secret guards whatever the workflow says, such as git/push; empty guards those that name it as their policy.</summary>
    public string? Path { get; set; }

    /// <summary>A header with the time of sending in seconds since 1970; then "time.body" is what is signed, and an old request is refused.</summary>
    public string? TimestampHeader { get; set; }

    public TimeSpan Tolerance { get; set; } = TimeSpan.FromMinutes(5);

    public string HeaderName => !string.IsNullOrEmpty(Header) ? Header : Proof == WebhookProof.Hmac ? "X-Hub-Signature-256" : "X-Webhook-Secret";

    public bool IsReference => Secret.StartsWith(Reference, StringComparison.Ordinal);

    public IEnumerable<string> Problems()
    {
        if (!IsReference && Secret.Length < ShortestSecret)
            yield return $"The secret has {Secret.Length} characters; at least {ShortestSecret} are needed (openssl rand -hex 32 makes one).";
        if (Tolerance <= TimeSpan.Zero)
            yield return $"Tolerance is {Tolerance}; it must be longer than nothing.";
        if (!string.IsNullOrEmpty(TimestampHeader) && Proof != WebhookProof.Hmac)
            yield return "TimestampHeader needs Proof Hmac: an unsigned time proves nothing.";
    }
}
