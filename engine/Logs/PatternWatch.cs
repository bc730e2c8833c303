namespace Homelab.Engine.Logs;

/// <summary>What is known of a pattern from the last day, before this look.</summary>
/// <param name="Windows">Five-minute windows in which it came.</param>
/// <param name="Possible">Windows there were since it is known, at most a day of them.</param>
/// <param name="Sum">Lines in those windows.</param>
/// <param name="Peak">Lines in the fullest one.</param>
/// <param name="Quiet">Windows since it came last.</param>
internal readonly record struct PatternPast(long Windows, long Possible, long Sum, long Peak, long Quiet);

internal enum PatternChange
{
    None,
    New,
    Exploding,
    Vanished,
}

/// <summary>Whether a pattern is new, explodes or vanished. Pure, and the same for every source.</summary>
internal static class PatternWatch
{
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <summary>Looks at a source before what is new in it is news: an hour of them.</summary>
    public const int LearningWindows = 12;

    private const long ExplodingLeast = 20;
    private const double ExplodingTimes = 5;
    private const double SteadyPart = 0.9;
    private const long SteadyWindows = 36;
    private const long VanishedAfter = 3;

    public static long Slot(DateTimeOffset at) => at.UtcTicks / Window.Ticks;

    /// <param name="past">Null: it was never seen before.</param>
    /// <param name="count">Lines now, made as if for one window.</param>
    /// <param name="learning">The source is known too short for anything to be news.</param>
    public static PatternChange Judge(PatternPast? past, double count, bool learning)
    {
        if (learning)
            return PatternChange.None;
        if (past is not { } known)
            return count > 0 ? PatternChange.New : PatternChange.None;
        if (count == 0)
        {
            return known.Possible >= SteadyWindows && known.Windows >= SteadyPart * (known.Possible - known.Quiet) && known.Quiet >= VanishedAfter && known.Quiet <= known.Possible / 2
                ? PatternChange.Vanished
                : PatternChange.None;
        }

        // Against the usual window and the fullest one: what comes in bursts is not news each time.
        var usual = (double)known.Sum / Math.Max(1, known.Possible);
        return known.Possible >= LearningWindows && count >= ExplodingLeast && count > ExplodingTimes * usual && count > 1.5 * known.Peak
            ? PatternChange.Exploding
            : PatternChange.None;
    }
}
