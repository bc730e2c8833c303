namespace Homelab.Rules.Decisions;

/// <summary>What is left of a candidate when everything is weighed; from here a verdict follows by comparing.</summary>
internal readonly record struct Judgement(double Confidence, Risk Risk, ApprovalClass Class, AutonomyLevel Autonomy)
{
    /// <summary>The least permissive of matrix, autonomy and class.</summary>
    public Verdict Verdict(DecisionPolicy policy)
    {
        var verdict = Matrix(policy, out _);
        if (verdict > Decisions.Verdict.Ask && !Autonomous(policy))
            verdict = Decisions.Verdict.Ask;
        var byClass = ByClass(Class);
        return byClass < verdict ? byClass : verdict;
    }

    public Verdict Matrix(DecisionPolicy policy, out MatrixRow? fitting)
    {
        foreach (var row in policy.Matrix)
        {
            if (row.Risk == Risk && (row.Above is not { } above || Confidence > above))
            {
                fitting = row;
                return row.Verdict;
            }
        }

        fitting = null;
        return Decisions.Verdict.AlertOnly;
    }

    public bool Autonomous(DecisionPolicy policy) =>
        policy.Autonomy[Autonomy] is var limits && Confidence >= limits.Confidence && limits.Risks.Contains(Risk);

    public static Verdict ByClass(ApprovalClass approval) => approval switch
    {
        ApprovalClass.None => Decisions.Verdict.Execute,
        ApprovalClass.Soft => Decisions.Verdict.TellFirst,
        ApprovalClass.Hard => Decisions.Verdict.Ask,
        _ => Decisions.Verdict.Refuse,
    };
}
