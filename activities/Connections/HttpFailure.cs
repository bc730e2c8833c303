using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Homelab.Activities;

/// <summary>Which failures of HTTP may pass by themselves.</summary>
internal static class HttpFailure
{
    public static bool IsRetryable(HttpStatusCode status) => status is
        HttpStatusCode.RequestTimeout or (HttpStatusCode)425 or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
        or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>A refused certificate stays refused; everything else of the network may pass.</summary>
    public static bool IsRetryable(HttpRequestException exception) => !IsCertificate(exception);

    public static bool IsCertificate(Exception exception) =>
        exception is AuthenticationException || (exception.InnerException is { } inner && IsCertificate(inner));

    public static string Describe(HttpRequestException exception) => exception switch
    {
        _ when IsCertificate(exception) => "its certificate is not accepted: " + Innermost(exception).Message,
        { InnerException: SocketException socket } => socket.Message,
        _ => Innermost(exception).Message,
    };

    public static TimeSpan? RetryAfter(HttpResponseMessage answer, TimeProvider time) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };

    private static Exception Innermost(Exception exception) => exception.InnerException is { } inner ? Innermost(inner) : exception;
}
