using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.AdGuard;

internal sealed record RewriteInput : ConnectedInput
{
    [Description("Name to answer; *.lab.test for all below.")]
    [RegularExpression("(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?")]
    [Example("nas.lab.test")]
    public required string Domain { get; init; }

    [Description("Address or name to answer with.")]
    [RegularExpression("[A-Za-z0-9:]([A-Za-z0-9_.:-]{0,251}[A-Za-z0-9])?")]
    [Example("192.0.2.7")]
    public required string Answer { get; init; }
}

internal sealed record RewriteChange
{
    [Description("It was otherwise before.")]
    public required bool Changed { get; init; }
}
