using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Docker;

/// <summary>A Docker engine of its own with two images of busybox, lab:1 and lab:2.</summary>
public sealed class DockerFixture : ServerFixture
{
    public const string Dockerd = "/usr/sbin/dockerd";
    public const string Busybox = "/bin/busybox";
    public const string Client = "/usr/bin/docker";

    internal RealServer Server { get; private set; } = null!;

    internal ActivityEnvironment Environment { get; private set; } = null!;

    internal string Socket => Server.Said["SOCK"];

    protected override IEnumerable<string> Programs => [Dockerd, Busybox, Client];

    internal static IEnumerable<(string, string?)> Settings(string name, string endpoint) =>
        [($"Activities:Docker:{name}:Endpoint", endpoint), ($"Activities:Docker:{name}:Host", "here"), ($"Activities:Docker:{name}:Compose", "docker-compose"), ("Activities:Ssh:here:Local", "true")];

    /// <summary>The engine over TLS, with a certificate to show or none.</summary>
    private IEnumerable<(string, string?)> Tls(string name, string? client) =>
    [
        .. Settings(name, Server.Said["URL"]), ($"Activities:Docker:{name}:CaFile", Path.Combine(Server.Data, "ca.pem")),
        .. client is null ? Array.Empty<(string, string?)>()
            : [($"Activities:Docker:{name}:ClientCertificateFile", Path.Combine(Server.Data, $"{client}-cert.pem")), ($"Activities:Docker:{name}:ClientKeyFile", Path.Combine(Server.Data, $"{client}-key.pem"))],
    ];

    /// <summary>Docker's own client: looks and prepares past the code under test.</summary>
    internal Task<string> DockerAsync(params string[] arguments) => RealServer.RunAsync(Client, ["--host", $"unix://{Socket}", .. arguments]);

    internal async Task<JsonNode> InspectAsync(string container) => JsonNode.Parse(await DockerAsync("inspect", container))![0]!;

    /// <summary>How often it was started, by what the lab's images say first: the engine keeps its logs longer than its events.</summary>
    internal async Task<int> StartsAsync(string container) =>
        (await DockerAsync("logs", container)).Split('\n').Count(line => line.StartsWith("started", StringComparison.Ordinal));

    /// <summary>A running container with a name of its own.</summary>
    internal async Task<string> NewAsync(string prefix, string[]? options = null, string image = "lab:1", params string[] command)
    {
        var name = $"{prefix}-{Random.Shared.NextInt64(1L << 40):x}";
        await DockerAsync(["run", "-d", "--name", name, .. options ?? ["--network", "none"], image, .. command]);
        return name;
    }

    protected override async Task StartAsync()
    {
        Server = await StartAsync("dockerd");
        await LoadAsync(DockerAsync, Server.Data);
        Environment = new([.. Settings("default", $"unix://{Socket}"), .. Tls("tcp", "client"), .. Tls("nobody", null)]);
    }

    internal static async Task LoadAsync(Func<string[], Task<string>> docker, string data)
    {
        var tar = Path.Combine(data, "busybox.tar");
        await RealServer.RunAsync(Path.Combine(Repository.Root, "tests", "servers", "make-busybox-tar.sh"), tar);
        string[] script = ["--change", "CMD [\"sh\",\"-c\",\"trap exit TERM; echo started $VERSION; echo warning >&2; while :; do sleep 0.1; done\"]"];
        await docker(["import", .. script, "--change", "ENV VERSION=1", tar, "lab:1"]);
        await docker(["import", .. script, "--change", "ENV VERSION=2", tar, "lab:2"]);
        // Does not start: there is no such program in it.
        await docker(["import", "--change", "CMD [\"/no/such/program\"]", tar, "lab:broken"]);
    }
}

[CollectionDefinition(nameof(DockerCollection))]
public sealed class DockerCollection : ICollectionFixture<DockerFixture>;
