using System.Globalization;
using System.Text.Json.Nodes;
using System.Web;
using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Vendor;
using Xunit;

namespace Homelab.Tests.Engine.Forecasts;

/// <summary>The same for guests: a real Prometheus, and Proxmox as its vendor describes it.</summary>
[Trait("Category", "Servers")]
public sealed class ProxmoxScalingTests
{
    private const string Spec = "proxmox-ve/openapi.json";
    private const long Gib = 1L << 30;

    private readonly Dictionary<string, long> _memory = new() { ["lxc/101"] = Gib / 2, ["qemu/100"] = 2 * Gib, ["lxc/102"] = Gib };
    private readonly Dictionary<string, long> _cores = new() { ["lxc/101"] = 1, ["qemu/100"] = 2, ["lxc/102"] = 1 };
    private long _nodeMemory = 16 * Gib;

    [ServerAndVendorFact(Spec, LiveMetrics.Prometheus, LiveMetrics.Promtool)]
    public async Task Raise_MemoryThatHelpsAndCoresThatDoNot_OneStaysAndOneIsTakenBack()
    {
        await using var proxmox = await StartAsync();
        await using var metrics = await LiveMetrics.StartAsync(
            new Dictionary<string, Func<DateTimeOffset, double>>
            {
                ["pve_memory_usage_bytes{id=\"lxc/101\"}"] = at => _memory["lxc/101"] * Line(at), ["pve_memory_size_bytes{id=\"lxc/101\"}"] = _ => _memory["lxc/101"], ["pve_cpu_usage_ratio{id=\"qemu/100\"}"] = Line,
            },
            () => Task.FromResult<IEnumerable<(string, double)>>(
            [
                // The processor is as busy whatever it gets.
                ("pve_memory_usage_bytes{id=\"lxc/101\"}", 0.9 * Gib / 2), ("pve_memory_size_bytes{id=\"lxc/101\"}", _memory["lxc/101"]), ("pve_cpu_usage_ratio{id=\"qemu/100\"}", 0.9),
            ]));
        await using var server = await ServerAsync(proxmox, metrics);
        await server.ReadAsync("forecasts.make_forecasts", new { });
        await server.RunAsync("predictive-scaling");
        await server.Database.WriteAsync(session => session.ExecuteAsync("UPDATE scalings SET not_before = 0", null, default), default);
        await server.RunAsync("predictive-scaling");
        foreach (var sent in await ScalingsAsync(server))
            await server.EndAsync((string?)sent["runId"] ?? throw new InvalidOperationException((string?)sent["reason"]));
        await server.RunAsync("predictive-scaling");

        var ended = await ScalingsAsync(server);
        ended.Select(one => $"{one["target"]} {one["resource"]} {one["state"]}").Should().BeEquivalentTo(
            ["proxmox:default/lxc/101 memory done", "proxmox:default/qemu/100 processors undone"], string.Join(" | ", ended.Select(one => (string?)one["reason"])));
        _memory["lxc/101"].Should().Be((long)(double)ended.Single(one => (string?)one["resource"] == "memory")["to"]!).And.BeGreaterThan(Gib / 2);
        _cores["qemu/100"].Should().Be(2);
        proxmox.Seen.Where(request => request.Method == "PUT" && request.Path.Contains("/qemu/100/")).Select(request => HttpUtility.ParseQueryString(request.Body)["cores"]).Should().Equal("4", "2");
        (await server.CountAsync("SELECT COUNT(*) FROM changes WHERE activity_id = 'proxmox.change_config' AND result = 'rolledBack'")).Should().Be(1);
    }

