using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Activities;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Engine.Incidents;

/// <summary>A real Prometheus that finds something, a real Alertmanager that tells the product of it with the snippet that the README has.</summary>
public sealed class RealAlertmanagerTests
{
    private const string Prometheus = "/usr/bin/prometheus";
    private const string Alertmanager = "/usr/bin/prometheus-alertmanager";

    [ServerFact(Prometheus, Alertmanager)]
    public async Task Alert_OfARealPrometheus_OpensOneIncident_AlsoWhenItIsRetried_AndEndsWithIt()
    {
        await using var homelab = await Homelab.StartAsync();
        homelab.AnswerWith500 = 2;
        homelab.Down("web");
        var incident = await homelab.IncidentAsync(item => (string?)item["service"] == "web" && (string?)item["state"] == "open");
        ((string?)incident["kind"], (string?)incident["title"], (string?)incident["severity"]).Should().Be(("container_down", "web is down", "critical"));
        await TestWait.UntilAsync(() => Task.FromResult(homelab.Deliveries.Count >= 3));
        homelab.Deliveries.Take(3).Distinct().Should().ContainSingle("a retry has the same bytes");
        (await homelab.ListAsync()).Where(item => (string?)item["service"] == "web").Should().ContainSingle("it was told three times of one thing");
        var started = (DateTimeOffset)incident["startedAt"]!;
        ((DateTimeOffset)incident["detectedAt"]! - started).Should().BeLessThan(TimeSpan.FromSeconds(30));

        homelab.Up("web");
        var ended = await homelab.IncidentAsync(item => (string?)item["service"] == "web" && (string?)item["state"] == "resolved");
        ((string?)ended["id"]).Should().Be((string?)incident["id"]);
        ((string?)ended["resolution"]).Should().Be("gone");
        ((DateTimeOffset)ended["resolvedAt"]!).Should().BeAfter(started);
    }

    [ServerFact(Prometheus, Alertmanager)]
    public async Task Notification_ThatWasCut_IsReadFromTheApi()
    {
        await using var homelab = await Homelab.StartAsync(mostAlerts: 1);
        homelab.Down("one", "two", "three", "four");
        await TestWait.UntilAsync(async () => (await homelab.ListAsync()).Count(item => (string?)item["state"] == "open") == 4);
        homelab.Deliveries.Should().Contain(delivery => delivery.Contains("\"truncatedAlerts\":3", StringComparison.Ordinal));
        homelab.Up("two", "three", "four");
        await TestWait.UntilAsync(async () => (await homelab.ListAsync()).Count(item => (string?)item["state"] == "resolved") == 3);
        homelab.Up("one");
        await TestWait.UntilAsync(async () => (await homelab.ListAsync()).All(item => (string?)item["state"] == "resolved"));
    }

    /// <summary>Prometheus, Alertmanager, the product, and between the last two somebody who listens and can answer wrongly.</summary>
    private sealed class Homelab : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, int> _up = new(StringComparer.Ordinal);
        private WebApplication _between = null!;
        private TestServer _server = null!;
        private RealServer _prometheus = null!;
        private RealServer _alertmanager = null!;

        public ConcurrentQueue<string> Deliveries { get; } = new();

        /// <summary>So many deliveries are accepted by the product and answered as if they were not.</summary>
        public int AnswerWith500 { get; set; }

        public static async Task<Homelab> StartAsync(int mostAlerts = 0)
        {
            var homelab = new Homelab();
            var port = RealServer.FreePort();
            var address = $"http://127.0.0.1:{port}";
            homelab._alertmanager = await RealServer.StartAsync("alertmanager", data => File.WriteAllText(Path.Combine(data, "alertmanager.yml"), $"""
                route: {"{"}receiver: homelab, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h{"}"}
                receivers:
                - name: homelab
                  webhook_configs:
                  - url: {address}/api/alerts/alertmanager
                    max_alerts: {mostAlerts}
                    http_config: {"{"}authorization: {"{"}type: ApiKey, credentials: KEY{"}"}{"}"}
                """.Replace("KEY", "a-key-of-the-test", StringComparison.Ordinal)));
            homelab._server = await TestServer.StartAsync(("Activities:Alertmanager:default:Url", homelab._alertmanager.Said["URL"]));
            await homelab._server.SignInAsync();
            var made = await homelab._server.Http.PostAsJsonAsync("/api/api-keys", new { name = "alertmanager", role = "operator", scopes = new[] { "alerts" } });
            var key = (string?)(await made.Content.ReadFromJsonAsync<JsonNode>())!["key"];
            homelab._between = homelab.Between(address, key!);
            await homelab._between.StartAsync();
            homelab._prometheus = await RealServer.StartAsync("prometheus", data =>
            {
                File.WriteAllText(Path.Combine(data, "rules.yml"), """
                    groups:
                    - name: homelab
                      rules:
                      - {alert: ContainerDown, expr: lab_up == 0, labels: {severity: critical}, annotations: {summary: "{{ $labels.container }} is down"}}
                    """);
                File.WriteAllText(Path.Combine(data, "prometheus.yml"), $"""
                    global: {"{"}scrape_interval: 1s, evaluation_interval: 1s{"}"}
                    rule_files: [{Path.Combine(data, "rules.yml")}]
                    alerting: {"{"}alertmanagers: [{"{"}static_configs: [{"{"}targets: ['127.0.0.1:{homelab._alertmanager.Port}']{"}"}]{"}"}]{"}"}
                    scrape_configs:
                    - {"{"}job_name: lab, static_configs: [{"{"}targets: ['127.0.0.1:{port}']{"}"}]{"}"}
                    """);
            });
            return homelab;
        }

        public void Down(params string[] containers) => Array.ForEach(containers, container => _up[container] = 0);

        public void Up(params string[] containers) => Array.ForEach(containers, container => _up[container] = 1);

        public async Task<IReadOnlyList<JsonNode>> ListAsync() => [.. (await _server.Http.GetFromJsonAsync<JsonNode>("/api/incidents"))!["items"]!.AsArray().Select(item => item!)];

        public async Task<JsonNode> IncidentAsync(Func<JsonNode, bool> fits)
        {
            JsonNode? found = null;
            await TestWait.UntilAsync(async () => (found = (await ListAsync()).FirstOrDefault(fits)) is not null);
            return found!;
        }

        public async ValueTask DisposeAsync()
        {
            await _prometheus.DisposeAsync();
            await _alertmanager.DisposeAsync();
            await _between.StopAsync();
            await _between.DisposeAsync();
            await _server.DisposeAsync();
        }

        private WebApplication Between(string address, string key)
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.WebHost.UseUrls(address);
            var app = builder.Build();
            app.MapGet("/metrics", () => string.Concat(_up.Select(container => $"lab_up{{container=\"{container.Key}\"}} {container.Value}\n")));
            app.MapPost("/api/alerts/alertmanager", async (HttpRequest request) =>
            {
                request.Headers.Authorization.ToString().Should().Be("ApiKey a-key-of-the-test");
                using var reader = new StreamReader(request.Body);
                var body = await reader.ReadToEndAsync();
                Deliveries.Enqueue(body);
                using var client = new HttpClient { BaseAddress = _server.Http.BaseAddress };
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("ApiKey", key);
                client.DefaultRequestHeaders.Add("X-Forwarded-For", "10.1.2.3");
                using var answer = await client.PostAsync("/api/alerts/alertmanager", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
                return Results.StatusCode(AnswerWith500-- > 0 ? 500 : (int)answer.StatusCode);
            });
            return app;
        }
    }
}
