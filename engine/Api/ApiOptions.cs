using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Api;

/// <summary>Bound from <c>Api</c>: the limits that keep one caller from taking the machine.</summary>
internal sealed class ApiOptions
{
    /// <summary>The longest body a request may have.</summary>
    [Range(1_024, 1_073_741_824)]
    public long MaxRequestBytes { get; init; } = 10 * 1024 * 1024;

    /// <summary>Requests a second for each user, key, or address that is not signed in; ten times as many may come at once.</summary>
    [Range(1, 100_000)]
    public int RequestsPerSecond { get; init; } = 50;

    /// <summary>A request that is not answered by then gets 504. The live stream is excepted.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(100);
}
