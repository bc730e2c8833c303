using FluentAssertions;
using Homelab.Activities;
using Homelab.Tests.Activities.Vendor;
using System.Text.Json.Nodes;

namespace Homelab.Tests.Activities.Proxmox;

/// <summary>Every request against Proxmox' own description; answers are recorded ones where there are any.</summary>
public sealed class ProxmoxTests
{
    private const string Spec = "proxmox-ve/openapi.json";
    private const string Node = "/api2/json/nodes/node1";
    private const string Container = Node + "/lxc/101";
    private const string Machine = Node + "/qemu/100";
    private const string Task = "UPID:node1:00001234:00005678:5A3B7C8D:vzstart:101:root@pam:";
    private const string TaskPath = Node + "/tasks/UPID%3Anode1%3A00001234%3A00005678%3A5A3B7C8D%3Avzstart%3A101%3Aroot%40pam%3A";

    // As a real cluster says it: numbers as text now and then.
    private const string Guests = """
        {"data":[{"type":"node","id":"node1"},
          {"type":"lxc","vmid":"101","name":"web","node":"node1","status":"running","cpu":0.01,"maxcpu":1,"mem":"5242880","maxmem":1073741824,"disk":"744189952","maxdisk":8589934592,"uptime":77,"template":0,"tags":"a;b"},
          {"type":"qemu","vmid":100,"name":"nas","node":"node1","status":"stopped","maxcpu":2,"maxmem":2147483648,"template":0}]}
        """;

    [VendorFact(Spec)]
    public async Task Lists_RecordedAnswers_AreRead()
    {
        await using var server = await StartAsync();
        server.On("GET /api2/json/nodes", Recorded("get_nodes")).On($"GET {Node}/storage", Recorded("get_nodes_node1_storage"))
            .On($"GET {Node}/storage/local/content", Recorded("get_nodes_node1_storage_local_content")).On($"GET {Node}/tasks", Recorded("get_cluster_tasks"));
        using var environment = Environment(server);
        var nodes = (await environment.RunAsync("proxmox.list_nodes", new { }))["nodes"]!.AsArray();
        nodes[0]!["memoryBytes"]!.GetValue<long>().Should().Be(11_508_809_728);
        var guests = (await environment.RunAsync("proxmox.list_guests", new { }))["guests"]!.AsArray();
        guests.Select(guest => guest!["vmid"]!.GetValue<int>()).Should().Equal(100, 101);
        guests[1]!["diskBytes"]!.GetValue<long>().Should().Be(744_189_952);
        guests[1]!["tags"]!.AsArray().Should().HaveCount(2);
        (await environment.RunAsync("proxmox.list_guests", new { runningOnly = true }))["guests"]!.AsArray().Should().ContainSingle();
        var storages = (await environment.RunAsync("proxmox.list_storages", new { node = "node1" }))["storages"]!.AsArray();
        storages[1]!["availableBytes"]!.GetValue<long>().Should().Be(100_000_000_000);
        var volumes = (await environment.RunAsync("proxmox.list_content", new { node = "node1", storage = "local", content = "vztmpl" }))["volumes"]!.AsArray();
        volumes[1]!["id"]!.GetValue<string>().Should().Be("local:vztmpl/debian-12-standard_12.0-1_amd64.tar.zst");
        var tasks = (await environment.RunAsync("proxmox.list_tasks", new { node = "node1", vmid = 100, failedOnly = true }))["tasks"]!.AsArray();
        tasks.Select(task => task!["running"]!.GetValue<bool>()).Should().Equal(true, false);
        tasks[1]!["result"]!.GetValue<string>().Should().Be("OK");
    }

