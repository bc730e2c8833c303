using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Homelab.Tests.Activities.Systemd;
using Homelab.Tests.Activities.Vendor;
using Xunit;

namespace Homelab.Tests.Engine.Inventory;

/// <summary>The shipped workflow on all three at once: a real Docker host, a real systemd guest, and Proxmox as its vendor describes it.</summary>
[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class WholeLabDocumentationTests(DockerFixture docker, GuestFixture guest) : IClassFixture<GuestFixture>
{
    private const string Proxmox = "proxmox-ve/openapi.json";

    [ServerAndVendorFact(
        Proxmox, DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client, GuestFixture.Nspawn, GuestFixture.Debootstrap, DocumentsRepository.Git)]
    public async Task Documentation_DockerGuestAndProxmox_IsCommittedOnceAndAgainWhenAUnitIsGone()
    {
        var repository = await DocumentsRepository.NewAsync();
        var container = await docker.NewAsync("web", ["--network", "none", "--memory", "64m"]);
        await guest.InsideAsync("systemctl reset-failed; systemctl start labweb");
        await using var proxmox = await VendorServer.StartAsync(Proxmox);
        var used = 0;
        proxmox.On("GET /api2/json/nodes", _ => $$"""{"data":[{"node":"pve","status":"online","maxmem":68719476736,"maxcpu":16,"mem":{{++used}},"uptime":{{used}}}]}""")
            .On("GET /api2/json/cluster/resources", _ => $$"""{"data":[{"id":"lxc/101","type":"lxc","vmid":101,"name":"dns","node":"pve","status":"running","maxmem":536870912,"maxcpu":1,"maxdisk":8589934592,"mem":{{++used}},"uptime":{{used}}}]}""")
            .On("GET /api2/json/nodes/pve/storage", _ => $$"""{"data":[{"storage":"local","type":"dir","content":"iso,vztmpl","active":1,"shared":0,"total":107374182400,"used":{{++used}},"avail":2}]}""");
        await using var server = await ShippedServer.StartAsync(
            "documentation",
            [
                .. DockerFixture.Settings("default", $"unix://{docker.Server.Said["SOCK"]}"), .. guest.Settings("guest"), ("Activities:Proxmox:default:Url", proxmox.Url), ("Activities:Proxmox:default:TokenId", "homelab@pve!run"),
                ("Activities:Proxmox:default:TokenSecret", "token-secret-value"), ("Documentation:Directory", repository.Directory), ("Documentation:Connection", "here"), ("Documentation:Skip:0", "ssh:here"),
            ]);
        await server.RunAsync("documentation");

        (await repository.CommitsAsync()).Should().Be(1);
        (await repository.ReadAsync("INFRASTRUCTURE.md")).Should().Contain("| guest | ssh:guest |").And.Contain("| dns | proxmox:default/node/pve | 101 | container | running | 0.5 GiB | 1 | 8 GiB |")
            .And.Contain("| local | proxmox:default/node/pve | dir | 100 GiB |").And.Contain(container);
        (await repository.ReadAsync("SERVICES.md")).Should().Contain("| labweb.service | ssh:guest | active | Lab web |").And.Contain($"| {container} | docker:default | lab:1 |");
        (await repository.ReadAsync("PROCEDURES.md")).Should().Contain("systemd.restart_unit --connection guest --input '{\"unit\":\"labweb.service\"}'").And.Contain("proxmox.reboot_guest --connection default --input '{\"vmid\":101}'");

        await server.RunAsync("documentation");
        (await repository.CommitsAsync()).Should().Be(1, $"nothing but use and uptime changed, but: {await repository.GitAsync("log", "-1", "-p")}");
        (await repository.GitAsync("status", "--porcelain")).Should().BeEmpty();

        await guest.InsideAsync("systemctl stop labweb");
        await server.RunAsync("documentation");
        (await repository.CommitsAsync()).Should().Be(2);
        (await repository.GitAsync("log", "-1", "--format=%B")).Should().Contain("- service labweb.service is gone").And.NotContain("dns");
        var changed = (await repository.GitAsync("diff", "--name-only", "HEAD~1", "HEAD")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        changed.Should().Contain("SERVICES.md").And.NotContain("TROUBLESHOOTING.md");
        (await server.GetAsync("/api/findings?area=documentation&state=open"))["items"]!.AsArray().Select(one => (string)one!["title"]!).Should().Contain("Not as documented: service labweb.service");
        await guest.InsideAsync("systemctl start labweb");
    }
}

/// <summary>Unit files as they are kept against those of a real machine.</summary>
[Trait("Category", "Servers"), Collection(nameof(GuestCollection))]
public sealed class UnitDriftTests(GuestFixture guest)
{
    [ServerFact(GuestFixture.Nspawn, GuestFixture.Debootstrap)]
    public async Task Scan_UnitFileChangedByHand_IsAFindingWithTheDifferenceUntilItIsPutBack()
    {
        const string file = "/etc/systemd/system/labkept.service";
        const string declared = "[Unit]\nDescription=Kept\n[Service]\nEnvironment=DB_PASSWORD=hunter2\nMemoryMax=64M\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n";
        var folder = Directory.CreateTempSubdirectory("homelab-units-").FullName;
        var kept = Path.Combine(folder, "labkept.service");
        var dropIn = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "labweb.service.d")).FullName, "limits.conf");
        await File.WriteAllTextAsync(kept, declared);
        await File.WriteAllTextAsync(dropIn, "[Service]\nTasksMax=10\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "labnone.service"), declared);
        await PutAsync(file, declared);
        await guest.InsideAsync("mkdir -p /etc/systemd/system/labweb.service.d");
        await PutAsync("/etc/systemd/system/labweb.service.d/limits.conf", "[Service]\nTasksMax=10\n");
        await guest.InsideAsync("systemctl daemon-reload; systemctl start labkept");
        await using var server = await ShippedServer.StartAsync(
            null,
            [
                .. guest.Settings("guest"), ("Activities:Ssh:here:Local", "true"), ("Documentation:Connection", "here"), ("Documentation:Skip:0", "ssh:here"),
                ("Documentation:UnitFiles:0", $"guest={kept}"), ("Documentation:UnitFiles:1", $"guest={dropIn}"), ("Documentation:UnitFiles:2", $"guest={folder}/labnone.service"), ("Documentation:UnitFiles:3", "guest=/no/such/ssh.service"),
            ]);
        var report = await server.ReadAsync("inventory.scan_systems", new { });
        report["problems"]!.AsArray().Should().ContainSingle().Which!.GetValue<string>().Should().StartWith("unit:guest/no/such/ssh.service:");
        (await TitlesAsync()).Should().Equal("labnone.service: unit file is not as declared");

        await PutAsync(file, declared.Replace("64M", "1G", StringComparison.Ordinal).Replace("hunter2", "letmein99", StringComparison.Ordinal));
        await PutAsync("/etc/systemd/system/labweb.service.d/limits.conf", "[Service]\nTasksMax=99\n");
        await server.ReadAsync("inventory.scan_systems", new { });
        (await TitlesAsync()).Should().Equal(
            "labkept.service: loaded file is not as declared", "labkept.service: unit file is not as declared", "labnone.service: unit file is not as declared", "labweb.service: drop-in limits.conf is not as declared",
            "labweb.service: loaded file is not as declared");
        var found = (await FindingsAsync()).Single(one => (string)one!["title"]! == "labkept.service: unit file is not as declared")!;
        ((string)found["severity"]!).Should().Be("warning", "which of the two is meant is for a person to say");
        ((string)found["text"]!).Should().Contain($"--- {file}\n+++ {kept}\n").And.Contain("-MemoryMax=1G\n").And.Contain("+MemoryMax=64M\n").And.Contain(" ExecStart=/bin/sleep infinity")
            .And.NotContain("hunter2").And.NotContain("letmein99").And.NotContain("WantedBy", "what is far from the change is not shown");

        await PutAsync(file, declared);
        await PutAsync("/etc/systemd/system/labweb.service.d/limits.conf", "[Service]\nTasksMax=10\n");
        await guest.InsideAsync("systemctl daemon-reload");
        await server.ReadAsync("inventory.scan_systems", new { });
        (await TitlesAsync()).Should().Equal("labnone.service: unit file is not as declared");
        await guest.InsideAsync("systemctl stop labkept; rm -r /etc/systemd/system/labkept.service /etc/systemd/system/labweb.service.d; systemctl daemon-reload");

        async Task<JsonArray> FindingsAsync() => (await server.GetAsync("/api/findings?area=documentation&state=open&search=declared&pageSize=100"))["items"]!.AsArray();

        async Task<IEnumerable<string>> TitlesAsync() => (await FindingsAsync()).Select(one => (string)one!["title"]!).Where(title => title.Contains("file is") || title.Contains("drop-in")).Order(StringComparer.Ordinal);
    }

    private Task<string> PutAsync(string path, string text) => guest.InsideAsync($"printf '{text.Replace("\n", "\\n", StringComparison.Ordinal)}' > {path}");
}

public sealed class LineDifferenceTests
{
    [Theory]
    [InlineData("a\nb\n", "a\r\nb", "")]
    [InlineData("a\nb\nc\n", "a\nx\nc\n", " a\n-b\n+x\n c\n")]
    [InlineData("", "a\n", "-\n+a\n")]
    [InlineData("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n", "+0\n 1\n 2\n...\n 7\n 8\n-9\n")]
    public void Of_TwoTexts_ShowsWhatDiffersWithItsSurroundings(string first, string second, string expected)
    {
        Homelab.Engine.Inventory.LineDifference.Of(first, second).Should().Be(expected);
    }
}
