using System.Net;
using System.Text;
using System.Text.Json;

namespace Homelab.Activities;

/// <summary>
/// HTTP as every tool needs it: escaped paths, one deadline for the whole answer, a limit on its size, no redirects, failures that know
/// whether a retry may help and that hold neither the address' query nor credentials.
/// </summary>
internal sealed class ToolHttpClient(
    HttpMessageInvoker pool, ConnectionOptions options, Uri address, ActivityContext context, Secrets secrets, Action<HttpRequestMessage>? authorize)
{
    private const int ShownOfAnError = 300;

    public async Task<T> GetAsync<T>(FormattableString path, CancellationToken cancellationToken) =>
        Read<T>(Expect(await AskAsync(HttpMethod.Get, path, null, reads: true, cancellationToken)));

    public async Task<string> GetTextAsync(FormattableString path, CancellationToken cancellationToken) =>
        Expect(await AskAsync(HttpMethod.Get, path, null, reads: true, cancellationToken)).Text;

    /// <summary>A read that needs a body; it is sent in a dry run too.</summary>
    public async Task<T> QueryAsync<T>(FormattableString path, HttpContent body, CancellationToken cancellationToken) =>
        Read<T>(Expect(await AskAsync(HttpMethod.Post, path, body, reads: true, cancellationToken)));

    /// <summary>A request that changes something.</summary>
    /// <param name="also">Statuses beside 2xx that are good answers (304: it was so already).</param>
    public async Task<HttpStatusCode> ChangeAsync(
        HttpMethod method, FormattableString path, HttpContent? body, CancellationToken cancellationToken, params HttpStatusCode[] also) =>
        Expect(await AskAsync(method, path, body, reads: false, cancellationToken), also).Status;

    /// <summary>A request that changes something and whose answer counts.</summary>
    public async Task<T> ChangeAsync<T>(HttpMethod method, FormattableString path, HttpContent? body, CancellationToken cancellationToken) =>
        Read<T>(Expect(await AskAsync(method, path, body, reads: false, cancellationToken)));

    public static HttpContent Json(object body) =>
        new StringContent(JsonSerializer.Serialize(body, ActivityJson.Lenient), Encoding.UTF8, "application/json");

    /// <summary>The answer whatever its status.</summary>
    /// <param name="patience">How much longer than usual the other side may take, because it works meanwhile.</param>
    /// <param name="onLine">Sees the answer line by line as it comes.</param>
    public async Task<ToolAnswer> AskAsync(
        HttpMethod method, FormattableString path, HttpContent? body, bool reads, CancellationToken cancellationToken, TimeSpan patience = default, Action<string>? onLine = null)
    {
        using var request = new HttpRequestMessage(method, Address(ToolPath.Of(path))) { Content = body };
        return await AskAsync(request, reads, cancellationToken, patience, onLine);
    }

    /// <summary>A request made elsewhere; its address is taken as it is.</summary>
    public async Task<ToolAnswer> AskAsync(HttpRequestMessage request, bool reads, CancellationToken cancellationToken, TimeSpan patience = default, Action<string>? onLine = null)
    {
        request.Options.Set(DryRunHandler.Context, context);
        request.Options.Set(DryRunHandler.Reads, reads);
        authorize?.Invoke(request);
        // Without the query: it can hold a token. The address names the connection already.
        var what = $"{request.Method} {request.RequestUri!.AbsolutePath} at {Who}";
        var limit = TimeSpan.FromSeconds(options.TimeoutSeconds) + patience;
        using var deadline = new CancellationTokenSource(limit, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var answer = await pool.SendAsync(request, either.Token);
            var bytes = await ReadAsync(answer.Content, what, onLine, either.Token);
            return new(what, answer.StatusCode, bytes, answer.Headers.Location, HttpFailure.RetryAfter(answer, context.Time))
            {
                Scrub = secrets.Scrub,
                Headers = answer.Headers.Concat(answer.Content.Headers)
                    .ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase),
            };
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ActivityException($"{what} did not answer completely within {limit.TotalSeconds:0} s.", retryable: true) { Kind = FailureKind.Timeout };
        }
        catch (HttpRequestException exception)
        {
            throw new ActivityException($"{what} failed: {HttpFailure.Describe(exception)}.", HttpFailure.IsRetryable(exception)) { Kind = FailureKind.Connect };
        }
        catch (IOException exception)
        {
            throw new ActivityException($"{what} failed while the answer was read: {exception.Message}", retryable: true);
        }
    }

    /// <summary>The answer if it is good; otherwise what the status means for a retry.</summary>
    public static ToolAnswer Expect(ToolAnswer answer, params HttpStatusCode[] also)
    {
        var status = (int)answer.Status;
        if (status is >= 200 and < 300 || also.Contains(answer.Status))
            return answer;
        if (status is >= 300 and < 400)
            throw new ActivityException(
                $"{answer.What} was redirected ({status}) to {Host(answer.Location)}; that is not followed: correct the connection's address.", retryable: false);
        // Before it is cut: half a secret is not known for one.
        var shown = answer.Scrub(answer.Text.Trim());
        throw new ActivityException(
            $"{answer.What} answered {status} {answer.Status}{(shown.Length == 0 ? "" : ": " + (shown.Length > ShownOfAnError ? shown[..ShownOfAnError] + "..." : shown))}",
            HttpFailure.IsRetryable(answer.Status),
            retryAfter: answer.RetryAfter);
    }

    public static T Read<T>(ToolAnswer answer)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(answer.Bytes, ActivityJson.Lenient)
                ?? throw new ActivityException($"{answer.What} answered null where {typeof(T).Name} was expected.", retryable: false);
        }
        catch (JsonException)
        {
            throw new ActivityException($"{answer.What} answered {answer.Bytes.Length} bytes that are not the JSON it should answer.", retryable: false);
        }
    }

    private string Who => $"{options.GetType().Name.Replace("Options", "", StringComparison.Ordinal)} connection '{options.Name}'";

    private static string Host(Uri? location) => location is { IsAbsoluteUri: true } ? location.Host : "another path";

    private Uri Address(string path) => new(address.AbsoluteUri.TrimEnd('/') + path);

    private async Task<byte[]> ReadAsync(HttpContent content, string what, Action<string>? onLine, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        using var read = new MemoryStream();
        var buffer = new byte[16 << 10];
        var lineStart = 0;
        int count;
        while ((count = await stream.ReadAsync(buffer, cancellationToken)) > 0)
        {
            read.Write(buffer, 0, count);
            if (read.Length > options.LargestAnswerBytes)
                throw new ActivityException($"{what} answered more than {options.LargestAnswerBytes} bytes; ask for less or raise LargestAnswerBytes.", retryable: false);
            if (onLine is not null)
                lineStart = Lines(read, lineStart, onLine);
        }

        return read.ToArray();
    }

    private static int Lines(MemoryStream read, int lineStart, Action<string> onLine)
    {
        var bytes = read.GetBuffer().AsSpan(0, (int)read.Length);
        for (int end; (end = bytes[lineStart..].IndexOf((byte)'\n')) >= 0; lineStart += end + 1)
            onLine(Encoding.UTF8.GetString(bytes.Slice(lineStart, end)));
        return lineStart;
    }
}

internal sealed record ToolAnswer(string What, HttpStatusCode Status, byte[] Bytes, Uri? Location, TimeSpan? RetryAfter)
{
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Takes known secrets out of what a person is shown of it.</summary>
    public Func<string, string> Scrub { get; init; } = text => text;

    public string Text => Encoding.UTF8.GetString(Bytes);
}
