using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Gate;

/// <summary>An empty gate for each test, with one action that is proven.</summary>
public abstract class GateTestBase(DatabaseFixture fixture) : IAsyncLifetime
{
    private protected GateWorld World { get; } = new(fixture.Database);

    public virtual async Task InitializeAsync()
    {
        await GateTables.EmptyAsync(World.Database);
        await World.ProveAsync(World.Restart);
    }

    public Task DisposeAsync()
    {
        World.Dispose();
        return Task.CompletedTask;
    }
}
