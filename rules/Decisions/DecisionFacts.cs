using Homelab.Rules.Values;

namespace Homelab.Rules.Decisions;

/// <summary>The names that decision rules may use, and a candidate's values under them.</summary>
public static class DecisionFacts
{
    public static FactsLayout Layout { get; } = new(
    [
        new("action", FactType.Text),
        new("effect", FactType.Text),
        new("dataRisk", FactType.Text),
        new("availabilityRisk", FactType.Text),
        new("prediction", FactType.Number),
        new("impactCertainty", FactType.Number),
        new("rollbackFeasibility", FactType.Number),
        new("canWait", FactType.Flag),
        new("history.successes", FactType.Integer),
        new("history.failures", FactType.Integer),
        new("target.id", FactType.Text),
        new("target.kind", FactType.Text),
        new("target.name", FactType.Text),
        new("target.critical", FactType.Flag),
        new("target.down", FactType.Flag),
        new("target.blastRadius", FactType.Integer),
        new("incident.type", FactType.Text),
        new("incident.severity", FactType.Text),
        new("requested", FactType.Flag),
        new("time.hour", FactType.Integer),
        new("time.day", FactType.Text),
        new("time.quiet", FactType.Flag),
        new("actionsToday", FactType.Integer),
        new("targetActions", FactType.Integer),
        new("causeActions", FactType.Integer),
    ]);

    internal static Facts Of(FactsSnapshot facts, CandidateFacts candidate) => Layout.NewFacts()
        .Set("action", candidate.Action)
        .Set("effect", Words.Of(candidate.Effect))
        .Set("dataRisk", Words.Of(candidate.DataRisk))
        .Set("availabilityRisk", Words.Of(candidate.AvailabilityRisk))
        .Set("prediction", candidate.Prediction)
        .Set("impactCertainty", candidate.ImpactCertainty)
        .Set("rollbackFeasibility", candidate.RollbackFeasibility)
        .Set("canWait", candidate.CanWait)
        .Set("history.successes", (long)candidate.History.Successes)
        .Set("history.failures", (long)candidate.History.Failures)
        .Set("target.id", candidate.Target.Id)
        .Set("target.kind", candidate.Target.Kind)
        .Set("target.name", candidate.Target.Name)
        .Set("target.critical", candidate.Target.Critical)
        .Set("target.down", candidate.Target.Down)
        .Set("target.blastRadius", (long)candidate.Target.BlastRadius)
        .Set("incident.type", facts.Incident.Type)
        .Set("incident.severity", facts.Incident.Severity)
        .Set("requested", facts.Incident.RequestedBy is not null)
        .Set("time.hour", (long)facts.Time.Hour)
        .Set("time.day", facts.Time.Day.ToString())
        .Set("time.quiet", facts.Time.QuietHours)
        .Set("actionsToday", (long)facts.Controls.ActionsToday)
        .Set("targetActions", (long)candidate.TargetActions)
        .Set("causeActions", (long)candidate.CauseActions)
        .Build();
}
