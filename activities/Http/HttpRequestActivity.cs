namespace Homelab.Activities.Http;

/// <summary>
/// What both of Elsa's HTTP request activities do. No answer at all is an output here, not a failure: the definition has an
/// outcome for it. What changes something depends on the method.
/// </summary>
internal static class HttpRequestActivity
{
    public const string NoUndo = "What a request changes is known only to the service that takes it.";

    public static async Task<HttpExchange> ExecuteAsync(
        HttpSender sender, SendHttpRequestInput input, ActivityContext context, CancellationToken cancellationToken)
    {
        try
        {
            return await sender.SendAsync(input, context, cancellationToken);
        }
        catch (ActivityException exception) when (exception.Kind != FailureKind.Other)
        {
            return new() { Failure = exception.Kind == FailureKind.Timeout ? "timeout" : "connect", FailureMessage = exception.Message };
        }
    }

    public static Effect EffectOf(SendHttpRequestInput input) => input.Method.ToUpperInvariant() switch
    {
        "GET" or "HEAD" or "OPTIONS" => Effect.None,
        "DELETE" => Effect.Destructive,
        _ => Effect.Disruptive,
    };

    public static ActivityTarget Target(SendHttpRequestInput input)
    {
        // Neither user nor query: both can hold a secret.
        var address = HttpSender.AddressOf(input.Url).GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        return new("address", $"http:any/address/{address}", address);
    }
}
