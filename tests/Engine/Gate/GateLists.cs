using Homelab.Engine.Gate;

namespace Homelab.Tests.Engine.Gate;

/// <summary>The first thousand, for tests that look at all there is.</summary>
internal static class GateLists
{
    public static async Task<IReadOnlyList<AuthorizationRow>> ListAsync(this ChangeLog log, ChangeFilter filter, CancellationToken cancellationToken) =>
        (await log.PageAsync(filter, 0, 1000, cancellationToken)).Rows;

    public static async Task<IReadOnlyList<DecisionRow>> ListAsync(this DecisionLog log, DecisionFilter filter, CancellationToken cancellationToken) =>
        (await log.PageAsync(filter, 0, 1000, cancellationToken)).Rows;
}
