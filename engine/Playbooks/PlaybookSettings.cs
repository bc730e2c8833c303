using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Playbooks;

/// <summary>Section <c>Playbooks</c>.</summary>
internal sealed class PlaybookSettings
{
    /// <summary><c>playbooks</c> in the folder of workflows unless said.</summary>
    public string? Directory { get; set; }

    /// <summary>So many playbooks are tried for one incident within a day; then a person is needed.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 3;

    /// <summary>How long after a fix that was seen to help an incident stays open until Prometheus does not fire its alert any more.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan AlertPatience { get; set; } = TimeSpan.FromMinutes(1);
}
