using System.Net;
using System.Text.Json;

namespace Homelab.Activities.Notify;

/// <summary>Telegram and Discord say in the body how long to wait.</summary>
internal static class TooManyRequests
{
    public static ToolAnswer Expect(ToolAnswer answer) =>
        ToolHttpClient.Expect(answer.Status == HttpStatusCode.TooManyRequests && answer.RetryAfter is null ? answer with { RetryAfter = Seconds(answer.Bytes) } : answer);

    private static TimeSpan? Seconds(byte[] body)
    {
        try
        {
            var json = JsonDocument.Parse(body).RootElement;
            if (json.TryGetProperty("parameters", out var parameters))
                json = parameters;
            return json.TryGetProperty("retry_after", out var seconds) ? TimeSpan.FromSeconds(Math.Ceiling(seconds.GetDouble())) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
