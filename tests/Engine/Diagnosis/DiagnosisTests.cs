using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Cli;
using Homelab.Engine.Diagnosis;
using Homelab.Engine.Incidents;
using Homelab.Tests.Activities;
using Homelab.Tests.Engine.Playbooks;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Diagnosis;

/// <summary>What the shipped diagnoses say, from contexts alone.</summary>
public sealed class DiagnosisTests
{
    private const string Target = "docker:default/container/web";

    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "container_down", Target, """{ "container": { "running": false, "exitCode": 137, "outOfMemory": true, "memoryLimitBytes": 67108864 } }""", "out_of_memory" },
        { "container_down", Target, """{ "container": { "running": false, "exitCode": 1, "outOfMemory": false }, "logs": { "lines": ["boom"] } }""", "crashed" },
        { "container_down", Target, """{ "container": { "running": false, "exitCode": 0, "outOfMemory": false }, "logs": { "lines": ["bye"] } }""", "ended" },
        { "container_down", Target, """{ "container": { "running": false, "exitCode": 127, "image": "a:1", "outOfMemory": false } }""", "cannot_start" },
        { "container_down", Target, """{ "container": { "running": false, "exitCode": 0 }, "changes": [{ "action": "docker.stop_container", "target": "docker:default/container/web", "result": "succeeded", "by": "rules", "minutesBefore": 3 }] }""", "stopped_by_us" },
        { "container_down", Target, """{ "container": { "running": false, "exitCode": 0 }, "events": { "events": [{ "action": "start" }, { "action": "die" }, { "action": "stop" }] } }""", "stopped_by_hand" },
        { "container_down", Target, """{ "container": { "running": false, "exitCode": 1 }, "events": { "events": [{ "action": "die" }, { "action": "stop" }, { "action": "start" }, { "action": "die" }] } }""", "crashed" },
        { "container_unhealthy", Target, """{ "container": { "outOfMemory": false }, "logs": { "lines": [] }, "health": { "healthy": false, "failingStreak": 4, "lastOutputs": ["no"] } }""", "check_fails" },
        { "restart_loop", Target, """{ "container": { "outOfMemory": false, "exitCode": 1, "restarts": 9, "memoryLimitBytes": 0 }, "logs": { "lines": ["dial tcp: connection refused"] } }""", "crashes_at_start" },
        { "service_down", "systemd:nas/service/nginx.service", """{ "unit": { "active": "failed", "result": "exit-code", "exitStatus": 1, "loaded": "loaded" }, "logs": { "entries": [{ "message": "bind() failed" }] } }""", "crashed" },
        { "blocking_queries", "postgres:default/database/app", """{ "locks": { "roots": [5], "waits": [{ "blockerIsRoot": true, "blockerState": "idle in transaction" }] } }""", "idle_in_transaction" },
        { "disk_filling", "ssh:nas/host/nas", "{}", "unknown" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Judge_Context_NamesTheSurestCause(string kind, string target, string context, string cause)
    {
        var collected = JsonNode.Parse(context)!.AsObject();
        foreach (var name in DiagnosisReader.Reserved)
            collected.TryAdd(name, new JsonArray());
        var diagnosis = Diagnostician.Judge(HealingServer.New(kind, target), collected, Shipped());
        ((string?)diagnosis["cause"]).Should().Be(cause, diagnosis.ToJsonString());
        ((double)diagnosis["certainty"]!).Should().BeInRange(0.5, 0.97);
        Diagnostician.Judge(HealingServer.New(kind, target), collected, Shipped()).ToJsonString().Should().Be(diagnosis.ToJsonString(), "the same context gives the same answer");
    }

    [Fact]
    public void Read_Mistakes_AreReportedAtTheirLines()
    {
        const string text =
            """
            dark:
              reads:
                - { as: lamp, activity: docker.restart_container, input: { container: x } }
                - { as: git, activity: docker.get_stats, input: { containr: x } }
              causes:
                - { cause: Bulb, when: "context.x = ", certainty: 2, says: "${ y }" }
            """;
        using var activities = DefinitionFiles.Activities();
        var problems = new DiagnosisReader(activities.GetRequiredService<ActivityCatalog>()).Read("diagnosis.yaml", text).Problems;
        problems.Select(problem => (problem.Line, problem.Path)).Distinct().Should().BeEquivalentTo(new (long, string)[]
        {
            (3, "dark.reads[0].activity"), (4, "dark.reads[1].as"), (4, "dark.reads[1].input.containr"), (6, "dark.causes[0].cause"), (6, "dark.causes[0].when"), (6, "dark.causes[0].certainty"), (6, "dark.causes[0].says"),
        });
    }

    [Fact]
    public void Similar_Incidents_TheMostAlikeFirst()
    {
        var incident = HealingServer.New("container_down", Target, title: "Container web exited with code 137");
        Incident[] others =
        [
            HealingServer.New("disk_filling", "ssh:nas/host/nas", title: "Disk of nas is 92 % full"),
            HealingServer.New("container_down", Target, title: "Container web exited"),
            HealingServer.New("container_down", "docker:default/container/db", title: "Container db exited with code 1"),
            HealingServer.New("dns_failing", "systemd:pi/service/unbound.service", title: "DNS does not answer"),
        ];
        SimilarIncidents.Rank(incident, others).Select(found => found.Incident.Title).Should().Equal("Container web exited", "Container db exited with code 1");
    }

    private static DiagnosisRules Shipped()
    {
        using var activities = DefinitionFiles.Activities();
        return new DiagnosisReader(activities.GetRequiredService<ActivityCatalog>())
            .Read("diagnosis.yaml", File.ReadAllText(Path.Combine(Repository.Root, "workflows", "diagnosis.yaml"))).Rules!;
    }
}
