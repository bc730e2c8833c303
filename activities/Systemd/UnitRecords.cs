using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Systemd;

internal record UnitInput : ConnectedInput
{
    [Description("Whole name of the unit, such as nginx.service.")]
    [RegularExpression(Units.NamePattern)]
    [StringLength(255)]
    [Options("systemd.units")]
    [Example("nginx.service")]
    public required string Unit { get; init; }
}

internal sealed record UnitChange
{
    [Description("Active state before: active, inactive, failed, ...")]
    public required string Before { get; init; }

    [Description("Active state after.")]
    public required string After { get; init; }

    [Description("Id of the unit's run after it: another one than before when it was started anew.")]
    public required string Invocation { get; init; }
}

internal sealed record UnitState
{
    [Description("Name of the unit.")]
    public required string Unit { get; init; }

    [Description("loaded, not-found, masked, ...")]
    public required string Loaded { get; init; }

    [Description("active, inactive, failed, activating, ...")]
    public required string Active { get; init; }

    [Description("running, exited, dead, auto-restart, ...")]
    public required string Sub { get; init; }

    [Description("enabled, disabled, static, ...")]
    public required string Enabled { get; init; }

    [Description("What the unit says of itself.")]
    public required string Description { get; init; }

    [Description("Main process, 0 when there is none.")]
    public long? MainPid { get; init; }

    [Description("Memory of its control group, where it is counted.")]
    public long? MemoryBytes { get; init; }

    [Description("Automatic restarts since it was started.")]
    public long? Restarts { get; init; }

    [Description("success, exit-code, oom-kill, timeout, start-limit-hit, ...")]
    public required string Result { get; init; }

    [Description("Exit status of the main process that ended last.")]
    public long? ExitStatus { get; init; }

    [Description("Id of the unit's current run.")]
    public required string Invocation { get; init; }

    [Description("How a service runs: simple, forking, oneshot, ...; empty for other units.")]
    public required string Type { get; init; }

    [Description("The file that it was loaded from.")]
    public required string File { get; init; }

    [Description("Its files were changed since they were loaded: it runs by the old ones until systemd reads them anew.")]
    public required bool NeedsReload { get; init; }
}
