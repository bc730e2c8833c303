using System.Net.Sockets;
using System.Security.Authentication;

namespace Homelab.Activities;

/// <summary>One deadline and one wording for tools that are spoken to over a socket of their own.</summary>
internal static class SocketFailure
{
    /// <param name="what">"Redis connection 'default'".</param>
    public static async Task<T> GuardAsync<T>(string what, ConnectionOptions options, ActivityContext context, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(options.TimeoutSeconds), context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await work(either.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ActivityException($"{what} did not answer completely within {options.TimeoutSeconds} s.", retryable: true) { Kind = FailureKind.Timeout };
        }
        catch (AuthenticationException exception)
        {
            throw new ActivityException($"{what} failed: its certificate is not accepted: {exception.Message}", retryable: false) { Kind = FailureKind.Connect };
        }
        catch (SocketException exception)
        {
            throw new ActivityException($"{what} failed: {exception.Message}", retryable: true) { Kind = FailureKind.Connect };
        }
        catch (EndOfStreamException)
        {
            throw new ActivityException($"{what} ended the connection before it had answered.", retryable: true);
        }
        catch (IOException exception)
        {
            throw new ActivityException($"{what} failed while it was spoken to: {exception.Message}", retryable: true);
        }
    }
}
