namespace Homelab.Activities.Logs;

/// <summary>
/// Grouping accuracy as the LogPai benchmark defines it: the share of lines whose mined group holds exactly the lines of their true group.
/// </summary>
public static class GroupingAccuracy
{
    public static double Of<TTrue, TMined>(IReadOnlyList<TTrue> truth, IReadOnlyList<TMined> mined)
        where TTrue : notnull
        where TMined : notnull
    {
        var trueSizes = truth.CountBy(key => key).ToDictionary();
        var groups = mined.Select((key, line) => (key, line)).GroupBy(pair => pair.key, pair => pair.line);
        var right = groups.Sum(group =>
        {
            var lines = group.ToArray();
            var first = truth[lines[0]];
            return lines.Length == trueSizes[first] && lines.All(line => truth[line].Equals(first)) ? lines.Length : 0;
        });
        return truth.Count == 0 ? 1 : (double)right / truth.Count;
    }
}
