using Homelab.Rules.Expressions;
using Homelab.Rules.Values;

namespace Homelab.Rules.Decisions;

/// <summary>Facts and policy in, a decision out. Pure: no clock, no I/O, no randomness.</summary>
public static class Deciding
{
    public static DecisionRecord Decide(FactsSnapshot facts, DecisionPolicy policy)
    {
        var ranked = new Assessment[facts.Candidates.Count];
        for (var i = 0; i < ranked.Length; i++)
            ranked[i] = Assess(facts, facts.Candidates[i], policy);
        var best = -1;
        for (var i = 0; i < ranked.Length; i++)
        {
            if (best < 0 || Order.Compare(ranked[i], ranked[best]) < 0)
                best = i;
        }

        if (best < 0)
        {
            return new DecisionRecord
            {
                At = facts.At,
                PolicyVersion = policy.Version,
                Verdict = Verdict.AlertOnly,
                Alternatives = [],
                Sentence = "Nothing is done: no action is known that would help. People are told.",
                Counterfactuals = [],
            };
        }

        var (chosen, candidate) = (ranked[best], facts.Candidates[best]);
        Array.Sort(ranked, Order);
        return new DecisionRecord
        {
            At = facts.At,
            PolicyVersion = policy.Version,
            Verdict = chosen.Verdict,
            Chosen = chosen,
            Alternatives = ranked[1..],
            Sentence = Explanation.Sentence(chosen, facts, policy),
            Counterfactuals = Counterfactuals.Of(facts, candidate, chosen, policy),
        };
    }

    /// <summary>One candidate against the policy. <paramref name="without"/> leaves one rule out, to learn what it did.</summary>
    internal static Assessment Assess(FactsSnapshot facts, CandidateFacts candidate, DecisionPolicy policy, string? without = null)
    {
        var learned = candidate.HistoricalSuccess ?? Confidence.Learned(candidate.History, policy);
        var score = Confidence.Score(policy.Weights, candidate.Prediction, learned, candidate.ImpactCertainty, candidate.RollbackFeasibility);
        var baseRisk = policy.BaseRisk[(candidate.DataRisk, candidate.AvailabilityRisk)];
        var risk = baseRisk;
        var raise = 0;
        var approval = DecisionPolicy.Stricter(candidate.Approval, policy.ClassOf(candidate.Action, candidate.Effect));
        List<RuleHit> hits = [];
        List<Bound> bounds = new(6);

        var values = policy.Rules.Count == 0 ? null : DecisionFacts.Of(facts, candidate);
        foreach (var rule in policy.Rules)
        {
            if (rule.Name == without || !Hits(rule, values!))
                continue;
            hits.Add(new RuleHit(rule.Set, rule.Name, rule.Consequence.ToString(), rule.Message));
            switch (rule.Consequence)
            {
                case RuleConsequence.RaiseRisk(var steps):
                    raise += steps;
                    break;
                case RuleConsequence.RiskAtLeast(var least):
                    risk = risk > least ? risk : least;
                    break;
                case RuleConsequence.LowerConfidence(var by):
                    score = Math.Round(Math.Max(0, score - by), 9);
                    break;
                case RuleConsequence.ClassAtLeast(var least):
                    approval = DecisionPolicy.Stricter(approval, least);
                    break;
                case RuleConsequence.AtMost(var most):
                    bounds.Add(new Bound($"rule {rule.Name}", most, rule.Message));
                    break;
            }
        }

        risk = (Risk)Math.Min((int)Risk.High, (int)risk + raise);
        if (candidate.Target.Critical && policy.CriticalApproval.TryGetValue(approval, out var critical))
            approval = DecisionPolicy.Stricter(approval, critical);

        // No step of a plan gets through behind another: it counts with its own risk, confidence, class and limits.
        var (proven, history) = (candidate.HistoricalSuccess is not null || Confidence.IsProven(candidate.History, policy), candidate.History);
        foreach (var step in candidate.Steps)
        {
            var own = Assess(facts, step, policy, without);
            bounds.Add(new Bound(
                $"step {own.Action}", own.Verdict, $"its step {own.Action} on {own.TargetName} does not pass alone ({string.Join(", ", own.Reasons.Select(bound => bound.Reason))})"));
            score = Math.Min(score, own.Confidence);
            baseRisk = own.BaseRisk > baseRisk ? own.BaseRisk : baseRisk;
            risk = own.Risk > risk ? own.Risk : risk;
            approval = DecisionPolicy.Stricter(approval, own.Class);
            hits.AddRange(own.Hits.Where(hit => !hits.Contains(hit)));
            if (proven && !own.Proven)
                (proven, history) = (false, own.History);
        }

        var judgement = new Judgement(score, risk, approval, candidate.Autonomy ?? facts.Controls.Autonomy);
        Bounds.Add(bounds, judgement, candidate, policy);
        Bounds.AddLimits(bounds, facts, candidate, policy);

        var verdict = Verdict.Execute;
        foreach (var bound in bounds)
            verdict = bound.AtMost < verdict ? bound.AtMost : verdict;

        return new Assessment
        {
            Action = candidate.Action,
            PlanHash = candidate.PlanHash,
            TargetId = candidate.Target.Id,
            TargetName = candidate.Target.Name.Length > 0 ? candidate.Target.Name : candidate.Target.Id,
            Verdict = verdict,
            Confidence = score,
            Factors =
            [
                new("prediction", candidate.Prediction, policy.Weights.Prediction),
                new("historical success", learned, policy.Weights.HistoricalSuccess,
                    candidate.HistoricalSuccess is null ? Confidence.Describe(candidate.History, policy) : "given"),
                new("impact certainty", candidate.ImpactCertainty, policy.Weights.ImpactCertainty),
                new("rollback feasibility", candidate.RollbackFeasibility, policy.Weights.RollbackFeasibility),
            ],
            Proven = proven,
            History = history,
            BaseRisk = baseRisk,
            Risk = risk,
            Class = approval,
            Autonomy = judgement.Autonomy,
            Hits = hits,
            Bounds = bounds,
        };
    }

    /// <summary>A rule that cannot be evaluated over these facts counts as a hit: what it guards against cannot be excluded.</summary>
    private static bool Hits(DecisionRule rule, Facts values)
    {
        try
        {
            return rule.Condition(values);
        }
        catch (ExpressionException)
        {
            return true;
        }
    }

    /// <summary>More permissive first, then the surer, then the less risky; names last, so that the order is always the same.</summary>
    private static readonly Comparer<Assessment> Order = Comparer<Assessment>.Create(static (left, right) =>
    {
        var order = right.Verdict.CompareTo(left.Verdict);
        if (order == 0)
            order = right.Confidence.CompareTo(left.Confidence);
        if (order == 0)
            order = left.Risk.CompareTo(right.Risk);
        if (order == 0)
            order = string.CompareOrdinal(left.Action, right.Action);
        return order == 0 ? string.CompareOrdinal(left.TargetId, right.TargetId) : order;
    });
}
