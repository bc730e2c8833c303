using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Inventory;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Homelab.Tests.Activities.Linux;
using Homelab.Tests.Activities.Systemd;
using Homelab.Tests.Storage;
using Xunit;

namespace Homelab.Tests.Engine.Inventory;

/// <summary>Units of a real Debian that are connected to each other and to a container of a real Docker engine.</summary>
[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class ConnectionEdgesTests(DockerFixture docker, GuestFixture guest) : IClassFixture<GuestFixture>
{
    private const string ToContainer = "labasks.service";

    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client, "/usr/sbin/docker-proxy", GuestFixture.Nspawn, GuestFixture.Debootstrap, DocumentsRepository.Git)]
    public async Task Documentation_OpenConnections_AreDependenciesAlsoWhenTheyAreClosedTheNextTime()
    {
        var repository = await DocumentsRepository.NewAsync();

        // Of a subnet that no engine of another test has: bridges outlive an engine that is ended, and the first one gets what is sent.
        await docker.DockerAsync("network", "create", "--subnet", $"10.214.{Random.Shared.Next(256)}.0/24", "asked");
        var published = RealServer.FreePort();
        var container = await docker.NewAsync("asked", ["--network", "asked", "--publish", $"127.0.0.1:{published}:8080"], "lab:1", "nc", "-ll", "-p", "8080", "-e", "/bin/cat");
        await ConnectedUnits.StartAsync(guest);
        await ConnectedUnits.ConnectAsync(guest, ToContainer, $"127.0.0.1/{published}", $"127.0.0.1/{published}");
        await using var server = await ShippedServer.StartAsync(
            "documentation",
            [
                .. guest.Settings("guest"), ("Activities:Docker:default:Endpoint", $"unix://{docker.Socket}"), ("Activities:Docker:default:Host", "guest"), ("Activities:Ssh:here:Local", "true"),
                ("Documentation:Directory", repository.Directory), ("Documentation:Connection", "here"), ("Documentation:Skip:0", "ssh:here"),
            ]);
        await server.RunAsync("documentation");
        (await repository.CommitsAsync()).Should().Be(1);
        var services = await repository.ReadAsync("SERVICES.md");
        services.Should().Contain($"### {ConnectedUnits.Connecting}\n\n- needs {ConnectedUnits.Listening} (connection)\n\n").And.Contain($"### {ToContainer}\n\n- needs {container} (connection)\n\n")
            .And.Contain($"- is needed by {ConnectedUnits.Connecting} (connection)").And.NotContain("needs ssh.service").And.NotContain("### ssh.service");

        await guest.InsideAsync($"systemctl kill --kill-who=main -s USR1 {ConnectedUnits.Connecting} {ToContainer}; sleep 1");
        (await guest.Environment.RunAsync("linux.list_connections", new { }))["outgoing"]!.AsArray().Select(one => (string?)one!["unit"]).Should().NotContain(ConnectedUnits.Connecting).And.NotContain(ToContainer);
        await server.RunAsync("documentation");
        (await repository.CommitsAsync()).Should().Be(1, $"a connection that is closed may be open the next time, but: {await repository.GitAsync("log", "-1", "-p")}");

        await guest.InsideAsync("mv /usr/bin/ss /usr/bin/ss.away");
        var report = await server.ReadAsync("inventory.scan_systems", new { });
        report["problems"]!.AsArray().Select(problem => (string)problem!).Should().ContainSingle(problem => problem.StartsWith("connections:guest: ", StringComparison.Ordinal)).And.NotContain(problem => problem.StartsWith("ssh:", StringComparison.Ordinal));
        (await server.GetAsync("/api/inventory?kind=service&pageSize=200"))["items"]!.AsArray().Select(item => (string)item!["name"]!).Should().Contain(ConnectedUnits.Connecting);
        await guest.InsideAsync("mv /usr/bin/ss.away /usr/bin/ss");
        await ConnectedUnits.StopAsync(guest, ToContainer, ConnectedUnits.Connecting, ConnectedUnits.Listening);
        await docker.DockerAsync("rm", "--force", container);
        await docker.DockerAsync("network", "rm", "asked");
    }
}

public sealed class SqliteConnectionsKeptTests(SqliteFixture fixture) : ConnectionsKeptTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresConnectionsKeptTests(PostgresFixture fixture) : ConnectionsKeptTests(fixture), IClassFixture<PostgresFixture>;

