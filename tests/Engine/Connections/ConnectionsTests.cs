using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Cli;
using Homelab.Engine.Connections;
using Homelab.Tests.Activities;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Connections;

public sealed class ConnectionsTests
{
    private const string Token = "a-token-that-nobody-sees";

    [Fact]
    public async Task List_ConfiguredConnections_TellsVersionLatencyAndWhatIsWrong()
    {
        await using var prometheus = await PrometheusAsync();
        await using var server = await TestServer.StartAsync(
            ("Activities:Prometheus:default:Url", prometheus.Url), ("Activities:Prometheus:default:BearerToken", Token),
            ("Activities:Prometheus:gone:Url", "http://127.0.0.1:1"), ("Activities:Prometheus:gone:BearerToken", "secret:nobody-set-it"),
            ("Connections:CheckEvery", "00:00:00"));
        await server.SignInAsync();

        var before = (await server.Http.GetFromJsonAsync<JsonObject>("/api/connections"))!["items"]!.AsArray();
        before.Select(item => $"{item!["tool"]}/{item["name"]} {item["kind"]} {item["state"]}").Should().Equal("Prometheus/default http untested", "Prometheus/gone http untested");

        var tested = await TestAsync(server, "prometheus/default");
        ((string?)tested["state"], (string?)tested["version"]).Should().Be(("reachable", "3.1.4"));
        ((double?)tested["milliseconds"]).Should().BePositive();
        prometheus.Seen.Should().OnlyContain(request => request.Headers["Authorization"] == $"Bearer {Token}");
        var gone = await TestAsync(server, "Prometheus/gone");
        ((string?)gone["state"], (string?)gone["problem"]).Should().Be(("unreachable", "Secret 'nobody-set-it' is not in the secret store; add it there or change the reference."));
        (await server.Http.PostAsJsonAsync("/api/connections/prometheus/else/test", new { })).StatusCode.Should().Be(HttpStatusCode.NotFound);

        var metrics = await server.Http.GetStringAsync("/metrics");
        metrics.Should().Contain("homelab_connection_up{name=\"default\",tool=\"Prometheus\"} 1").And.Contain("homelab_connection_up{name=\"gone\",tool=\"Prometheus\"} 0")
            .And.Contain("homelab_connection_info{name=\"default\",tool=\"Prometheus\",version=\"3.1.4\"} 1").And.Contain("homelab_connection_latency_seconds{name=\"default\"");
        (metrics + (await server.Http.GetStringAsync("/api/connections"))).Should().NotContain(Token);
    }

    [Fact]
    public async Task ListTools_EachTool_SaysWhatItsConnectionNeeds()
    {
        await using var server = await TestServer.StartAsync();
        await server.SignInAsync();
        var tools = (await server.Http.GetFromJsonAsync<JsonObject>("/api/connections/tools?pageSize=200"))!["items"]!.AsArray().ToDictionary(tool => (string)tool!["tool"]!, tool => tool!["settings"]!.AsArray());
        tools.Should().ContainKeys("Docker", "Ssh", "Prometheus", "Telegram", "Http").And.HaveCountGreaterThan(25);
        tools.Should().OnlyContain(tool => tool.Value.Count > 1 && tool.Value.All(setting => setting!["name"] != null));
        Of("Prometheus", "Url").Should().Be("needed");
        Of("Ssh", "Host").Should().Be("needed", "its own rule says so");
        Of("Ssh", "Port").Should().Be("22");
        Of("Docker", "Endpoint").Should().Be("unix:///var/run/docker.sock");
        Of("Prometheus", "BearerToken").Should().Be("secret");
        tools["Prometheus"].Select(setting => (string)setting!["name"]!).Should().NotContain("Name").And.EndWith(["TimeoutSeconds", "LargestAnswerBytes"]);

        string Of(string tool, string setting)
        {
            var found = tools[tool].Single(one => (string)one!["name"]! == setting)!;
            return (bool)found["needed"]! ? "needed" : (bool)found["secret"]! ? "secret" : (string?)found["default"] ?? "";
        }
    }

    [Fact]
    public async Task Test_SocketThatIsNotThere_IsNamed()
    {
        await using var server = await TestServer.StartAsync(("Activities:Docker:default:Endpoint", "unix:///no/such/docker.sock"), ("Connections:CheckEvery", "00:00:00"));
        await server.SignInAsync();
        ((string?)(await TestAsync(server, "docker/default"))["problem"]).Should().Contain("there is no socket /no/such/docker.sock; start the engine, or say where its socket is");
    }

    [Fact]
    public async Task RunOnceAsync_SecretSetMeanwhile_IsUsedAtTheNextTest()
    {
        await using var prometheus = await PrometheusAsync();
        await using var server = await TestServer.StartAsync(
            ("Activities:Prometheus:default:Url", prometheus.Url), ("Activities:Prometheus:default:BearerToken", "secret:prometheus"), ("Connections:CheckEvery", "00:00:00"));
        await server.SignInAsync();
        var health = server.Services.GetRequiredService<ConnectionHealth>();
        await health.RunOnceAsync(default);
        health.List().Should().ContainSingle().Which.Reachable.Should().BeFalse();

        (await server.Http.PutAsJsonAsync("/api/secrets/prometheus", new { value = Token })).StatusCode.Should().Be(HttpStatusCode.Created);
        await health.RunOnceAsync(default);
        health.List().Should().ContainSingle().Which.Version.Should().Be("3.1.4");
        prometheus.Seen.Should().ContainSingle().Which.Headers["Authorization"].Should().Be($"Bearer {Token}");

        var listed = await server.Http.GetStringAsync("/api/secrets");
        listed.Should().Contain("prometheus").And.NotContain(Token);
        (await server.Http.GetStringAsync("/api/settings")).Should().NotContain(Token);
        (await server.Http.PutAsJsonAsync("/api/secrets/..%2Fx", new { value = Token })).StatusCode.Should().NotBe(HttpStatusCode.Created);
        (await server.Http.DeleteAsync("/api/secrets/prometheus")).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await server.Http.DeleteAsync("/api/secrets/prometheus")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Doctor_Connections_AreTestedAndDecideTheExitCode()
    {
        await using var prometheus = await PrometheusAsync();
        var directory = Directory.CreateTempSubdirectory("homelab-doctor-").FullName;
        try
        {
            string[] good = ["doctor", "--data", directory, "--set", "Urls=http://127.0.0.1:1", "--set", $"Activities:Prometheus:default:Url={prometheus.Url}", "--set", $"Activities:Prometheus:default:BearerToken={Token}"];
            var (code, output) = await RunAsync(good);
            output.Should().Contain("ok   connection Prometheus/default: version 3.1.4 in").And.NotContain(Token);
            code.Should().Be(ExitCode.Ok, output);

            (code, output) = await RunAsync([.. good, "--set", "Activities:Prometheus:gone:Url=http://127.0.0.1:1"]);
            code.Should().Be(ExitCode.Unreachable);
            output.Should().Contain("FAIL connection Prometheus/gone:");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string[] args)
    {
        using var output = new StringWriter();
        return (await CommandLine.RunAsync(args, output, output, default), output.ToString());
    }

    private static async Task<FakeServer> PrometheusAsync()
    {
        var server = await FakeServer.StartAsync();
        server.Answer = FakeServer.Status(200, """{"status":"success","data":{"version":"3.1.4"}}""");
        return server;
    }

    private static async Task<JsonObject> TestAsync(TestServer server, string path)
    {
        var answer = await server.Http.PostAsJsonAsync($"/api/connections/{path}/test", new { });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
    }
}
