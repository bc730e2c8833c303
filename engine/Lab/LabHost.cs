using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Homelab.Engine.Lab.Postgres;
using Homelab.Engine.Lab.Simulators;
using Homelab.Engine.Lab.Ssh;
using Homelab.Engine.Lab.Telegram;

namespace Homelab.Engine.Lab;

/// <summary>
/// The simulated homelab as the product sees it: its APIs on loopback ports, time that passes, alerts that are posted. Started before the product, whose connections are
/// <see cref="Settings"/>; it knows of the product nothing but the address it posts alerts to.
/// </summary>
internal sealed partial class LabHost : IAsyncDisposable
{
    /// <summary>Telegram's number of the one person of the lab.</summary>
    public const long Person = 42;

    private const string BotToken = "7:lab";

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly PrometheusSimulator _prometheus;
    private readonly AlertmanagerSimulator _alertmanager;
    private readonly WebApplication _app;
    private readonly SshServer _ssh;
    private readonly PostgresServer _postgres;
    private readonly IReadOnlyList<DnsSimulator> _resolvers;
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-lab-").FullName;
    private readonly X509Certificate2 _certificate = SiteSimulator.Certificate();
    private readonly ConcurrentDictionary<DateTimeOffset, X509Certificate2> _ofServer = [];
    private readonly HttpClient _http = new();
    private readonly CancellationTokenSource _stopping = new();
    private FrozenDictionary<int, Simulator> _byPort = FrozenDictionary<int, Simulator>.Empty;
    private Task _passing = Task.CompletedTask;

