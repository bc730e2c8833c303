namespace Homelab.Engine.Storage;

/// <summary>The database cannot be used now (lost, full, locked). Nothing was accepted; the caller may try again (503).</summary>
internal sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The workflow allows one run at a time, and there is one. Nothing was accepted (409).</summary>
internal sealed class AlreadyRunningException(string message) : Exception(message);

/// <summary>The inbox holds as much as it may. Nothing was accepted; try again after <see cref="RetryAfter"/> (429).</summary>
internal sealed class InboxFullException(int limit, TimeSpan retryAfter)
    : Exception($"The inbox holds {limit} accepted triggers that are not processed yet, which is its limit (Dispatch:MaxInbox). Nothing was accepted; try again in {retryAfter.TotalSeconds:0} s.")
{
    public TimeSpan RetryAfter => retryAfter;
}
