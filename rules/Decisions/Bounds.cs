using System.Globalization;

namespace Homelab.Rules.Decisions;

/// <summary>Each thing that limits a verdict, with the value and the threshold it was compared with.</summary>
internal static class Bounds
{
    public static void Add(List<Bound> bounds, Judgement judgement, CandidateFacts candidate, DecisionPolicy policy)
    {
        var matrix = judgement.Matrix(policy, out var row);
        var confidence = Number(judgement.Confidence);
        bounds.Add(new Bound(
            "matrix",
            matrix,
            $"confidence {confidence} and {Words.Of(judgement.Risk)} risk",
            row is null ? "below every row of the matrix" : row.Above is { } above ? $"above {Number(above)} and {Words.Of(row.Risk)} risk" : $"{Words.Of(row.Risk)} risk"));

        // Asking and alerting are not autonomous, so the level has no say in them.
        if (matrix > Verdict.Ask)
        {
            var limits = policy.Autonomy[judgement.Autonomy];
            var level = Words.Of(judgement.Autonomy);
            var sure = judgement.Confidence >= limits.Confidence;
            var tame = limits.Risks.Contains(judgement.Risk);
            bounds.Add(new Bound(
                "autonomy",
                sure && tame ? Verdict.Execute : Verdict.Ask,
                (sure, tame) switch
                {
                    (true, true) => $"the level {level} allows it",
                    (false, true) => $"the level {level} wants a confidence of {Number(limits.Confidence)}, it is {confidence}",
                    (true, false) => $"the level {level} does not act alone at {Words.Of(judgement.Risk)} risk",
                    _ => $"the level {level} wants a confidence of {Number(limits.Confidence)} (it is {confidence}) and does not act alone at {Words.Of(judgement.Risk)} risk",
                },
                $"at least {Number(limits.Confidence)}, {string.Join(" or ", limits.Risks.Order().Select(Words.Of))} risk"));
        }

        bounds.Add(new Bound("class", Judgement.ByClass(judgement.Class), judgement.Class switch
        {
            ApprovalClass.None => "needs no approval",
            ApprovalClass.Soft => "people are told first",
            ApprovalClass.Hard => candidate.Target.Critical ? "needs approval on a critical target" : "needs approval",
            _ => "is forbidden",
        }));
    }

    public static void AddLimits(List<Bound> bounds, FactsSnapshot facts, CandidateFacts candidate, DecisionPolicy policy)
    {
        var (controls, limits) = (facts.Controls, policy.Limits);
        if (controls.Stopped)
            bounds.Add(new Bound("emergency stop", Verdict.Refuse, "the emergency stop is on"));
        if (!candidate.Target.Known)
            bounds.Add(new Bound("target", Verdict.Refuse, $"the target '{candidate.Target.Id}' is not known"));
        if (controls.Paused)
            bounds.Add(new Bound("pause", limits.Paused, "acting is paused"));
        if (controls.BreakerOpen)
            bounds.Add(new Bound("circuit breaker", limits.BreakerOpen, $"{controls.ConsecutiveFailures} actions failed in a row and nobody has reset the breaker"));
        if (candidate.CooldownUntil is { } until && until > facts.At)
            bounds.Add(new Bound("cooldown", limits.Cooldown, $"the same action ran here a moment ago; it may again in {Span(until - facts.At)}", Moment(until)));
        if (controls.ActionsToday >= controls.ActionsPerDay)
            bounds.Add(new Bound("daily cap", limits.DailyCap, $"{controls.ActionsToday} actions ran today", $"{controls.ActionsPerDay} a day"));
        if (candidate.TargetActions >= candidate.TargetBudget)
            bounds.Add(new Bound("target budget", limits.TargetBudget, $"{candidate.TargetActions} actions ran on it today", $"{candidate.TargetBudget} a day"));
        if (candidate.CauseActions >= candidate.CauseBudget)
            bounds.Add(new Bound("cause budget", limits.CauseBudget, $"{candidate.CauseActions} actions were tried for this cause", $"{candidate.CauseBudget} a cause"));
        if (candidate.Target.ParentDown is { } parent)
            bounds.Add(new Bound("dependency", limits.ParentDown, $"{parent}, which it depends on, is down"));
        if (!candidate.InMaintenanceWindow && (candidate.CanWait || candidate.Effect == EffectKind.Destructive))
        {
            bounds.Add(new Bound("maintenance window", limits.OutsideWindow, candidate.NextWindow is { } next
                ? $"no maintenance window is open; the next opens in {Span(next - facts.At)}"
                : "no maintenance window is open"));
        }
    }

    internal static string Number(double value) => value.ToString("0.###", CultureInfo.InvariantCulture);

    internal static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } => $"{span.Days} d {span.Hours} h",
        { TotalHours: >= 1 } => $"{span.Hours} h {span.Minutes} min",
        { TotalMinutes: >= 1 } => $"{Math.Ceiling(span.TotalMinutes).ToString(CultureInfo.InvariantCulture)} min",
        _ => $"{Math.Ceiling(span.TotalSeconds).ToString(CultureInfo.InvariantCulture)} s",
    };

    private static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