    [ServerAndVendorFact(Spec, LiveMetrics.Prometheus, LiveMetrics.Promtool)]
    public async Task Raise_HostHasNoRoom_IsImpossibleAndSaysWhatIsThere()
    {
        _nodeMemory = 4 * Gib;
        await using var proxmox = await StartAsync();
        await using var metrics = await LiveMetrics.StartAsync(
            new Dictionary<string, Func<DateTimeOffset, double>>
            {
                ["pve_memory_usage_bytes{id=\"lxc/101\"}"] = at => _memory["lxc/101"] * Line(at), ["pve_memory_size_bytes{id=\"lxc/101\"}"] = _ => _memory["lxc/101"],
                ["pve_disk_usage_bytes{id=\"lxc/102\"}"] = at => 8 * Gib * Line(at), ["pve_disk_size_bytes{id=\"lxc/102\"}"] = _ => 8 * Gib,
            },
            () => Task.FromResult<IEnumerable<(string, double)>>([]));
        await using var server = await ServerAsync(proxmox, metrics);
        await server.ReadAsync("forecasts.make_forecasts", new { });
        await server.RunAsync("predictive-scaling");

        var scalings = (await ScalingsAsync(server)).ToDictionary(one => (string)one["resource"]!);
        scalings.Values.Should().OnlyContain(one => (string?)one["state"] == "impossible");
        ((string)scalings["memory"]["reason"]!).Should().Contain("the host has room for 410 MiB with 15 % kept free", "of 4 GiB the guests have 3.5");
        ((string)scalings["disk"]["reason"]!).Should().Contain("the host has room for 8.5 GiB", "the storage of its disk has 10 GiB, of which 8 are used");
        proxmox.Seen.Should().OnlyContain(request => request.Method == "GET");
    }

    private static Task<ShippedServer> ServerAsync(VendorServer proxmox, LiveMetrics metrics) => ShippedServer.StartAsync(
        "predictive-scaling",
        [
            ("Activities:Proxmox:default:Url", proxmox.Url), ("Activities:Proxmox:default:TokenId", "homelab@pve!run"), ("Activities:Proxmox:default:TokenSecret", "token-secret-value"),
            ("Activities:Prometheus:default:Url", metrics.Url), ("Forecasts:HelpsWithinSeconds", "12"),
        ]);

    private static async Task<JsonNode[]> ScalingsAsync(ShippedServer server) => [.. (await server.GetAsync("/api/forecasts/scalings"))["items"]!.AsArray().Select(one => one!)];

    /// <summary>Nine tenths now, and full in five days.</summary>
    private static double Line(DateTimeOffset at) => 0.9 - (0.02 * (TimeProvider.System.GetUtcNow() - at).TotalDays);

    private async Task<VendorServer> StartAsync()
    {
        var proxmox = await VendorServer.StartAsync(Spec);
        proxmox.On("GET /api2/json/nodes", _ => $$"""{"data":[{"node":"pve","status":"online","maxmem":{{_nodeMemory}},"mem":1,"maxcpu":8,"cpu":0.3}]}""")
            .On("GET /api2/json/nodes/pve/storage", $$"""{"data":[{"storage":"fast","type":"zfspool","content":"rootdir","active":1,"shared":0,"total":{{10 * Gib}},"used":{{8 * Gib}},"avail":{{2 * Gib}}}]}""")
            .On("GET /api2/json/cluster/resources", _ => $$"""{"data":[{{string.Join(",", _memory.Keys.Select(Guest))}}]}""");
        foreach (var guest in _memory.Keys)
        {
            var path = $"/api2/json/nodes/pve/{guest}";
            proxmox.On($"GET {path}/status/current", $$"""{"data":{"status":"running","vmid":{{guest.Split('/')[1]}} } }""").On($"GET {path}/snapshot", """{"data":[]}""")
                .On($"GET {path}/config", _ => $$"""{"data":{"digest":"{{new string('a', 40)}}","cores":{{_cores[guest]}},"memory":{{_memory[guest] >> 20}},"rootfs":"fast:subvol-{{guest.Split('/')[1]}}-disk-0,size=8G"} }""")
                .On($"PUT {path}/config", request => Change(guest, request));
        }

        return proxmox;

        string Guest(string id) => $$"""{"id":"{{id}}","type":"{{id.Split('/')[0]}}","vmid":{{id.Split('/')[1]}},"name":"{{id.Replace('/', '-')}}","node":"pve","status":"running","maxmem":{{_memory[id]}},"maxcpu":{{_cores[id]}},"maxdisk":{{8 * Gib}}}""";
    }

    private string Change(string guest, SeenRequest request)
    {
        var form = HttpUtility.ParseQueryString(request.Body);
        if (form["memory"] is { } memory)
            _memory[guest] = long.Parse(memory, CultureInfo.InvariantCulture) << 20;
        if (form["cores"] is { } cores)
            _cores[guest] = long.Parse(cores, CultureInfo.InvariantCulture);
        return """{"data":null}""";
    }
}
