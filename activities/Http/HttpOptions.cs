using System.ComponentModel.DataAnnotations;

namespace Homelab.Activities.Http;

/// <summary>A site that needs something said about it, <c>Activities:Http:NAME</c>: whose certificate to accept, where to find it. Any other address needs none.</summary>
internal sealed class HttpOptions : HttpConnectionOptions
{
    /// <summary>HOST:PORT to connect to instead of what the name resolves to, as for a public name that does not lead back in; the name is still asked for.</summary>
    [RegularExpression(@"([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5}", ErrorMessage = "ConnectTo must be HOST:PORT, such as 192.168.1.10:443.")]
    public string? ConnectTo { get; set; }
}
