using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.Tests.Activities;

internal sealed record SeenRequest(string Method, string Path, string Query, string Body, IReadOnlyDictionary<string, string> Headers);

/// <summary>An HTTP server on a free port that records every request and answers as told.</summary>
internal sealed class FakeServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SeenRequest> _seen = new();

    private FakeServer(WebApplication app, X509Certificate2? certificate) => (_app, Certificate) = (app, certificate);

    public Func<HttpContext, Task> Answer { get; set; } = _ => Task.CompletedTask;

    public IReadOnlyList<SeenRequest> Seen => [.. _seen];

    public X509Certificate2? Certificate { get; }

    public string Url => _app.Urls.First().Replace("[::]", "127.0.0.1", StringComparison.Ordinal);

    /// <summary>An Alertmanager that says yes to every silence.</summary>
    public static async Task<FakeServer> AlertmanagerAsync()
    {
        var server = await StartAsync();
        server.Answer = context => Status(200, (context.Request.Method, context.Request.Path.Value) switch
        {
            ("POST", "/api/v2/silences") => """{"silenceID":"silence-1"}""",
            (_, "/api/v2/status") => """{"cluster":{"status":"ready","peers":[]},"versionInfo":{"version":"0.28.1"},"config":{"original":""},"uptime":"2026-01-01T00:00:00Z"}""",
            _ => "[]",
        })(context);
        return server;
    }

    public static async Task<FakeServer> StartAsync(bool https = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var certificate = https ? SelfSigned() : null;
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        var server = new FakeServer(builder.Build(), certificate);
        server._app.Run(server.HandleAsync);
        await server._app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        Certificate?.Dispose();
    }

    public static Func<HttpContext, Task> Status(int status, string body = "", string type = "application/json") => async context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        await context.Response.WriteAsync(body);
    };

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=fake.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var start = DateTimeOffset.UnixEpoch.AddYears(50);
        using var made = request.CreateSelfSigned(start, start.AddYears(50));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        // The target as it was sent, not as the server decodes it.
        var raw = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget.Split('?', 2);
        _seen.Enqueue(new(context.Request.Method, raw[0], raw.Length > 1 ? raw[1] : "", body, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString())));
        await Answer(context);
    }
}
