using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;

namespace Homelab.Tests.Activities.ProxmoxBackup;

public sealed class ProxmoxBackupTests
{
    private const string Spec = "proxmox-pbs/openapi.json";
    private const string Store = "/api2/json/admin/datastore/main";
    private const string Task = "UPID:pbs1:00000E11:00000E11:00000001:65A0E111:prune:main:homelab@pbs!run:";

    [VendorFact(Spec)]
    public async Task Reads_DatastoresSnapshotsTasks_AreRead()
    {
        await using var server = await StartAsync();
        server.On($"GET {Store}/snapshots?ns=lab", """
            {"data":[{"backup-type":"ct","backup-id":"101","backup-time":1700000000,"size":1000,"protected":true,"verification":{"state":"ok","upid":"x"},"files":[]},
                     {"backup-type":"ct","backup-id":"101","backup-time":1700003600,"files":[],"protected":false}]}
            """).On("GET /api2/json/nodes/localhost/tasks?limit=5&store=main&errors=1", """
            {"data":[{"upid":"u","worker_type":"verificationjob","worker_id":"main","user":"root@pam","node":"pbs1","starttime":1,"endtime":2,"status":"verification failed"}]}
            """);
        using var environment = Environment(server);
        var store = (await environment.RunAsync("proxmoxbackup.list_datastores", new { }))["datastores"]![0]!;
        (store["name"]!.GetValue<string>(), store["usedPercent"]!.GetValue<double>()).Should().Be(("main", 25));
        var backups = await environment.RunAsync("proxmoxbackup.list_snapshots", new { datastore = "main", @namespace = "lab" });
        backups["snapshots"]![1]!["verified"]!.GetValue<string>().Should().Be("ok");
        backups["newest"]!.AsArray().Should().ContainSingle().Which!["count"]!.GetValue<int>().Should().Be(2);
        var tasks = (await environment.RunAsync("proxmoxbackup.list_tasks", new { datastore = "main", failedOnly = true, count = 5 }))["tasks"]!;
        tasks[0]!["result"]!.GetValue<string>().Should().Be("verification failed");
        server.Seen[0].Headers["Authorization"].Should().Be("PBSAPIToken=homelab@pbs!run:token-secret-value");
    }

    [VendorFact(Spec)]
    public async Task VerifyAndPrune_Datastore_SendTheirRulesAndFollowTheTask()
    {
        await using var server = await StartAsync();
        server.On($"POST {Store}/verify", $$"""{"data":"{{Task}}"}""").On($"POST {Store}/prune-datastore", $$"""{"data":"{{Task}}"}""");
        using var environment = Environment(server);
        (await environment.RunAsync("proxmoxbackup.verify_datastore", new { datastore = "main" }))["task"]!.GetValue<string>().Should().Be(Task);
        server.Last("POST").Body.Should().Be("ignore-verified=1&outdated-after=30");
        await environment.RunAsync("proxmoxbackup.prune_datastore", new { datastore = "main", keepLast = 3, keepMonthly = 2 });
        server.Last("POST").Body.Should().Be("keep-last=3&keep-monthly=2");
        var all = () => environment.RunAsync("proxmoxbackup.prune_datastore", new { datastore = "main" });
        (await all.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("keepLast");
        var unknown = () => environment.TargetAsync("proxmoxbackup.prune_datastore", new { datastore = "other", keepLast = 1 });
        (await unknown.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("'other'");
        server.Seen.Count(request => request.Method == "POST").Should().Be(2);
    }

    private static async Task<VendorServer> StartAsync() => (await VendorServer.StartAsync(Spec))
        .On("GET /api2/json/status/datastore-usage", """{"data":[{"store":"main","total":1000,"used":250,"avail":750,"estimated-full-date":0}]}""")
        .On($"GET /api2/json/nodes/pbs1/tasks/{Uri.EscapeDataString(Task)}/status", """{"data":{"upid":"x","status":"stopped","exitstatus":"OK"}}""");

    private static ActivityEnvironment Environment(VendorServer server) => new(
        ("Activities:ProxmoxBackup:default:Url", server.Url), ("Activities:ProxmoxBackup:default:TokenId", "homelab@pbs!run"),
        ("Activities:ProxmoxBackup:default:TokenSecret", "token-secret-value"));
}
