namespace Homelab.Activities;

/// <summary>The engine's encrypted store, as far as activities see it.</summary>
public interface ISecretSource
{
    /// <summary>Null when there is none of that name.</summary>
    Task<string?> FindAsync(string name, CancellationToken cancellationToken);
}

/// <summary>Until a store is joined, no secret is known by name.</summary>
internal sealed class NoSecrets : ISecretSource
{
    public Task<string?> FindAsync(string name, CancellationToken cancellationToken) => Task.FromResult<string?>(null);
}
