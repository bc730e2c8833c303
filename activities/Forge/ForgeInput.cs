using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Forge;

internal record ForgeInput : ConnectedInput
{
    public const string NamePattern = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}";
    public const string BranchPattern = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}";

    [Description("User or organization that owns the repository.")]
    [RegularExpression(NamePattern)]
    [Example("lab")]
    public required string Owner { get; init; }

    [Description("Name of the repository.")]
    [RegularExpression(NamePattern)]
    [Example("infra")]
    public required string Repository { get; init; }
}

internal record IssueInput : ForgeInput
{
    [Description("Number of the issue or pull request.")]
    [Range(1, int.MaxValue)]
    [Example(7)]
    public required int Number { get; init; }
}

internal sealed record IssueState
{
    [Description("open or closed, before.")]
    public required string Before { get; init; }
}
