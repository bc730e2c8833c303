using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Operations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using Xunit.Abstractions;

namespace Homelab.Tests.Engine.Operations;

public sealed class OperationsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Ready_EverythingWorks_SaysWhatWasChecked()
    {
        await using var server = await TestServer.StartAsync();

        var ready = await EventuallyAsync(server.Http, HttpStatusCode.OK);

        ready["checks"]!.AsArray().Select(check => (string?)check!["name"]).Should().Contain(["database", "inbox", "migrations", "scheduler"]);
        (await server.Http.GetStringAsync("/health/live")).Should().Be("ok");
    }

    [Fact]
    public async Task Metrics_AfterARun_AreValidForPrometheusAndNotOpen()
    {
        await using var server = await TestServer.StartAsync();
        await server.PublishAsync(TestServer.Webhook("measured", "measured", ["POST"], null, TestServer.Respond("'ok'")));
        (await server.Http.PostAsync("/workflows/measured", null)).EnsureSuccessStatusCode();

        (await server.Http.GetAsync("/metrics")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        var text = server.Services.GetRequiredService<PrometheusCollector>().Write();

        text.Should().Contain("homelab_runs_started_total{definition=\"measured\"} 1")
            .And.Contain("homelab_webhook_deliveries_total{code=\"200\"} 1")
            .And.Contain("homelab_step_duration_seconds_bucket")
            .And.Contain("homelab_inbox_depth 0");
        await CheckAsync(text);
    }

    [Fact]
    public async Task Trace_OfARun_IsSentByOtlpUnderTheRunsId()
    {
        var received = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var spans = new MemoryStream();
        await using var receiver = WebApplication.CreateSlimBuilder().Build();
        receiver.MapPost("/v1/traces", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            lock (spans)
            {
                spans.Write(body.ToArray());
                if (Encoding.UTF8.GetString(spans.ToArray()).Contains("run traced", StringComparison.Ordinal))
                    received.TrySetResult(spans.ToArray());
            }

            return Results.Ok();
        });
        receiver.Urls.Add("http://127.0.0.1:0");
        await receiver.StartAsync();
        string run;
        await using (var server = await TestServer.StartAsync(("Telemetry:OtlpEndpoint", receiver.Urls.First() + "/v1/traces")))
        {
            await server.PublishAsync(TestServer.Webhook("traced", "traced", ["POST"], null, TestServer.Respond("'ok'")));
            using var answer = await server.Http.PostAsync("/workflows/traced", null);
            run = answer.Headers.GetValues("X-Elsa-Workflow-Instance-Id").Single();
        }

        var sent = await received.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Encoding.UTF8.GetString(sent).Should().Contain("Elsa.WriteHttpResponse");
        Convert.ToHexStringLower(sent).Should().Contain(run, "the trace id is the run's id");
    }

    [Fact]
    public async Task Log_SecretInAMessageOrAnException_IsNotWritten()
    {
        string text;
        await using (var server = await TestServer.StartAsync(("Activities:Demo:nas:Token", "verysecretvalue")))
        {
            var logger = server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Test");
            var exception = new InvalidOperationException("denied for verysecretvalue");
#pragma warning disable CA1848, CA2254 // A log as anybody might write it is the point.
            logger.LogError(exception, "Sent {Header} marker-of-this-test", "Bearer verysecretvalue");
#pragma warning restore CA1848, CA2254
            var file = Directory.GetFiles(Path.Combine(server.DataDirectory, "logs")).Single();
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            text = await new StreamReader(stream).ReadToEndAsync();
        }

        text.Should().Contain("marker-of-this-test").And.Contain("***").And.NotContain("verysecretvalue");
    }

    private static async Task<JsonNode> EventuallyAsync(HttpClient http, HttpStatusCode status)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            using var answer = await http.GetAsync("/health/ready", limit.Token);
            if (answer.StatusCode == status)
                return (await answer.Content.ReadFromJsonAsync<JsonNode>(limit.Token))!;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
        }
    }

    private async Task CheckAsync(string text)
    {
        ProcessStartInfo start = new("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true };
        try
        {
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteAsync(text);
            process.StandardInput.Close();
            var said = await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            said.Should().BeEmpty();
            process.ExitCode.Should().Be(0);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            output.WriteLine("promtool (Debian package prometheus) is not installed; the format was not checked.");
        }
    }
}
