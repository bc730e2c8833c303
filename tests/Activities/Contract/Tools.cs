using Homelab.Activities;
using System.Text.Json.Nodes;

namespace Homelab.Tests.Activities.Contract;

/// <summary>How each tool is pointed at a fake server, and what its activities are given where their examples do not suffice.</summary>
internal static class Tools
{
    public const string Secret = "s3cr3t-c0ntract-value";

    private static readonly (string, string?)[] Engine =
        [("Activities:Docker:default:Endpoint", "http://127.0.0.1:9"), ("Activities:Docker:default:Host", "here"), ("Activities:Ssh:here:Local", "true")];

    private static readonly (string, string?)[] Here = [("Activities:Ssh:default:Local", "true")];

    /// <summary>Tools spoken to over HTTP: the settings that make connection "default" the server at that address.</summary>
    public static IReadOnlyDictionary<string, Func<string, (string Key, string? Value)[]>> Http { get; } =
        new Dictionary<string, Func<string, (string, string?)[]>>
        {
            ["AdGuard"] = url => [("Activities:AdGuard:default:Url", url)],
            ["Alertmanager"] = url => [("Activities:Alertmanager:default:Url", url)],
            ["Cloudflare"] = url => [("Activities:Cloudflare:default:Url", url), ("Activities:Cloudflare:default:Token", "no-secret-here"), ("Activities:Cloudflare:default:ZoneId", "0123456789abcdef0123456789abcdef")],
            ["Discord"] = url => [("Activities:Discord:default:Url", url), ("Activities:Discord:default:WebhookId", "7"), ("Activities:Discord:default:WebhookToken", "no-secret-here")],
            ["Docker"] = url => [("Activities:Docker:default:Endpoint", url), ("Activities:Docker:default:Host", "here"), ("Activities:Ssh:here:Local", "true")],
            ["GitHub"] = url => [("Activities:GitHub:default:Url", url), ("Activities:GitHub:default:Token", "no-secret-here")],
            ["Gitea"] = url => [("Activities:Gitea:default:Url", url), ("Activities:Gitea:default:Token", "no-secret-here")],
            ["Grafana"] = url => [("Activities:Grafana:default:Url", url), ("Activities:Grafana:default:Token", "no-secret-here")],
            ["HomeAssistant"] = url => [("Activities:HomeAssistant:default:Url", url), ("Activities:HomeAssistant:default:Token", "no-secret-here")],
            ["Http"] = _ => [],
            ["Loki"] = url => [("Activities:Loki:default:Url", url)],
            ["Model"] = url => [("Activities:Model:default:Url", url), ("Activities:Model:default:Model", "llama3.2"), ("Activities:Model:default:CacheMinutes", "0")],
            ["Ntfy"] = url => [("Activities:Ntfy:default:Url", url), ("Activities:Ntfy:default:Topic", "lab")],
            ["Prometheus"] = url => [("Activities:Prometheus:default:Url", url), ("Activities:Prometheus:default:RulesHost", "here"), ("Activities:Ssh:here:Local", "true")],
            ["Proxmox"] = url => [("Activities:Proxmox:default:Url", url), ("Activities:Proxmox:default:TokenId", "a@pve!b"), ("Activities:Proxmox:default:TokenSecret", "no-secret-here")],
            ["ProxmoxBackup"] = url => [("Activities:ProxmoxBackup:default:Url", url), ("Activities:ProxmoxBackup:default:TokenId", "a@pbs!b"), ("Activities:ProxmoxBackup:default:TokenSecret", "no-secret-here")],
            ["Tailscale"] = url => [("Activities:Tailscale:default:Url", url), ("Activities:Tailscale:default:Token", "no-secret-here")],
            ["Telegram"] = url => [("Activities:Telegram:default:Url", url), ("Activities:Telegram:default:Token", "no-secret-here")],
            ["Traefik"] = url => [("Activities:Traefik:default:Url", url)],
            ["UniFi"] = url => [("Activities:UniFi:default:Url", url), ("Activities:UniFi:default:ApiKey", "no-secret-here")],
            ["UptimeKuma"] = url => [("Activities:UptimeKuma:default:Url", url), ("Activities:UptimeKuma:default:PushToken", "no-secret-here")],
            ["Webhook"] = url => [("Activities:Webhook:default:Url", url)],
        };

