using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Inventory;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Docker;
using Homelab.Tests.Activities.Vendor;
using Xunit;

namespace Homelab.Tests.Engine.Inventory;

/// <summary>The shipped workflow on a real Docker host and a real repository.</summary>
[Trait("Category", "Servers"), Collection(nameof(DockerCollection))]
public sealed class DocumentationTests(DockerFixture docker)
{
    [ServerFact(DockerFixture.Dockerd, DockerFixture.Busybox, DockerFixture.Client, DocumentsRepository.Git)]
    public async Task Documentation_RunTwice_CommitsOnceAndAgainOnlyAfterAChange()
    {
        var repository = await DocumentsRepository.NewAsync();
        var compose = Path.Combine(repository.Folder, "compose.yaml");
        await File.WriteAllTextAsync(compose, """
            services:
              db:
                image: lab:1
                restart: always
              web:
                image: lab:2
                mem_limit: 128m
                environment:
                  DATABASE_URL: postgres://user:secret@db:5432/app
                depends_on: [db]
            """);
        string[] Compose(string service) =>
        [
            "--network", "none", "--label", "com.docker.compose.project=shop", "--label", $"com.docker.compose.service={service}", "--label", $"com.docker.compose.project.config_files={compose}",
            "--label", $"com.docker.compose.depends_on={(service == "web" ? "db:service_started:false" : "")}",
        ];
        var db = await docker.NewAsync("shop-db", Compose("db"));
        var web = await docker.NewAsync("shop-web", [.. Compose("web"), "--memory", "64m"], "lab:1");
        var job = await docker.NewAsync("job", ["--network", "none", "--env", $"REPORT_URL=http://user:s3cret@{web}:8080/x", "--env", "REDIS_HOST=elsewhere", "--env", $"TITLE={db}"]);
        await using var server = await ShippedServer.StartAsync(
            "documentation", [.. DockerFixture.Settings("default", $"unix://{docker.Server.Said["SOCK"]}"), ("Documentation:Directory", repository.Directory), ("Documentation:Connection", "here"), ("Documentation:Skip:0", "ssh:here")]);
        await server.RunAsync("documentation");

        (await repository.CommitsAsync()).Should().Be(1);
        var services = await repository.ReadAsync("SERVICES.md");
        services.Should().Contain($"| {web} | docker:default | lab:1 |").And.Contain($"- needs {db} (compose)").And.Contain($"### {job}\n\n- needs {web} (environment)\n\n").And.Contain("```mermaid").And.NotContain("secret@").And.NotContain("s3cret");
        (await repository.ReadAsync("INFRASTRUCTURE.md")).Should().Contain("subgraph").And.Contain(web);
        (await repository.ReadAsync("PROCEDURES.md")).Should().Contain($"docker.restart_container --connection default --input '{{\"container\":\"{web}\"}}'").And.Contain("| Documentation | 0 30 4 * * * |");
        File.Exists(Path.Combine(repository.Directory, "TROUBLESHOOTING.md")).Should().BeTrue();
        Directory.GetFiles(Path.Combine(repository.Directory, "sessions")).Should().ContainSingle();
        var drift = (await server.GetAsync("/api/findings?class=drift&area=documentation"))["items"]!.AsArray().Select(one => ((string)one!["title"]!, (string)one["severity"]!)).ToArray();
        drift.Should().BeEquivalentTo([($"{web}: image is not as declared", "warning"), ($"{web}: memory limit is not as declared", "warning"), ($"{db}: restart is not as declared", "info")]);

        await server.RunAsync("documentation");
        (await repository.CommitsAsync()).Should().Be(1, "nothing changed");

        await docker.DockerAsync("rm", "--force", web);
        var other = await docker.NewAsync("shop-web", [.. Compose("web"), "--memory", "128m"], "lab:2");
        await server.RunAsync("documentation");
        (await repository.CommitsAsync()).Should().Be(2);
        (await repository.GitAsync("log", "-1", "--format=%B")).Should().Contain($"- container {other} is new").And.Contain($"- container {web} is gone");
        (await repository.GitAsync("diff", "--stat", "HEAD~1", "HEAD", "--", "TROUBLESHOOTING.md")).Should().BeEmpty("what did not change is not touched");
        (await server.GetAsync("/api/findings?area=documentation&state=open"))["items"]!.AsArray().Select(one => (string)one!["title"]!).Should().NotContain(title => title.StartsWith($"{web}:", StringComparison.Ordinal))
            .And.Contain($"Not as documented: container {web}");
        ((string)(await server.GetAsync("/api/documents/content?path=SERVICES.md"))["markdown"]!).Should().Contain(other);
        (await server.GetAsync("/api/documents"))["items"]!.AsArray().Should().HaveCount(5).And.OnlyContain(document => (bool)document!["committed"]!);
    }

