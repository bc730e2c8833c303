using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Schedules;

/// <summary>Section <c>Schedules</c>.</summary>
internal sealed class ScheduleSettings
{
    /// <summary>Jobs at once on this node.</summary>
    [Range(1, 100)]
    public int Concurrency { get; set; } = 10;

    [Range(1, 3650)]
    public int HistoryDays { get; set; } = 30;

    /// <summary>Later than this, a firing counts as missed and the misfire rule applies.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MisfireThreshold { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often a failed firing is tried again, waiting 5 s, 10 s, 20 s and so on, 5 minutes at most; 0 never.</summary>
    [Range(0, 50)]
    public int Retries { get; set; } = 5;
}
