using System.Diagnostics;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Homelab.Engine.Operations;

/// <summary>Sends traces by OTLP when an endpoint is configured; without one nothing is recorded and nothing is spent.</summary>
internal sealed class Tracing(IOptions<TelemetrySettings> settings) : IHostedService, IDisposable
{
    /// <summary>Sources of the product are named <c>Homelab.*</c>.</summary>
    public const string SourceName = "Homelab.Engine";

    private TracerProvider? _provider;

    public static ActivitySource Source { get; } = new(SourceName);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var telemetry = settings.Value;
        if (telemetry.OtlpEndpoint.Length > 0)
        {
            _provider = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(telemetry.ServiceName, serviceVersion: ProductVersion.Text))
                .AddSource("Homelab.*", "Microsoft.AspNetCore", "System.Net.Http")
                .AddOtlpExporter(exporter =>
                {
                    exporter.Endpoint = new Uri(telemetry.OtlpEndpoint);
                    exporter.Protocol = telemetry.OtlpProtocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
                })
                .Build();
        }

        return Task.CompletedTask;
    }

    /// <summary>Sends what is still held, but never keeps the process from ending.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _provider?.ForceFlush(5000);
        return Task.CompletedTask;
    }

    public void Dispose() => _provider?.Dispose();
}
