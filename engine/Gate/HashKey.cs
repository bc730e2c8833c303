using Homelab.Engine.Storage;

namespace Homelab.Engine.Gate;

/// <summary>The installation's key for hashing secrets in plans; the same on every node.</summary>
internal sealed class HashKey(Database database)
{
    private byte[]? _key;

    public async Task<byte[]> ReadAsync(CancellationToken cancellationToken) => _key ??= await Ledger.OpenAsync(database, cancellationToken);
}