    /// <summary>Tools that run programs (by <see cref="IProcessRunner"/>).</summary>
    public static IReadOnlyDictionary<string, (string Key, string? Value)[]> Process { get; } = new Dictionary<string, (string, string?)[]>
    {
        ["Borg"] =
        [
            ("Activities:Borg:default:Host", "here"), ("Activities:Borg:default:Repository", "/srv/borg"), ("Activities:Borg:default:Passphrase", "no-secret-here"), ("Activities:Ssh:here:Local", "true"),
        ],
        ["Btrfs"] = Here,
        ["Git"] = Here,
        ["Linux"] = Here,
        ["Nginx"] = [("Activities:Nginx:default:Host", "here"), ("Activities:Ssh:here:Local", "true")],
        ["Restic"] =
        [
            ("Activities:Restic:default:Host", "here"), ("Activities:Restic:default:Repository", "/srv/restic"), ("Activities:Restic:default:Password", "no-secret-here"), ("Activities:Ssh:here:Local", "true"),
        ],
        ["Ssh"] = Here,
        ["Systemd"] = Here,
    };

    /// <summary>Activities of a tool over HTTP that run programs instead.</summary>
    public static IReadOnlyDictionary<string, (string Key, string? Value)[]> ProcessActivities { get; } = new Dictionary<string, (string, string?)[]>
    {
        ["certificates.list_managed"] = Here,
        ["certificates.renew_certificate"] = Here,
        ["docker.compose_down"] = Engine,
        ["docker.compose_pull"] = Engine,
        ["docker.compose_restart"] = Engine,
        ["docker.compose_up"] = Engine,
        ["docker.scale_service"] = Engine,
        ["docker.write_compose_file"] = Engine,
    };

    /// <summary>Tools with a socket of their own: the settings that make connection "default" the server at that port.</summary>
    public static IReadOnlyDictionary<string, Func<int, (string Key, string? Value)[]>> Sockets { get; } = new Dictionary<string, Func<int, (string, string?)[]>>
    {
        ["Bind"] = port =>
        [
            ("Activities:Bind:default:Server", $"127.0.0.1:{port}"), ("Activities:Bind:default:Zone", "lab.test"), ("Activities:Bind:default:KeyName", "labkey"), ("Activities:Bind:default:Key", "bm8tc2VjcmV0LWhlcmU="),
        ],
        ["HAProxy"] = port => [("Activities:HAProxy:default:Endpoint", $"tcp://127.0.0.1:{port}")],
        ["Redis"] = port => [("Activities:Redis:default:Host", "127.0.0.1"), ("Activities:Redis:default:Port", $"{port}"), ("Activities:Redis:default:Password", "no-secret-here")],
    };

    /// <summary>Tools that are none of these, each with where its behaviour under failure is tested.</summary>
    public static IReadOnlyDictionary<string, string> Other { get; } = new Dictionary<string, string>
    {
        ["Certificates"] = "CertificatesTests: TLS servers of its own",
        ["Email"] = "EmailTests: a mail server",
        ["Dns"] = "DnsTests: BIND, and a server that answers garbage",
        ["Postgres"] = "PostgresTests: PostgreSQL",
    };

    public static IReadOnlyList<ActivityDescriptor> OverHttp { get; } =
        [.. ActivityCatalog.All.Where(activity => Http.ContainsKey(activity.Tool) && !ProcessActivities.ContainsKey(activity.Id))];

    public static IReadOnlyList<ActivityDescriptor> ByPrograms { get; } =
        [.. ActivityCatalog.All.Where(activity => Process.ContainsKey(activity.Tool) || ProcessActivities.ContainsKey(activity.Id))];

    public static IReadOnlyList<ActivityDescriptor> OverSockets { get; } = [.. ActivityCatalog.All.Where(activity => Sockets.ContainsKey(activity.Tool))];

    public static (string Key, string? Value)[] ProgramSettings(ActivityDescriptor activity) =>
        ProcessActivities.GetValueOrDefault(activity.Id) ?? Process[activity.Tool];

    /// <summary>Activities that name an address in their input instead of a connection.</summary>
    public static bool TakesUrl(ActivityDescriptor activity) => activity.Tool == "Http";

    /// <summary>An input made from the examples.</summary>
    public static JsonObject Sample(ActivityDescriptor activity, string? url = null)
    {
        var properties = activity.InputSchema["properties"]!.AsObject();
        var sample = new JsonObject();
        foreach (var (name, property) in properties.Where(property => property.Value?["examples"] is not null))
            sample[name] = property!["examples"]![0]!.DeepClone();
        if (url is not null && TakesUrl(activity))
            sample["url"] = url + "/somewhere";
        return sample;
    }
}
