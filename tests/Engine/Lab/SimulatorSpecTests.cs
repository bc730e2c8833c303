using System.Net.Http.Headers;
using System.Text;
using FluentAssertions;
using Homelab.Engine.Lab;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Engine.Lab;

/// <summary>What the lab's simulators answer, held against the vendors' own descriptions: what is learned from the lab must be true outside of it.</summary>
public sealed class SimulatorSpecTests
{
    private const string Docker = "docker/v1.44.prism.json";
    private const string Prometheus = "prometheus/openapi.prism.json";
    private const string Alertmanager = "alertmanager/openapi.prism.json";
    private const string Proxmox = "proxmox-ve/openapi.selfheal.json";

    [VendorFact(Docker)]
    public Task Docker_Answers_AreAsDescribed() => CheckAsync(
        Docker, "Activities:Docker:default:Endpoint",
        "GET /v1.44/version", "GET /v1.44/info", "GET /v1.44/containers/json?all=true", "GET /v1.44/containers/wiki/json", "GET /v1.44/containers/redis/json", "GET /v1.44/containers/redis/stats?stream=false",
        "GET /v1.44/containers/nothing/json", "GET /v1.44/images/json", "GET /v1.44/images/redis:7.4/json", "GET /v1.44/system/df", "POST /v1.44/containers/redis/update {\"Memory\":300000000}", "POST /v1.44/images/prune");

    [VendorFact(Prometheus)]
    public Task Prometheus_Answers_AreAsDescribed() => CheckAsync(
        Prometheus, "Activities:Prometheus:default:Url",
        "GET /api/v1/query?query=up", "GET /api/v1/query?query=sum(up", "GET /api/v1/query_range?query=up&start=START&end=END&step=15", "GET /api/v1/alerts", "GET /api/v1/rules", "GET /api/v1/targets", "GET /api/v1/labels",
        "GET /api/v1/label/job/values", "GET /api/v1/status/buildinfo");

    [VendorFact(Alertmanager)]
    public Task Alertmanager_Answers_AreAsDescribed() => CheckAsync(
        Alertmanager, "Activities:Alertmanager:default:Url",
        "GET /api/v2/status", "GET /api/v2/alerts", "GET /api/v2/silences",
        "POST /api/v2/silences {\"matchers\":[{\"name\":\"alertname\",\"value\":\"ContainerDown\",\"isRegex\":false,\"isEqual\":true}],\"startsAt\":\"STARTISO\",\"endsAt\":\"ENDISO\",\"createdBy\":\"test\",\"comment\":\"test\"}",
        "GET /api/v2/silences");

    [VendorFact(Proxmox)]
    public Task Proxmox_Answers_AreAsDescribed() => CheckAsync(
        Proxmox, "Activities:Proxmox:default:Url",
        "GET /api2/json/version", "GET /api2/json/cluster/resources?type=vm", "GET /api2/json/nodes/pve1/storage", "GET /api2/json/nodes/pve2/lxc/103/status/current",
        "GET /api2/json/nodes/pve2/lxc/103/config", "GET /api2/json/nodes/pve2/lxc/103/snapshot", "GET /api2/json/nodes/pve2/tasks");

    /// <param name="requests">"METHOD path body"; each is checked too, so that what is asked here is something that can be asked.</param>
    private static async Task CheckAsync(string spec, string setting, params string[] requests)
    {
        var api = VendorApi.Load(Shared.Spec(spec));
        await using var lab = await LabHost.StartAsync(1, TimeProvider.System, default);
        lab.Homelab.Strike(new() { Kind = "container_crash", Target = "wiki" });
        for (var step = 0; step < 3; step++)
            await lab.PassOnceAsync(default);
        using var http = new HttpClient { BaseAddress = new Uri(lab.Settings[setting]!) };
        List<string> problems = [];
        foreach (var line in requests)
        {
            var parts = Filled(line).Split(' ', 3);
            var (path, query) = (parts[1].Split('?')[0], parts[1].Contains('?') ? parts[1][(parts[1].IndexOf('?') + 1)..] : "");
            using var request = new HttpRequestMessage(new HttpMethod(parts[0]), parts[1]);
            if (parts.Length > 2)
                request.Content = new StringContent(parts[2], Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
            using var answer = await http.SendAsync(request);
            var seen = new SeenRequest(parts[0], path, query, parts.Length > 2 ? parts[2] : "", parts.Length > 2 ? new Dictionary<string, string> { ["Content-Type"] = "application/json" } : new Dictionary<string, string>());
            problems.AddRange(api.Check(seen));
            problems.AddRange(api.CheckAnswer(seen, (int)answer.StatusCode, await answer.Content.ReadAsStringAsync()));
        }

        problems.Distinct().Should().BeEmpty();
    }

    private static string Filled(string line)
    {
        var now = TimeProvider.System.GetUtcNow();
        return line.Replace("STARTISO", $"{now:yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal).Replace("ENDISO", $"{now.AddHours(1):yyyy-MM-ddTHH:mm:ssZ}", StringComparison.Ordinal)
            .Replace("START", $"{now.AddMinutes(-5).ToUnixTimeSeconds()}", StringComparison.Ordinal).Replace("END", $"{now.ToUnixTimeSeconds()}", StringComparison.Ordinal);
    }
}