    [VendorFact(Spec)]
    public async Task GetGuest_RecordedAnswers_HasStateConfigurationAndSnapshots()
    {
        await using var server = await StartAsync();
        server.On($"GET {Container}/status/current", Recorded("get_nodes_node1_lxc_101_status_current"))
            .On($"GET {Container}/config", Recorded("get_nodes_node1_lxc_101_config")).On($"GET {Container}/snapshot", Recorded("get_nodes_node1_lxc_101_snapshot"));
        using var environment = Environment(server);
        var guest = await environment.RunAsync("proxmox.get_guest", new { vmid = 101 });
        guest["guest"]!["status"]!.GetValue<string>().Should().Be("stopped");
        guest["configuration"]!["rootfs"]!.GetValue<string>().Should().Be("local-lvm:vm-101-disk-0,size=8G");
        guest["snapshots"]!.AsArray().Should().HaveCount(3);
    }

    [VendorFact(Spec)]
    public async Task GetTask_Failed_SaysWhyAndShowsItsLog()
    {
        await using var server = await StartAsync();
        const string failed = Node + "/tasks/UPID%3Anode1%3A00000003%3A00000003%3A00000003%3Atest%3Afailed%3Aroot%40pam%3A";
        server.On($"GET {failed}/status", Recorded("get_nodes_node1_tasks_upid_00000003_00000003_00000003_test_failed_root_pam_status"))
            .On($"GET {failed}/log", Recorded("get_nodes_node1_tasks_upid_00000002_00000002_00000002_test_completed_root_pam_log"));
        using var environment = Environment(server);
        var task = await environment.RunAsync("proxmox.get_task", new { task = "UPID:node1:00000003:00000003:00000003:test:failed:root@pam:", lines = 1 });
        task["task"]!["result"]!.GetValue<string>().Should().Be("some error occurred");
        task["log"]!.AsArray().Should().ContainSingle().Which!.GetValue<string>().Should().Be("task completed successfully");
    }

    [VendorFact(Spec)]
    public async Task Power_EachVerb_SendsItsRequestAndFollowsTheTask()
    {
        foreach (var (verb, path, before, after, undo) in new[]
                 {
                     ("start_guest", "start", "stopped", "running", "proxmox.shutdown_guest"), ("stop_guest", "stop", "running", "stopped", "proxmox.start_guest"),
                     ("shutdown_guest", "shutdown", "running", "stopped", "proxmox.start_guest"),
                 })
        {
            await using var server = await StartAsync();
            var state = before;
            var asked = 0;
            server.On($"GET {Container}/status/current", _ => $$$"""{"data":{"status":"{{{state}}}","vmid":"101"}}""")
                .On($"POST {Container}/status/{path}", _ => Recorded("post_nodes_node1_lxc_101_status_start"))
                .On($"GET {TaskPath}/status", _ => Ended(asked++ > 0, () => state = after));
            using var environment = Environment(server);
            var input = new { vmid = 101 };
            (await environment.ProbeAsync($"proxmox.{verb}", input)).Should().Be(Probe.DidNotHappen);
            var output = await environment.RunAsync($"proxmox.{verb}", input);
            (output["before"]!.GetValue<string>(), output["after"]!.GetValue<string>(), output["task"]!.GetValue<string>()).Should().Be((before, after, Task));
            asked.Should().Be(2);
            (await environment.ProbeAsync($"proxmox.{verb}", input)).Should().Be(Probe.Happened);
            environment.Invoker($"proxmox.{verb}").Undo(ActivityEnvironment.Json(input), output)!.ActivityId.Should().Be(undo);
            var sent = server.Seen.Count(request => request.Method == "POST");
            await environment.RunAsync($"proxmox.{verb}", input);
            server.Seen.Count(request => request.Method == "POST").Should().Be(sent, "it is so already");
        }
    }