    private LabHost(int seed, TimeProvider time, TelegramSimulator telegram)
    {
        (_time, Telegram) = (time, telegram);
        Homelab = new(seed, time.GetUtcNow());
        _prometheus = new(Homelab);
        _alertmanager = new(Homelab);
        _ssh = new(new SimulatedShell(Homelab).RunAsync);
        _postgres = new(new SimulatedDatabase(Homelab).Run);
        _resolvers = [.. Homelab.Resolvers.Skip(1).Select(resolver => new DnsSimulator(Homelab, resolver))];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            for (var index = 0; index < SimulatorNames.Length; index++)
                kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Listen(IPAddress.Loopback, 0, site => site.UseHttps(_certificate));
            kestrel.Listen(IPAddress.Loopback, 0, site => site.UseHttps(tls => tls.ServerCertificateSelector = (_, _) => OfServer()));
        });
        _app = builder.Build();
        _app.Run(context => _byPort[context.Connection.LocalPort].HandleAsync(context));
    }

    /// <summary>Tools that a scenario connects where it says so, and the lab to look at always: without them a person has to be told.</summary>
    public static readonly string[] Optional = ["Borg", "Postgres", "Restic"];

    private static readonly string[] SimulatorNames = ["docker", "proxmox", "prometheus", "alertmanager", "loki", "model", "sites"];

    public World.Homelab Homelab { get; }

    public TelegramSimulator Telegram { get; }

    /// <summary>Where alerts are posted; null until the product is there.</summary>
    public Uri? Webhook { get; set; }

    /// <summary>The product's settings that make its connections.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; private set; } = new Dictionary<string, string?>();

    public static async Task<LabHost> StartAsync(int seed, TimeProvider time, CancellationToken cancellationToken)
    {
        var host = new LabHost(seed, time, await TelegramSimulator.StartAsync(BotToken, time));
        host.Telegram.Chats.Open(Person);
        await host._app.StartAsync(cancellationToken);
        var sites = new SiteSimulator(host.Homelab, time);
        Simulator[] simulators =
        [
            new DockerSimulator(host.Homelab, "apps"), new ProxmoxSimulator(host.Homelab), host._prometheus, host._alertmanager, new LokiSimulator(host.Homelab), new ModelSimulator(host.Homelab), sites, sites, sites,
        ];
        var addresses = host._app.Urls.Select(url => new Uri(url)).ToList();
        host._byPort = addresses.Zip(simulators).ToFrozenDictionary(pair => pair.First.Port, pair => pair.Second);
        host._alertmanager.Url = Text(addresses[3]);
        host.Server.SecureSite = Text(addresses[8]);
        var knownHosts = Path.Combine(host._directory, "known_hosts");
        await File.WriteAllTextAsync(knownHosts, host._ssh.KnownHostsLine, cancellationToken);
        host.Settings = host.Connections([.. addresses.Select(Text)], knownHosts);
        host._passing = Task.Run(() => host.PassAsync(host._stopping.Token), CancellationToken.None);
        return host;
    }

    /// <summary>One step of time: the homelab goes on, Prometheus looks, Alertmanager tells.</summary>
    public async Task PassOnceAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<AlertmanagerSimulator.Notification> due;
        lock (Homelab.Sync)
        {
            Homelab.PassTo(_time.GetUtcNow());
            var alerts = _prometheus.Pass();
            foreach (var alert in alerts.Where(alert => alert.FiredAt == Homelab.Now || alert.ResolvedAt is not null))
                Homelab.Tell("alert", $"{alert.Labels["alertname"]} {(alert.ResolvedAt is null ? "fires" : "is resolved")}: {alert.Annotations().GetValueOrDefault("summary", "")}");
            // Nobody to tell yet: nothing is grouped, so that nothing is lost.
            due = Webhook is null ? [] : _alertmanager.Pass(alerts);
        }

        foreach (var notification in due)
        {
            if (await PostAsync(notification.Body, cancellationToken))
            {
                lock (Homelab.Sync)
                    _alertmanager.Delivered(notification);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _passing;
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        await _ssh.DisposeAsync();
        await _postgres.DisposeAsync();
        foreach (var resolver in _resolvers)
            await resolver.DisposeAsync();
        await Telegram.DisposeAsync();
        _http.Dispose();
        _certificate.Dispose();
        foreach (var certificate in _ofServer.Values)
            certificate.Dispose();
        _stopping.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task PassAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Step, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                await PassOnceAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // It is stopped.
        }
    }

    /// <summary>The one that shows a certificate of its own.</summary>
    private World.Unit Server => Homelab.Unit("nas/nginx.service")!; // one of the homelab's

    private X509Certificate2 OfServer()
    {
        lock (Homelab.Sync)
            return _ofServer.GetOrAdd(Server.CertificateExpiresAt!.Value, expires => SiteSimulator.Certificate(expires)); // it has one
    }

    /// <summary>2xx: taken. 4xx: never will be, as Alertmanager sees it. Anything else is tried again.</summary>
    private async Task<bool> PostAsync(string body, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, Webhook) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            using var answer = await _http.SendAsync(request, cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                lock (Homelab.Sync)
                    Homelab.Tell("alert", $"The product answered {(int)answer.StatusCode} to an alert");
            }

            return (int)answer.StatusCode < 500 && answer.StatusCode != HttpStatusCode.TooManyRequests;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private Dictionary<string, string?> Connections(IReadOnlyList<string> urls, string knownHosts)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Activities:Docker:default:Endpoint"] = urls[0],
            ["Activities:Docker:default:Host"] = "apps",
            ["Activities:Proxmox:default:Url"] = urls[1],
            ["Activities:Proxmox:default:TokenId"] = "homelab@pve!lab",
            ["Activities:Proxmox:default:TokenSecret"] = "00000000-0000-4000-8000-000000000000",
            ["Activities:Prometheus:default:Url"] = urls[2],
            ["Activities:Alertmanager:default:Url"] = urls[3],
            ["Activities:Loki:default:Url"] = urls[4],
            ["Activities:Telegram:default:Url"] = Text(Telegram.Address),
            ["Activities:Telegram:default:Token"] = BotToken,
            ["Activities:Telegram:default:Chat"] = $"{Person}",
            ["Activities:Model:default:Url"] = urls[5],
            ["Activities:Model:default:Model"] = ModelSimulator.Model,
            ["Activities:Http:files:Url"] = Server.Site,
            ["Activities:Http:files:ConnectTo"] = new Uri(urls[6]).Authority,
            ["Activities:Postgres:db:Host"] = "127.0.0.1",
            ["Activities:Postgres:db:Port"] = $"{_postgres.Port}",
            ["Activities:Postgres:db:Database"] = "main",
            ["Activities:Postgres:db:User"] = "homelab",
            ["Activities:Postgres:db:SslMode"] = "Disable",
            ["Activities:Restic:nas:Host"] = "nas",
            ["Activities:Restic:nas:Repository"] = "/srv/backup/restic",
            ["Activities:Restic:nas:Password"] = "lab",
            ["Activities:Borg:nas:Host"] = "nas",
            ["Activities:Borg:nas:Repository"] = "/srv/backup/borg",
            ["Activities:Borg:nas:Passphrase"] = "lab",
        };
        foreach (var machine in Homelab.Machines)
        {
            settings[$"Activities:Ssh:{machine.Name}:Host"] = "127.0.0.1";
            settings[$"Activities:Ssh:{machine.Name}:Port"] = $"{_ssh.Port}";
            settings[$"Activities:Ssh:{machine.Name}:User"] = machine.Name;
            settings[$"Activities:Ssh:{machine.Name}:KnownHostsFile"] = knownHosts;
        }

        foreach (var container in Homelab.Containers.Where(container => container.Site is not null))
        {
            var secure = container.Site!.StartsWith("https:", StringComparison.Ordinal);
            settings[$"Activities:Http:{container.Name}:Url"] = container.Site;
            settings[$"Activities:Http:{container.Name}:ConnectTo"] = new Uri(urls[secure ? 7 : 6]).Authority;
            settings[$"Activities:Http:{container.Name}:CertificateFingerprint"] = secure ? _certificate.GetCertHashString(HashAlgorithmName.SHA256) : null;
        }

        return settings;
    }

    private static string Text(Uri address) => address.GetLeftPart(UriPartial.Authority);
}
