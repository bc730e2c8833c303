using Homelab.Activities;
using Homelab.Engine.Controls;
using Homelab.Engine.Storage;
using Homelab.Rules.Decisions;

namespace Homelab.Engine.Gate;

/// <summary>What the gate would say to a plan now. Nothing is allowed, stored or told by asking: when the plan runs it is decided anew.</summary>
internal sealed class Foresight(Database database, LiveSettings settings, ActivityCatalog catalog, TimeProvider time)
{
    /// <summary>Null where there are no rules or preferences to decide by.</summary>
    public async Task<DecisionRecord?> LookAsync(PlanRow plan, string cause, CancellationToken cancellationToken)
    {
        if (settings.Policy is not { } policy || settings.Preferences is not { } preferences)
            return null;
        var proposal = Proposal.Of(plan, catalog, "none", "none", cause).With(plan);
        return Deciding.Decide(await database.ReadAsync(session => FactsCollector.CollectAsync(session, proposal, preferences, policy, time.GetUtcNow(), cancellationToken), cancellationToken), policy);
    }
}
