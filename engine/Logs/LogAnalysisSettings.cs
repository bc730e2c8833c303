using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Logs;

/// <summary>Section <c>LogAnalysis</c>: which logs are looked at, and what becomes of what is found.</summary>
internal sealed class LogAnalysisSettings
{
    /// <summary>By a name of your own: <c>LogAnalysis:Sources:web:Kind</c> and so on.</summary>
    public Dictionary<string, LogSourceSettings> Sources { get; set; } = [];

    /// <summary>Connection of Model that sorts what no rule knows; empty: rules alone.</summary>
    public string Model { get; set; } = "";

    /// <summary>Where findings are filed: "gitea" or "github"; empty: nowhere.</summary>
    [RegularExpression("(gitea|github)?")]
    public string Forge { get; set; } = "";

    public string ForgeConnection { get; set; } = "default";

    public string Owner { get; set; } = "";

    public string Repository { get; set; } = "";

    /// <summary>An open finding that did not come back for so long is closed.</summary>
    [Range(1, 3650)]
    public int CloseAfterDays { get; set; } = 7;

    /// <summary>Closed findings and patterns not seen for so long are removed.</summary>
    [Range(1, 3650)]
    public int KeepDays { get; set; } = 90;

    /// <summary>Address to take syslog at by UDP, such as 0.0.0.0:5514; empty: not at all.</summary>
    public string SyslogUdp { get; set; } = "";

    public string SyslogTcp { get; set; } = "";
}

/// <summary>One place that logs come from.</summary>
internal sealed class LogSourceSettings
{
    /// <summary>docker, journal, loki, file or syslog.</summary>
    public string Kind { get; set; } = "";

    /// <summary>Connection of Docker, Systemd's Ssh, Loki, or the Ssh connection of the machine with the file.</summary>
    public string Connection { get; set; } = "default";

    /// <summary>loki: LogQL. docker: a container's name, all running ones when empty. journal: a unit, all when empty. file: the path.</summary>
    public string Select { get; set; } = "";
}
