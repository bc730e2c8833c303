using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Maintenance;

/// <summary>Section <c>Retention</c>: how long finished runs and their journals are kept.</summary>
internal sealed class RetentionSettings
{
    /// <summary>Older finished runs go.</summary>
    [Range(1, 36500)]
    public int Days { get; set; } = 30;

    /// <summary>The newest runs of each workflow that stay however old they are.</summary>
    [Range(0, 1_000_000)]
    public int KeepPerWorkflow { get; set; } = 100;

    /// <summary>Incidents that ended longer ago go, with their alerts and timelines; what is learned of them is kept elsewhere.</summary>
    [Range(1, 36500)]
    public int IncidentDays { get; set; } = 365;

    /// <summary>How often it is looked.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(1);
}
