using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Bind;

/// <summary>The records of one name and type.</summary>
internal record RecordInput : ConnectedInput
{
    [Description("Name of the record, with its zone.")]
    [RegularExpression(BindClient.NamePattern)]
    [Example("www.lab.test")]
    public required string Record { get; init; }

    [Description("Its type.")]
    [AllowedValues("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT")]
    [Example("A")]
    public required string RecordType { get; init; }
}