    [VendorFact(Spec)]
    public async Task RebootGuest_Stopped_IsRefusedAndRunningIsRebooted()
    {
        await using var server = await StartAsync();
        var state = "stopped";
        server.On($"GET {Container}/status/current", _ => $$$"""{"data":{"status":"{{{state}}}"}}""").On($"POST {Container}/status/reboot", $$"""{"data":"{{Task}}"}""");
        using var environment = Environment(server);
        var reboot = () => environment.RunAsync("proxmox.reboot_guest", new { vmid = 101, graceSeconds = 5 });
        (await reboot.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("start it instead");
        state = "running";
        (await reboot())["after"]!.GetValue<string>().Should().Be("running");
        server.Last("POST").Body.Should().Be("timeout=5");
    }

    [VendorFact(Spec)]
    public async Task ChangeConfig_ThenUndone_SetsTheValuesOfBefore()
    {
        await using var server = await StartAsync();
        var config = JsonNode.Parse(Recorded("get_nodes_node1_lxc_101_config"))!;
        config["data"]!.AsObject().Remove("cores");
        server.On($"GET {Container}/config", _ => config.ToJsonString()).On($"PUT {Container}/config", request =>
        {
            foreach (var pair in request.Body.Split('&').Select(pair => pair.Split('=')).Where(pair => pair[0] is "cores" or "memory"))
                config["data"]![pair[0]] = pair[1];
            return """{"data":null}""";
        });
        using var environment = Environment(server);
        var input = new { vmid = 101, cores = 4, memoryMegabytes = 2048 };
        (await environment.ProbeAsync("proxmox.change_config", input)).Should().Be(Probe.DidNotHappen);
        var output = await environment.RunAsync("proxmox.change_config", input);
        server.Last("PUT").Body.Should().Be("cores=4&memory=2048&digest=abcdef1234567890");
        (await environment.ProbeAsync("proxmox.change_config", input)).Should().Be(Probe.Happened);
        await environment.UndoAsync("proxmox.change_config", input, output);
        server.Last("PUT").Body.Should().Be("memory=1024&delete=cores&digest=abcdef1234567890");
        var swap = () => environment.RunAsync("proxmox.change_config", new { vmid = 100, swapMegabytes = 5 });
        server.On($"GET {Machine}/config", Recorded("get_nodes_node1_qemu_101_config"));
        (await swap.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("virtual machine");
    }

    [VendorFact(Spec)]
    public async Task ResizeDisk_Grows_NeverShrinks()
    {
        await using var server = await StartAsync();
        server.On($"GET {Container}/config", Recorded("get_nodes_node1_lxc_101_config")).On($"PUT {Container}/resize", $$"""{"data":"{{Task}}"}""");
        using var environment = Environment(server);
        await environment.RunAsync("proxmox.resize_disk", new { vmid = 101, disk = "rootfs", sizeGigabytes = 16 });
        server.Last("PUT").Body.Should().Be("disk=rootfs&size=16G");
        var shrink = () => environment.RunAsync("proxmox.resize_disk", new { vmid = 101, disk = "rootfs", sizeGigabytes = 4 });
        (await shrink.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("cannot be made smaller");
        var unknown = () => environment.RunAsync("proxmox.resize_disk", new { vmid = 101, disk = "mp7", sizeGigabytes = 16 });
        (await unknown.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("no disk 'mp7'");
        server.Seen.Count(request => request.Method == "PUT").Should().Be(1);
    }

    [VendorFact(Spec)]
    public async Task Snapshots_CreateRollBackDelete_ActOnTheNamedOne()
    {
        await using var server = await StartAsync();
        var snapshots = JsonNode.Parse(Recorded("get_nodes_node1_lxc_101_snapshot"))!;
        server.On($"GET {Container}/snapshot", _ => snapshots.ToJsonString()).On($"POST {Container}/snapshot", request =>
        {
            var form = System.Web.HttpUtility.ParseQueryString(request.Body);
            snapshots["data"]!.AsArray().Add(new JsonObject { ["name"] = form["snapname"], ["description"] = form["description"] });
            return $$"""{"data":"{{Task}}"}""";
        });
        server.On($"POST {Container}/snapshot/before/rollback", $$"""{"data":"{{Task}}"}""").On($"DELETE {Container}/snapshot/before", $$"""{"data":"{{Task}}"}""");
        using var environment = Environment(server);
        var input = new { vmid = 101, snapshot = "before", description = "a=b & c" };
        (await environment.ProbeAsync("proxmox.create_snapshot", input)).Should().Be(Probe.DidNotHappen);
        var output = await environment.RunAsync("proxmox.create_snapshot", input);
        server.Last("POST").Body.Should().Contain("description=a%3Db");
        (await environment.ProbeAsync("proxmox.create_snapshot", input)).Should().Be(Probe.Happened);
        await environment.RunAsync("proxmox.create_snapshot", input);
        server.Seen.Count(request => request.Method == "POST").Should().Be(1, "a retry finds its own");
        var taken = () => environment.RunAsync("proxmox.create_snapshot", new { vmid = 101, snapshot = "snapshot1" });
        (await taken.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("already");
        await environment.RunAsync("proxmox.roll_back_snapshot", new { vmid = 101, snapshot = "before" });
        await environment.UndoAsync("proxmox.create_snapshot", input, output);
        server.Last("DELETE").Should().Match<SeenRequest>(request => request.Path.EndsWith("/snapshot/before") && request.Body.Length == 0);
        var nothing = () => environment.RunAsync("proxmox.roll_back_snapshot", new { vmid = 101, snapshot = "never" });
        (await nothing.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("snapshot1");
    }

    [VendorFact(Spec)]
    public async Task BackUpGuest_Done_FindsItsVolumeByTheNote()
    {
        await using var server = await StartAsync();
        var notes = "";
        server.On($"GET {Node}/storage/local/content", _ => $$"""{"data":[{"volid":"local:backup/vzdump-lxc-101.tar.zst","content":"backup","vmid":"101","notes":"{{notes}}"}]}""")
            .On($"POST {Node}/vzdump", request =>
            {
                notes = System.Web.HttpUtility.ParseQueryString(request.Body)["notes-template"]!;
                return $$"""{"data":"{{Task}}"}""";
            });
        using var environment = Environment(server);
        var input = new { vmid = 101, storage = "local" };
        (await environment.ProbeAsync("proxmox.back_up_guest", input)).Should().Be(Probe.DidNotHappen);
        (await environment.RunAsync("proxmox.back_up_guest", input))["volume"]!.GetValue<string>().Should().Contain("vzdump-lxc-101");
        (await environment.ProbeAsync("proxmox.back_up_guest", input)).Should().Be(Probe.Happened);
    }

    [VendorFact(Spec)]
    public async Task MigrateCloneCreate_SendWhatTheirKindNeeds()
    {
        await using var server = await StartAsync();
        foreach (var path in new[] { $"{Container}/migrate", $"{Machine}/migrate", $"{Container}/clone", $"{Machine}/clone", $"{Node}/lxc" })
            server.On($"POST {path}", $$"""{"data":"{{Task}}"}""");
        server.On("GET /api2/json/nodes", Recorded("get_nodes"));
        using var environment = Environment(server);
        var move = new { vmid = 101, node = "node2" };
        var output = await environment.RunAsync("proxmox.migrate_guest", move);
        server.Last("POST").Body.Should().Be("target=node2&restart=1");
        environment.Invoker("proxmox.migrate_guest").Undo(ActivityEnvironment.Json(move), output)!.Input.GetProperty("node").GetString().Should().Be("node1");
        await environment.RunAsync("proxmox.migrate_guest", new { vmid = 100, node = "node2", localDisks = true });
        server.Last("POST").Body.Should().Be("target=node2&with-local-disks=1");
        await environment.RunAsync("proxmox.clone_guest", new { vmid = 101, newVmid = 300, hostname = "copy" });
        server.Last("POST").Body.Should().Be("newid=300&hostname=copy&full=1");
        await environment.RunAsync("proxmox.clone_guest", new { vmid = 100, newVmid = 300, hostname = "copy", full = false });
        server.Last("POST").Body.Should().Be("newid=300&name=copy&full=0");
        var taken = () => environment.RunAsync("proxmox.clone_guest", new { vmid = 101, newVmid = 100, hostname = "copy" });
        (await taken.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("exists already");
        var create = new { node = "node1", vmid = 300, hostname = "web2", template = "local:vztmpl/debian-12-standard_12.0-1_amd64.tar.zst", storage = "local-lvm", password = "p=ss wörd" };
        (await environment.TargetAsync("proxmox.create_container", create))!.Id.Should().Be("proxmox:default/node/node1");
        await environment.RunAsync("proxmox.create_container", create);
        server.Last("POST").Body.Should().Contain("rootfs=local-lvm%3A8").And.Contain("net0=name%3Deth0%2Cbridge%3Dvmbr0%2Cip%3Ddhcp").And.Contain("password=p%3Dss+w%C3%B6rd");
        (await environment.ProbeAsync("proxmox.create_container", create)).Should().Be(Probe.DidNotHappen);
    }

    [VendorFact(Spec)]
    public async Task Task_Fails_IsAFailureInItsWords()
    {
        await using var server = await StartAsync();
        server.On($"GET {Container}/status/current", """{"data":{"status":"stopped"}}""").On($"POST {Container}/status/start", $$"""{"data":"{{Task}}"}""")
            .On($"GET {TaskPath}/status", Recorded("get_nodes_node1_tasks_upid_00000003_00000003_00000003_test_failed_root_pam_status"));
        using var environment = Environment(server);
        var start = () => environment.RunAsync("proxmox.start_guest", new { vmid = 101 });
        (await start.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("some error occurred");
    }

    [VendorFact(Spec)]
    public async Task Task_Cancelled_IsStoppedOverThereAndProgressWasShown()
    {
        await using var server = await StartAsync();
        using var cancel = new CancellationTokenSource();
        server.On($"GET {Container}/status/current", """{"data":{"status":"stopped"}}""").On($"POST {Container}/status/start", $$"""{"data":"{{Task}}"}""")
            .On($"GET {TaskPath}/status", """{"data":{"upid":"x","status":"running"}}""").On($"DELETE {TaskPath}", """{"data":null}""")
            .On($"GET {TaskPath}/log", """{"data":[{"n":1,"t":"INFO:  42% (1.0 GiB of 2.4 GiB)"}]}""");
        using var environment = Environment(server);
        List<ActivityProgress> shown = [];
        var context = ActivityEnvironment.Context() with { Progress = new Shown(progress => { shown.Add(progress); cancel.Cancel(); }) };
        var start = () => environment.Invoker("proxmox.start_guest").ExecuteAsync(ActivityEnvironment.Json(new { vmid = 101 }), context, cancel.Token);
        await start.Should().ThrowAsync<OperationCanceledException>();
        shown.Should().ContainSingle().Which.Percent.Should().Be(42);
        server.Last("DELETE").Path.Should().Be(TaskPath);
    }

    [VendorFact(Spec)]
    public async Task Target_UnknownGuest_IsRefused()
    {
        await using var server = await StartAsync();
        using var environment = Environment(server);
        (await environment.TargetAsync("proxmox.stop_guest", new { vmid = 101 })).Should().Be(new ActivityTarget("guest", "proxmox:default/guest/101", "web (101)"));
        var target = () => environment.TargetAsync("proxmox.stop_guest", new { vmid = 999 });
        (await target.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("no guest 999");
        server.Seen[0].Headers["Authorization"].Should().Be("PVEAPIToken=homelab@pve!run=token-secret-value");
    }

    private static async Task<VendorServer> StartAsync() => (await VendorServer.StartAsync(Spec))
        .On("GET /api2/json/cluster/resources?type=vm", Guests).On($"GET {TaskPath}/status", Ended(true));

    private static string Ended(bool ended, Action? then = null)
    {
        if (!ended)
            return """{"data":{"upid":"x","status":"running"}}""";
        then?.Invoke();
        return """{"data":{"upid":"x","status":"stopped","exitstatus":"OK"}}""";
    }

    private static ActivityEnvironment Environment(VendorServer server) => new(
        ("Activities:Proxmox:default:Url", server.Url), ("Activities:Proxmox:default:TokenId", "homelab@pve!run"), ("Activities:Proxmox:default:TokenSecret", "token-secret-value"));

    private static string Recorded(string name) => Shared.Fixture($"proxmox-ve/{name}.json");

    private sealed class Shown(Action<ActivityProgress> report) : IProgress<ActivityProgress>
    {
        public void Report(ActivityProgress value) => report(value);
    }
}