    [VendorFact("proxmox-ve/openapi.json")]
    public async Task Scan_Proxmox_GuestsAndStorageAreOnTheirNodes()
    {
        await using var proxmox = await VendorServer.StartAsync("proxmox-ve/openapi.json");
        proxmox.On("GET /api2/json/nodes", """{"data":[{"node":"pve","status":"online","maxmem":68719476736,"maxcpu":16}]}""")
            .On("GET /api2/json/cluster/resources", """{"data":[{"id":"lxc/101","type":"lxc","vmid":101,"name":"dns","node":"pve","status":"running","maxmem":536870912,"maxcpu":1,"maxdisk":8589934592}]}""")
            .On("GET /api2/json/nodes/pve/storage", """{"data":[{"storage":"local","type":"dir","content":"iso,vztmpl","active":1,"shared":0,"total":100000000000,"used":1,"avail":2}]}""");
        await using var server = await ShippedServer.StartAsync(
            null, ("Activities:Proxmox:default:Url", proxmox.Url), ("Activities:Proxmox:default:TokenId", "homelab@pve!run"), ("Activities:Proxmox:default:TokenSecret", "token-secret-value"));
        var report = await server.ReadAsync("inventory.scan_systems", new { });
        report["problems"]!.AsArray().Should().BeEmpty();
        (await server.GetAsync("/api/inventory"))["items"]!.AsArray().Select(item => ((string)item!["kind"]!, (string)item["name"]!, (string?)item["parent"]))
            .Should().BeEquivalentTo([("guest", "dns", "proxmox:default/node/pve"), ("host", "pve", null), ("storage", "local", "proxmox:default/node/pve")]);
        ((string)(await server.GetAsync("/api/documents/content?path=INFRASTRUCTURE.md"))["markdown"]!).Should().Contain("| dns | proxmox:default/node/pve | 101 | container | running | 0.5 GiB | 1 | 8 GiB |");
    }

    [Fact]
    public void Difference_SourceThatDidNotAnswer_LosesNothing()
    {
        InventoryItem[] before = [Item("docker:a/container/x", "docker:a"), Item("docker:b/container/y", "docker:b")];
        var scan = new InventoryScan();
        scan.Answered.Add("docker:a");
        InventoryDifference.Of(before, scan).Should().ContainSingle().Which.Text.Should().Be("container x is gone");
        scan.Add("docker:a/container/x", "container", "x", null, "docker:a", ("image", "web:2"));
        InventoryDifference.Of(before, scan).Should().ContainSingle().Which.Text.Should().Be("container x: image was \"web:1\" and is \"web:2\"");
    }

    [Fact]
    public void Write_NamesOfOthers_AreNoMarkup()
    {
        var evil = Item("docker:a/container/x", "docker:a") with { Name = "x](javascript:1) | <script>`", Kind = "container" };
        var documents = Documents.Write([evil], [], [], []);
        string.Concat(documents.Values.Where(text => !text.Contains("```", StringComparison.Ordinal))).Should().NotContain("<script>");
        documents["SERVICES.md"].Should().Contain("\\|");
        Documents.Write([evil], [], [], []).Should().Equal(documents);
    }

    [Theory]
    [InlineData("image: a", 1)]
    [InlineData("scale: 3", 3)]
    [InlineData("deploy: {replicas: 2}", 2)]
    [InlineData("deploy: {replicas: 2}\n    scale: 4", 4)]
    [InlineData("scale: '${WEB}'", null)]
    [InlineData("extends: {file: common.yaml, service: web}", null)]
    [InlineData("<<: *common", null)]
    public void Replicas_OfAComposeFile_AreKnownOnlyWhereTheFileSaysThem(string service, int? declared)
    {
        var read = () => ComposeFiles.Replicas("/srv/compose.yaml", $"x-common: &common {{scale: 2}}\nservices:\n  web:\n    {service}\n", "web");
        if (declared is { } number)
            read().Should().Be(number);
        else
            read.Should().Throw<ActivityException>().WithMessage("/srv/compose.yaml does not say itself*'web'*write deploy.replicas there.");
    }

    private static InventoryItem Item(string id, string source) => new(id, "container", id.Split('/')[^1], null, source, new Dictionary<string, string> { ["image"] = "web:1" });
}
