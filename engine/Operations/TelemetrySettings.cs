using System.ComponentModel.DataAnnotations;

namespace Homelab.Engine.Operations;

/// <summary>Section <c>Telemetry</c>.</summary>
internal sealed class TelemetrySettings : IValidatableObject
{
    /// <summary>Where traces go, such as <c>http://localhost:4317</c> (gRPC) or <c>http://localhost:4318/v1/traces</c> (HTTP); empty sends none.</summary>
    public string OtlpEndpoint { get; set; } = "";

    public OtlpProtocol OtlpProtocol { get; set; } = OtlpProtocol.Http;

    public string ServiceName { get; set; } = "homelab";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (OtlpEndpoint.Length > 0 && !(Uri.TryCreate(OtlpEndpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            yield return new ValidationResult($"\"{OtlpEndpoint}\" is not an http or https address.", [nameof(OtlpEndpoint)]);
    }
}

internal enum OtlpProtocol
{
    Http,
    Grpc,
}
