using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Operations;

/// <summary>Section <c>Logs</c>. Levels are Serilog's own section (<c>Serilog:MinimumLevel</c>).</summary>
internal sealed class LogSettings
{
    /// <summary>Where the daily files go; empty writes none. Relative to the data directory.</summary>
    public string Directory { get; set; } = "logs";

    [Range(1, 3650)]
    public int KeepDays { get; set; } = 14;

    [Range(1024 * 1024, long.MaxValue)]
    public long FileBytes { get; set; } = 50 * 1024 * 1024;
}
