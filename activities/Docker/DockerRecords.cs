using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Docker;

internal record ContainerInput : ConnectedInput
{
    /// <summary>What Docker allows as a name; an id fits too.</summary>
    public const string NamePattern = "[a-zA-Z0-9][a-zA-Z0-9_.-]*";

    [Description("Name or id of the container.")]
    [RegularExpression(NamePattern)]
    [StringLength(255)]
    [Options("docker.containers")]
    [Example("web")]
    public required string Container { get; init; }
}

internal sealed record ContainerChange
{
    [Description("State before: running, exited, ...")]
    public required string Before { get; init; }

    [Description("State after.")]
    public required string After { get; init; }

    [Description("When it was last started, as the engine says it.")]
    public required string StartedAt { get; init; }
}
