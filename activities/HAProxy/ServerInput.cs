using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.HAProxy;

/// <summary>One server of one backend.</summary>
internal record ServerInput : ConnectedInput
{
    [Description("Name of the backend.")]
    [RegularExpression(HAProxyClient.NamePattern)]
    [Options("haproxy.backends")]
    [Example("web")]
    public required string Backend { get; init; }

    [Description("Name of the server in it.")]
    [RegularExpression(HAProxyClient.NamePattern)]
    [Example("web1")]
    public required string Server { get; init; }
}
