using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Http;

/// <summary>Elsa's own inputs of its HTTP request activities.</summary>
internal sealed record SendHttpRequestInput
{
    [Description("Absolute address to send the request to.")]
    [StringLength(8000, MinimumLength = 1)]
    [Example("http://service.lan/health")]
    public required string Url { get; init; }

    [Description("HTTP method.")]
    [RegularExpression("[A-Za-z]{1,20}")]
    public string Method { get; init; } = "GET";

    [Description("Body: text is sent as it is, anything else as JSON (or as a form, by its content type).")]
    [Editor("multi-line")]
    public JsonNode? Content { get; init; }

    [Description("Content type of the body; JSON when empty.")]
    public string? ContentType { get; init; }

    [Description("Value of the Authorization header, such as 'Bearer TOKEN'.")]
    [Secret]
    public string? Authorization { get; init; }

    [Description("Send the Authorization header without checking its form. It is never changed here; kept for definitions that name it.")]
    public bool DisableAuthorizationHeaderValidation { get; init; }

    [Description("Further headers: name to value, or to a list of values.")]
    public JsonNode? RequestHeaders { get; init; }

    [Description("Status codes with an outcome of their own.")]
    public JsonNode? ExpectedStatusCodes { get; init; }

    [Description("Obsolete in Elsa; retries are the engine's.")]
    public bool EnableResiliency { get; init; }

    [Description("Seconds until the request counts as timed out.")]
    [Range(1, 3600)]
    public int TimeoutSeconds { get; init; } = 100;
}

/// <summary>What came back, or why nothing did.</summary>
internal sealed record HttpExchange
{
    [Description("Status code; null when no answer came.")]
    public int? StatusCode { get; init; }

    [Description("JSON content parsed, other content as text.")]
    public JsonNode? ParsedContent { get; init; }

    [Description("Headers of the answer.")]
    public JsonObject? ResponseHeaders { get; init; }

    [Description("'timeout' or 'connect' when no answer came.")]
    public string? Failure { get; init; }

    [Description("What went wrong, in words.")]
    public string? FailureMessage { get; init; }
}