/// <summary>How long an edge is kept, on both databases alike.</summary>
public abstract class ConnectionsKeptTests(DatabaseFixture fixture)
{
    private static readonly InventoryEdge Connection = new("a", "b", InventoryEdge.Connection, "connections:nas");
    private static readonly InventoryEdge Proxy = new("a", "b", "proxy", "connections:nas");
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task Save_ConnectionNotSeenFor14Days_IsGoneThenAndNotBefore()
    {
        var store = new InventoryStore(fixture.Database, _time);
        (await SeenAsync(0, Connection, Proxy)).Should().Equal(Connection, Proxy);
        (await SeenAsync(1)).Should().Equal([Connection], "what a tool says and does not say any more is gone at once");
        (await SeenAsync(12, Connection)).Should().Equal(Connection);
        (await SeenAsync(13.9)).Should().Equal([Connection], "it was seen again");
        _time.Advance(TimeSpan.FromDays(30));
        await store.SaveAsync(new InventoryScan(), [], default);
        (await store.EdgesAsync(default)).Should().Equal([Connection], "the machine was not asked");
        (await SeenAsync(0)).Should().BeEmpty();

        async Task<IReadOnlyList<InventoryEdge>> SeenAsync(double days, params InventoryEdge[] edges)
        {
            _time.Advance(TimeSpan.FromDays(days));
            var scan = new InventoryScan();
            scan.Answered.Add("connections:nas");
            scan.Edges.UnionWith(edges);
            await store.SaveAsync(scan, [], default);
            return await store.EdgesAsync(default);
        }
    }
}

public sealed class OpenConnectionsTests
{
    [Theory]
    [InlineData("192.168.1.20", 5432, "systemd:db/service/postgresql.service", "a unit of the machine that has the address")]
    [InlineData("fd00::20", 5432, "systemd:db/service/postgresql.service", "the same over IPv6")]
    [InlineData("192.168.1.20", 8080, "docker:db/container/shop", "what the engine's proxy listens at is the container")]
    [InlineData("192.168.1.20", 8081, null, "published at the loopback only")]
    [InlineData("127.0.0.1", 5432, null, "the loopback is the machine's own")]
    [InlineData("172.17.0.1", 6379, "systemd:web/service/redis.service", "each machine with Docker has that address for itself")]
    [InlineData("192.168.1.10", 80, null, "nothing hangs on itself")]
    [InlineData("192.168.1.20", 9999, null, "nothing in the inventory listens there")]
    [InlineData("203.0.113.9", 5432, null, "a machine that is not known")]
    public void Link_Connection_IsAnEdgeToWhatListensThere(string address, int port, string? to, string because)
    {
        Linked("nginx.service", address, port).Should().Equal(to is null ? [] : [new InventoryEdge("systemd:web/service/nginx.service", to, "connection", "connections:web")], because);
    }

    [Theory]
    [InlineData("ssh.service")]
    [InlineData("gone.service")]
    public void Link_SessionOrWhatIsNotInTheInventory_IsNoEdge(string unit) => Linked(unit, "192.168.1.20", 5432).Should().BeEmpty();

    private static HashSet<InventoryEdge> Linked(string unit, string address, int port)
    {
        var scan = new InventoryScan();
        foreach (var id in new[] { "systemd:web/service/nginx.service", "systemd:web/service/ssh.service", "systemd:web/service/redis.service", "systemd:db/service/postgresql.service", "systemd:db/service/docker.service", "docker:db/container/shop" })
            scan.Add(id, "service", id.Split('/')[^1], null, "test");
        var connections = new OpenConnections();
        connections.Add("web", new()
        {
            ["addresses"] = new JsonArray("192.168.1.10", "172.17.0.1"), ["listeners"] = new JsonArray(Socket("*", 80, "nginx.service"), Socket("0.0.0.0", 6379, "redis.service")),
            ["outgoing"] = new JsonArray(Socket(address, port, unit)),
        });
        connections.Add("db", new()
        {
            ["addresses"] = new JsonArray("192.168.1.20", "fd00::20", "172.17.0.1"),
            ["listeners"] = new JsonArray(
                Socket("0.0.0.0", 5432, "postgresql.service"), Socket("::", 5432, "postgresql.service"), Socket("0.0.0.0", 8080, "docker.service"), Socket("127.0.0.1", 8081, "docker.service"), Socket("0.0.0.0", 9999, "unknown.service")),
            ["outgoing"] = new JsonArray(),
        });
        connections.Publish("db", "0.0.0.0", 8080, "docker:db/container/shop");
        connections.Publish("db", "127.0.0.1", 8081, "docker:db/container/shop");
        connections.Link(scan);
        return scan.Edges;

        static JsonObject Socket(string address, int port, string unit) => new() { ["address"] = address, ["port"] = port, ["unit"] = unit };
    }
}
