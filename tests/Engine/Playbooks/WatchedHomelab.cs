using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Homelab.Tests.Engine.Playbooks;

/// <summary>
/// A Docker engine that a Prometheus watches through an exporter, its Alertmanager, and the product as a process of its own with the shipped workflow, playbooks and rules. Between the last two
/// somebody passes on what is sent, and can do it badly.
/// </summary>
internal sealed class WatchedHomelab : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-watched-").FullName;
    private readonly ConcurrentQueue<Answer> _answers = new();
    private readonly DockerFixture _docker;
    private readonly string[] _containers;
    private EngineProcess _product = null!;
    private HttpClient _http = null!;
    private WebApplication _between = null!;
    private RealServer _prometheus = null!;
    private RealServer _alertmanager = null!;
    private string _key = "";
    private int _deliveries;

    private WatchedHomelab(DockerFixture docker, string[] containers) => (_docker, _containers) = (docker, containers);

    /// <summary>What becomes of a delivery of Alertmanager's.</summary>
    public enum Answer
    {
        PassedOn,
        Down,
        TakenAnd500,
        TakenAndLate,
    }

    public int Deliveries => _deliveries;

    public static async Task<WatchedHomelab> StartAsync(DockerFixture docker, params string[] containers)
    {
        var homelab = new WatchedHomelab(docker, containers);
        var between = $"http://127.0.0.1:{RealServer.FreePort()}";
        homelab._between = homelab.Between(between);
        await homelab._between.StartAsync();
        homelab._alertmanager = await RealServer.StartAsync("alertmanager", data => File.WriteAllText(Path.Combine(data, "alertmanager.yml"), $$$"""
            route: {receiver: homelab, group_by: [alertname], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}
            receivers:
            - name: homelab
              webhook_configs:
              - url: {{{between}}}/api/alerts/alertmanager
                http_config: {authorization: {type: ApiKey, credentials: a-key-of-the-test}}
            """));
        homelab._prometheus = await RealServer.StartAsync("prometheus", data =>
        {
            File.WriteAllText(Path.Combine(data, "rules.yml"), """
                groups:
                - name: homelab
                  rules:
                  - {alert: ContainerDown, expr: container_running == 0, labels: {severity: critical}, annotations: {summary: "{{ $labels.name }} is down"}}
                """);
            File.WriteAllText(Path.Combine(data, "prometheus.yml"), $$$"""
                global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {site: home}}
                rule_files: [{{{Path.Combine(data, "rules.yml")}}}]
                alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:{{{homelab._alertmanager.Port}}}'] }] }]}
                scrape_configs:
                - {job_name: containers, static_configs: [{targets: ['{{{new Uri(between).Authority}}}'] }]}
                """);
        });
        Directory.CreateDirectory(Path.Combine(homelab._directory, "data"));
        await File.WriteAllTextAsync(Path.Combine(homelab._directory, "data", "preferences.json"), HealingServer.Preferences);
        await homelab.RestartAsync();
        return homelab;
    }

    /// <summary>Starts the product, on the data that it left behind.</summary>
    /// <param name="crashAt">As <c>HOMELAB_CRASH_AT</c>.</param>
    public async Task RestartAsync(string? crashAt = null)
    {
        if (_product is not null)
        {
            await _product.DisposeAsync();
            _http.Dispose();
        }

        var workflows = new Dictionary<string, string> { ["self-healing.json"] = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "workflows", "self-healing.json")) };
        _product = await EngineProcess.StartAsync(
            null, _directory, null, workflows, crashAt,
            $"Activities:Docker:default:Endpoint=unix://{_docker.Socket}", $"Activities:Prometheus:default:Url={_prometheus.Said["URL"]}", $"Activities:Alertmanager:default:Url={_alertmanager.Said["URL"]}",
            $"Playbooks:Directory={Path.Combine(Repository.Root, "workflows", "playbooks")}", $"Diagnosis:File={Path.Combine(Repository.Root, "workflows", "diagnosis.yaml")}");
        _http = new HttpClient { BaseAddress = _product.Address };
        (await _http.PostAsJsonAsync("/api/session", new { name = "admin", password = EngineProcess.Password })).EnsureSuccessStatusCode();
        _http.DefaultRequestHeaders.Add("X-Csrf-Token", (string)(await GetAsync("/api/session"))["csrfToken"]!);
        if (_key.Length > 0)
            return;
        var made = await _http.PostAsJsonAsync("/api/api-keys", new { name = "alertmanager", role = "operator", scopes = new[] { "alerts" } });
        _key = (string)(await made.Content.ReadFromJsonAsync<JsonNode>())!["key"]!;
    }

    public async Task DiedAsync()
    {
        if (await _product.ExitAsync(TimeSpan.FromSeconds(60)) is not 137 and var code)
            throw new InvalidOperationException($"It was to be killed and ended with {code}.");
    }

    /// <summary>To the next deliveries, in order; after them all is passed on.</summary>
    public void Answers(params Answer[] answers) => Array.ForEach(answers, _answers.Enqueue);

    public async Task<JsonNode> GetAsync(string path) => (await _http.GetFromJsonAsync<JsonNode>(path))!;

    public Task<string> GetTextAsync(string path) => _http.GetStringAsync(path);

    public async Task<IReadOnlyList<JsonNode>> IncidentsAsync(string container) =>
        [.. (await GetAsync($"/api/incidents?search={container}&pageSize=50"))["items"]!.AsArray().Select(item => item!)];

    /// <summary>The incident of a container once it is resolved, or fails with its story.</summary>
    public async Task<JsonNode> EndedAsync(string container)
    {
        JsonNode? incident = null;
        var begun = TimeProvider.System.GetTimestamp();
        while (incident is null || (string?)incident["state"] != "resolved")
        {
            if (TimeProvider.System.GetElapsedTime(begun).TotalSeconds > 90 || (string?)incident?["state"] == "needs_person")
                throw new InvalidOperationException($"The incident of {container} is {incident?["state"]?.ToString() ?? "not there"}: {(incident is null ? "" : await StoryAsync(incident))}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            incident = (await IncidentsAsync(container)).FirstOrDefault();
        }

        return incident;
    }

    public async Task<string> StoryAsync(JsonNode incident) => string.Join(
        Environment.NewLine, (await GetAsync($"/api/incidents/{incident["id"]}"))["timeline"]!.AsArray().Select(line => $"{line!["at"]} {line["kind"]}: {line["text"]}"));

    /// <summary>What was decided of a target, and how.</summary>
    public async Task<IReadOnlyList<string>> DecisionsAsync(string target) =>
        [.. (await GetAsync($"/api/decisions?target={Uri.EscapeDataString(target)}&pageSize=50"))["items"]!.AsArray().Select(decision => $"{decision!["action"]} {decision["verdict"]}")];

    /// <summary>Of the run that acted: "start_container Recovered ...".</summary>
    public async Task<IReadOnlyList<string>> JournalAsync(JsonNode incident)
    {
        var run = (string)(await GetAsync($"/api/incidents/{incident["id"]}/findings"))["attempts"]![0]!["runId"]!;
        return [.. (await GetAsync($"/api/runs/{run}/journal?pageSize=500"))["items"]!.AsArray().Select(entry => $"{entry!["activityId"]} {entry["eventName"]} {entry["message"]}")];
    }

    /// <summary>How many alerts Prometheus fires.</summary>
    public async Task<int> FiringAsync()
    {
        using var http = new HttpClient();
        return (await http.GetFromJsonAsync<JsonNode>($"{_prometheus.Said["URL"]}/api/v1/alerts"))!["data"]!["alerts"]!.AsArray().Count;
    }

    public async ValueTask DisposeAsync()
    {
        await _prometheus.DisposeAsync();
        await _alertmanager.DisposeAsync();
        await _between.StopAsync();
        await _between.DisposeAsync();
        _http.Dispose();
        await _product.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private WebApplication Between(string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(address);
        var app = builder.Build();
        app.MapGet("/metrics", async () => string.Concat(await Task.WhenAll(_containers.Select(async name =>
            $"container_running{{name=\"{name}\"}} {((bool)(await _docker.InspectAsync(name))["State"]!["Running"]! ? 1 : 0)}\n"))));
        app.MapPost("/api/alerts/alertmanager", async (HttpContext http) =>
        {
            Interlocked.Increment(ref _deliveries);
            var how = _answers.TryDequeue(out var said) ? said : Answer.PassedOn;
            if (how == Answer.Down)
            {
                http.Abort();
                return Results.Empty;
            }

            using var reader = new StreamReader(http.Request.Body);
            using var client = new HttpClient { BaseAddress = _product.Address };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("ApiKey", _key);
            client.DefaultRequestHeaders.Add("X-Forwarded-For", "10.1.2.3");
            var status = 502;
            try
            {
                using var answer = await client.PostAsync("/api/alerts/alertmanager", new StringContent(await reader.ReadToEndAsync(), Encoding.UTF8, "application/json"));
                status = (int)answer.StatusCode;
            }
            catch (HttpRequestException)
            {
                // The product is dead: Alertmanager is told so, as a proxy would.
            }

            if (how == Answer.TakenAndLate)
            {
                // Alertmanager waits for at most a group interval, and asks again.
                using var gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
                gone.CancelAfter(TimeSpan.FromSeconds(30));
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, gone.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            return Results.StatusCode(how == Answer.TakenAnd500 ? 500 : status);
        });
        return app;
    }
}
