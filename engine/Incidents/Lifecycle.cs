namespace Homelab.Engine.Incidents;

/// <summary>Which state may follow which. What was acted on is looked at before it counts as resolved.</summary>
internal static class Lifecycle
{
    private static readonly Dictionary<IncidentState, IncidentState[]> Next = new()
    {
        [IncidentState.Open] = [IncidentState.Diagnosing, IncidentState.Waiting, IncidentState.Acting, IncidentState.NeedsPerson, IncidentState.Resolved, IncidentState.Closed],
        [IncidentState.Diagnosing] = [IncidentState.Open, IncidentState.Waiting, IncidentState.Acting, IncidentState.NeedsPerson, IncidentState.Resolved, IncidentState.Closed],
        [IncidentState.Waiting] = [IncidentState.Open, IncidentState.Diagnosing, IncidentState.Acting, IncidentState.NeedsPerson, IncidentState.Resolved, IncidentState.Closed],
        [IncidentState.Acting] = [IncidentState.Verifying, IncidentState.Diagnosing, IncidentState.Waiting, IncidentState.NeedsPerson, IncidentState.Closed],
        [IncidentState.Verifying] = [IncidentState.Resolved, IncidentState.Diagnosing, IncidentState.Waiting, IncidentState.Acting, IncidentState.NeedsPerson, IncidentState.Closed],
        [IncidentState.NeedsPerson] = [IncidentState.Open, IncidentState.Diagnosing, IncidentState.Waiting, IncidentState.Acting, IncidentState.Resolved, IncidentState.Closed],
        [IncidentState.Resolved] = [IncidentState.Open, IncidentState.Closed],
        [IncidentState.Closed] = [IncidentState.Open],
    };

    public static bool MayFollow(IncidentState from, IncidentState to) => Next[from].Contains(to);

    public static IReadOnlyList<IncidentState> After(IncidentState from) => Next[from];

    /// <summary>An end of the alerts alone ends it: nothing is being done that wants to be looked at first.</summary>
    public static bool EndsByItself(IncidentState state) => state is IncidentState.Open or IncidentState.Diagnosing or IncidentState.Waiting or IncidentState.NeedsPerson;
}
