using System.Net.Http.Json;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Incidents;
using Homelab.Engine.Playbooks;
using Homelab.Engine.Storage;
using Homelab.Tests.Activities;
using Homelab.Tests.Engine.Remediation;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Playbooks;

/// <summary>From an incident to its end by the shipped workflow, on lamps.</summary>
public sealed class SelfHealingTests
{
    private const string Web = "lamp:x/lamp/web";

    private const string Sure =
        """
        dark:
          reads:
            - { as: lamp, activity: lamp.look, input: { lamp: "${ target.name }" } }
            - { as: away, activity: http.check_endpoint, input: { url: "${ labels.url }" } }
          causes:
            - { cause: bulb, when: "context.lamp.state = 'off'", certainty: 0.95, says: "The lamp ${ target.name } is off.", evidence: ["it looks ${ context.lamp.state }", "never ${ context.nothing.x }"] }
            - { cause: fuse, when: "true", certainty: 0.4, says: The fuse. }
        """;

    [Fact]
    public async Task Incident_KnownPattern_IsDiagnosedMendedVerifiedAndResolved()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light")));
        var id = await server.OpenAsync("dark", Web);
        var incident = await server.ResolvedAsync(id);
        incident.Resolution.Should().Be("autonomous");
        server.Lamps.Done.Should().Equal("set web on");
        (await server.DoneAsync(id)).Should().Equal("lamp.set succeeded");
        var findings = await server.FindingsAsync(id);
        ((string?)findings["diagnosis"]!["cause"]).Should().Be("bulb");
        findings["diagnosis"]!["evidence"]!.AsArray().Select(line => (string?)line).Should().Equal("it looks off");
        ((string?)findings["diagnosis"]!["alternatives"]![0]!["cause"]).Should().Be("fuse");
        ((string?)findings["context"]!["missing"]![0]!["what"]).Should().Be("away");
        ((string?)findings["attempts"]![0]!["outcome"]).Should().Be("verified");
        var timeline = await server.TimelineAsync(id);
        timeline.Should().Contain(line => line.StartsWith("diagnosis: The lamp web is off. (certainty 95 %"))
            .And.Contain(line => line.StartsWith("plan: Chose the playbook light"));
        timeline[^1].Should().StartWith("state: Set lamp on: web: It was done, and looking showed that it helped.");
        var decision = (await server.Server.GetAsync("/api/decisions?pageSize=10"))["items"]!.AsArray().First(row => (string?)row!["action"] == "lamp.set")!;
        ((double)decision["confidence"]!).Should().BeGreaterThan(0.9, "the certainty and the prior count");
        var report = await server.Server.Http.GetStringAsync($"/api/incidents/{id}/report");
        report.Should().StartWith("# Something is wrong").And.ContainAll("## Root cause", "## What was done", "**Set lamp on: web**", "verified by `lamp.look`: `state = wanted`", "## The story", "Sets the lamp.");
        using var missing = await server.Server.Http.GetAsync("/api/incidents/nothing/report");
        ((int)missing.StatusCode).Should().Be(404);
        (await server.Server.CountAsync("SELECT COUNT(*) FROM workflow_definitions WHERE definition_id = 'playbook-light' AND is_published = 1")).Should().Be(1);
    }

    [ServerFact("/usr/bin/prometheus")]
    public async Task Incident_PrometheusFiresLongAfterTheFix_WhatWasReadCountsAndTheReasonSaysSo()
    {
        await using var prometheus = await RealServer.StartAsync("prometheus", data =>
        {
            File.WriteAllText(Path.Combine(data, "rules.yml"), "groups: [{name: lamps, rules: [{alert: Dark, expr: vector(1), labels: {homelab_kind: service_down, homelab_target: 'lamp:x/lamp/web'} }] }]");
            File.WriteAllText(Path.Combine(data, "prometheus.yml"), $"global: {{evaluation_interval: 1s}}\nrule_files: [{Path.Combine(data, "rules.yml")}]\n");
        });
        await using var server = await HealingServer.StartAsync(
            new Dictionary<string, string> { ["light.yaml"] = HealingServer.Lamp("light").Replace("kind: dark", "kind: service_down") }, Sure.Replace("dark:", "service_down:"),
            ("Activities:Prometheus:default:Url", prometheus.Said["URL"]), ("Playbooks:AlertPatience", "00:00:03"));
        using var http = new HttpClient();
        await TestWait.UntilAsync(async () => (await http.GetStringAsync($"{prometheus.Said["URL"]}/api/v1/alerts")).Contains("firing", StringComparison.Ordinal));
        await server.Server.PostAsync("/api/alerts/alertmanager", new
        {
            version = "4", status = "firing", receiver = "homelab", groupLabels = new { }, commonLabels = new { },
            alerts = new[] { new { status = "firing", labels = new { alertname = "Dark", homelab_kind = "service_down", homelab_target = Web, site = "home" }, annotations = new { }, startsAt = TimeProvider.System.GetUtcNow() } },
        });
        JsonNode? incident = null;
        await TestWait.UntilAsync(async () => (incident = (await server.Server.GetAsync("/api/incidents"))["items"]!.AsArray().FirstOrDefault()) is not null);
        await server.ResolvedAsync((string)incident!["id"]!);
        var story = await server.TimelineAsync((string)incident["id"]!);
        story[0].Should().Be("opened: web is down (by alertmanager)");
        story[^1].Should().Contain("The Prometheus default still fires Dark after");
        server.Lamps.Done.Should().Equal("set web on");
    }

    [Fact]
    public async Task Incident_FixDoesNotHelp_IsTakenBackAndTheNextIsTried()
    {
        const string back = "priority: 5\nrollback:\n  - { activity: lamp.set, input: { lamp: \"${ target.name }\", state: \"off\" } }";
        await using var server = await StartAsync(("first.yaml", HealingServer.Lamp("first", "dim", back)), ("second.yaml", HealingServer.Lamp("second")));
        var id = await server.OpenAsync("dark", Web);
        await server.ResolvedAsync(id);
        server.Lamps.Done.Should().Equal("set web dim", "set web off", "set web on");
        (await server.FindingsAsync(id))["attempts"]!.AsArray().Select(attempt => $"{attempt!["playbook"]} {attempt["outcome"]}").Should().Equal("first rolledBack", "second verified");
    }

    [Fact]
    public async Task Incident_HarmlessFixDoesNotHelp_NothingIsTakenBackAndItIsLearned()
    {
        await using var server = await StartAsync(("first.yaml", HealingServer.Lamp("first", "dim", "priority: 5\nharmless: true")), ("second.yaml", HealingServer.Lamp("second")));
        var id = await server.OpenAsync("dark", Web);
        await server.ResolvedAsync(id);
        server.Lamps.Done.Should().Equal("set web dim", "set web on");
        (await server.FindingsAsync(id))["attempts"]!.AsArray().Select(attempt => $"{attempt!["playbook"]} {attempt["outcome"]}").Should().Equal("first notHelped", "second verified");
        (await server.DoneAsync(id)).Should().BeEquivalentTo(["lamp.set notVerified", "lamp.set succeeded"]);
    }

    [Fact]
    public async Task Incident_CauseNamed_ThePlaybookMadeForItIsTriedFirst()
    {
        await using var server = await StartAsync(
            ("any.yaml", HealingServer.Lamp("any", "on", "priority: 50")),
            ("bulb.yaml", HealingServer.Lamp("bulb").Replace("match: { kind: dark", "match: { kind: dark, cause: [bulb]")),
            ("not.yaml", HealingServer.Lamp("not", "on", "priority: 90").Replace("match: { kind: dark", "match: { kind: dark, notCause: [bulb]")));
        var id = await server.OpenAsync("dark", Web);
        await server.ResolvedAsync(id);
        (await server.FindingsAsync(id))["attempts"]!.AsArray().Select(attempt => (string?)attempt!["playbook"]).Should().Equal("bulb");
    }

    [Fact]
    public async Task Incident_Risky_WaitsForAYes_AndANoIsForAPerson()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", "risk: high")), ("other.yaml", HealingServer.Lamp("other", "on", "priority: -1")));
        var yes = await server.OpenAsync("dark", Web);
        var asked = await server.Server.AskedAsync();
        await server.IsAsync(yes, IncidentState.Waiting);
        server.Lamps.Done.Should().BeEmpty();
        await server.Server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true });
        (await server.ResolvedAsync(yes)).Resolution.Should().Be("assisted");

        server.Lamps.State["desk"] = "off";
        var no = await server.OpenAsync("dark", "lamp:x/lamp/desk");
        asked = await server.Server.AskedAsync(not: (string)asked["id"]!);
        await server.Server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = false });
        await server.IsAsync(no, IncidentState.NeedsPerson);
        server.Lamps.Done.Should().Equal("set web on");
        (await server.FindingsAsync(no))["attempts"]!.AsArray().Should().ContainSingle("a person's no is not asked again another way");
    }

    [Fact]
    public async Task Incident_FirstChoiceWouldBeRefused_TheNextIsTakenAndTheReasonSaysWhy()
    {
        // Never tried, without a way back: too unsure even to be proposed.
        await using var server = await StartAsync(
            ("save.yaml", HealingServer.Lamp("save", "on", "priority: 5").Replace("activity: lamp.set", "activity: lamp.save").Replace(", state: \"on\" }", " }").Replace("prior: { successes: 20 }", "prior: { failures: 1 }")),
            ("light.yaml", HealingServer.Lamp("light")));
        var id = await server.OpenAsync("dark", Web);
        await server.ResolvedAsync(id);
        server.Lamps.Done.Should().Equal("set web on");
        (await server.TimelineAsync(id)).Should().Contain(line => line.StartsWith("plan: Chose the playbook light") && line.Contains("Passed over: save: I only tell you"));
        (await server.FindingsAsync(id))["attempts"]!.AsArray().Should().ContainSingle("what would be refused is no attempt");

        // Where nothing else is left, the refusal is on record.
        File.Delete(Path.Combine(server.Folder, "light.yaml"));
        await server.Services.GetRequiredService<PlaybookLibrary>().ScanAsync(default);
        server.Lamps.State["web"] = "off";
        var other = await server.OpenAsync("dark", Web, part: "bulb");
        await server.IsAsync(other, IncidentState.NeedsPerson);
        (await server.Server.CountAsync("SELECT COUNT(*) FROM decisions WHERE action = 'lamp.save' AND verdict = 'alertOnly'")).Should().Be(1);
        server.Lamps.Done.Should().Equal("set web on");
    }

    [Fact]
    public async Task Incident_OverBeforeItWasBegun_NothingIsDone()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", "risk: high")));
        var id = await server.OpenAsync("dark", Web);
        await server.IsAsync(id, IncidentState.Waiting);
        await server.Services.GetRequiredService<IncidentDesk>().SetStateAsync(id, IncidentState.Resolved, "The alert ended.", default);
        await LampServer.UntilAsync(async () => (string?)(await server.FindingsAsync(id))["attempts"]![0]!["outcome"] == "notNeeded");
        server.Lamps.Done.Should().BeEmpty();
    }

    [Theory]
    [InlineData("off", "a playbook was about to be chosen")]
    [InlineData("on", "a person was about to be called")]
    public async Task Incident_AlertEndsWhileItIsDiagnosed_NothingIsDoneAndNobodyIsCalled(string seen, string because)
    {
        const string need = "preconditions:\n  - { as: lamp, activity: lamp.look, input: { lamp: \"${ target.name }\" }, expression: \"lamp.state = 'off'\", because: It is on. }";
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", need, wanted: "bright")));
        var (id, looks) = ("", 0);
        server.Lamps.Seen = _ =>
        {
            // The first look is the diagnosis', the second the playbook's own: its alert ends during it.
            if (Interlocked.Increment(ref looks) == 2)
                server.Services.GetRequiredService<IncidentDesk>().SetStateAsync(id, IncidentState.Resolved, "Its alert ended.", default).GetAwaiter().GetResult();
            return seen;
        };
        id = await server.OpenAsync("dark", Web, announce: false);
        await server.Server.Database.WriteAsync(session => session.ExecuteAsync("UPDATE incidents SET announce_at = 1 WHERE id = @id", new { id }, default), default);
        await server.ResolvedAsync(id);
        await LampServer.UntilAsync(async () => (await server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>().ListAsync(new RunFilter(), RunOrder.Created, true, 0, 10, default)).Items is [{ Status: Homelab.Engine.Runs.RunStatus.Finished }]);
        server.Lamps.Done.Should().BeEmpty();
        (await server.IsAsync(id, IncidentState.Resolved)).Resolution.Should().Be("gone", because);
        (await server.FindingsAsync(id))["attempts"]!.AsArray().Should().BeEmpty();
        (await server.Server.CountAsync("SELECT COUNT(*) FROM notices WHERE text LIKE '%a person is needed%'")).Should().Be(0, "it is over");
        var timeline = await server.TimelineAsync(id);
        timeline.SkipWhile(line => line != "state: Its alert ended.").Should().Equal("state: Its alert ended.");
    }

    [Fact]
    public async Task Incident_AlertEndsBeforeTheYes_TheGateBeginsNothing()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", "risk: high")));
        var id = await server.OpenAsync("dark", Web);
        var asked = await server.Server.AskedAsync();
        await server.Services.GetRequiredService<IncidentDesk>().SetStateAsync(id, IncidentState.Resolved, "Its alert ended.", default);
        await server.Server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true });
        await LampServer.UntilAsync(async () => (string?)(await server.FindingsAsync(id))["attempts"]![0]!["outcome"] is "notNeeded" or "notDone");
        server.Lamps.Done.Should().BeEmpty();
        (await server.IsAsync(id, IncidentState.Resolved)).Resolution.Should().Be("gone");
    }

    [Fact]
    public async Task Incident_AllIsWellAlready_IsResolvedWithoutAnAction()
    {
        const string need = "preconditions:\n  - { as: lamp, activity: lamp.look, input: { lamp: \"${ target.name }\" }, expression: \"lamp.state = 'off'\", because: It is on. }";
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", need)));
        server.Lamps.State["web"] = "on";
        var id = await server.OpenAsync("dark", Web);
        (await server.ResolvedAsync(id)).Resolution.Should().Be("gone");
        server.Lamps.Done.Should().BeEmpty();
        (await server.TimelineAsync(id)).Should().Contain(line => line.Contains("3 times in a row as it should be"));
    }

    [Fact]
    public async Task Incident_NothingKnownHelps_APersonIsToldOnceAndWhy()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light").Replace("lamp:*", "other:*")));
        var id = await server.OpenAsync("dark", Web);
        await server.IsAsync(id, IncidentState.NeedsPerson);
        (await server.Server.CountAsync("SELECT COUNT(*) FROM notices WHERE text LIKE '%a person is needed. No playbook is for dark on lamp:x/lamp/web%'")).Should().Be(1);
    }

    [Fact]
    public async Task Incident_ThreePlaybooksDidNotHelp_IsTheMost()
    {
        await using var server = await StartAsync([.. Enumerable.Range(1, 5).Select(i => ($"try{i}.yaml", HealingServer.Lamp($"try{i}", $"dim{i}")))]);
        server.SayYes();
        var id = await server.OpenAsync("dark", Web);
        await server.IsAsync(id, IncidentState.NeedsPerson);
        (await server.FindingsAsync(id))["attempts"]!.AsArray().Select(attempt => (string?)attempt!["outcome"]).Should().Equal("rolledBack", "rolledBack", "rolledBack");
        (await server.TimelineAsync(id))[^1].Should().Contain("3 playbooks were tried");
        server.Lamps.State["web"].Should().Be("off", "each was taken back");
    }

    [Fact]
    public async Task Incident_TriedJustNowOnTheTarget_CoolsDown()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", "cooldown: 1h")));
        await server.ResolvedAsync(await server.OpenAsync("dark", Web));
        server.Lamps.State["web"] = "off";
        var again = await server.OpenAsync("dark", Web);
        await server.IsAsync(again, IncidentState.NeedsPerson);
        server.Lamps.Done.Should().Equal("set web on");
        (await server.TimelineAsync(again))[^1].Should().Contain("cools down for 60 min");
    }

    [Fact]
    public async Task Incidents_TwoOnOneTarget_AreMendedOneAfterTheOther()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", "cooldown: 0s")), ("glow.yaml", HealingServer.Lamp("glow", "on", "cooldown: 0s").Replace("kind: dark", "kind: gloom")));
        server.SayYes();
        var (running, most) = (0, 0);
        server.Lamps.Inside = async (_, token) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await Task.Delay(TimeSpan.FromMilliseconds(400), TimeProvider.System, token);
            Interlocked.Decrement(ref running);
        };
        var ids = new[] { await server.OpenAsync("dark", Web), await server.OpenAsync("gloom", Web) };
        foreach (var id in ids)
            await server.ResolvedAsync(id);
        most.Should().Be(1);
    }

    [Fact]
    public async Task Feedback_NoThenYes_ChangesWhatTheNextDecisionExpects()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", "cooldown: 0s")));
        var id = await server.OpenAsync("dark", Web);
        await server.ResolvedAsync(id);
        (await server.Server.PostAsync($"/api/incidents/{id}/feedback", new { worked = false, comment = "It flickers." })).Status.Should().Be(204);
        var rated = await server.Server.GetAsync("/api/playbooks/recommendations?kind=dark");
        rated["actions"]!.AsArray().Select(tried => $"{tried!["name"]} {tried["helped"]}/{tried["times"]} no {tried["no"]}").Should().Equal("lamp.set 0/1 no 1");
        ((long)rated["playbooks"]![0]!["helped"]!).Should().Be(0);
        (await NextAsync()).Should().Be((20, 1), "the prior of 20, and a failure where looking had said success");
        (await server.Server.PostAsync($"/api/incidents/{id}/feedback", new { worked = true })).Status.Should().Be(204);
        (await NextAsync()).Should().Be((23, 0), "the last word counts: one success of looking, one of the person, and the run between");
        (await server.Server.PostAsync("/api/incidents/nothing/feedback", new { worked = true })).Status.Should().Be(404);
        (await server.FindingsAsync(id))["feedback"]!.AsArray().Should().ContainSingle();

        async Task<(int, int)> NextAsync()
        {
            server.Lamps.State["web"] = "off";
            await server.ResolvedAsync(await server.OpenAsync("dark", Web));
            var decision = (await server.Server.GetAsync("/api/decisions?pageSize=10"))["items"]!.AsArray().First(row => (string?)row!["action"] == "lamp.set")!;
            var facts = JsonNode.Parse(await server.Server.Database.ReadAsync(session => session.ScalarAsync<string>("SELECT facts FROM decisions WHERE id = @id", new { id = (string)decision["id"]! }, default), default) ?? "{}")!;
            var history = facts["candidates"]![0]!["history"]!;
            return ((int)history["successes"]!, (int)history["failures"]!);
        }
    }

    [Fact]
    public async Task Library_BadEdit_KeepsTheOldAndSaysWhere()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light")));
        var library = server.Services.GetRequiredService<PlaybookLibrary>();
        var before = await server.Server.GetAsync("/api/playbooks/light");
        var bad = await server.Server.Http.PutAsJsonAsync("/api/playbooks/light", new { text = HealingServer.Lamp("light").Replace("owner: tests", "ownr: x") });
        ((int)bad.StatusCode).Should().Be(400);
        (await bad.Content.ReadAsStringAsync()).Should().Contain("ownr (line 3)");
        await File.WriteAllTextAsync(Path.Combine(server.Folder, "light.yaml"), HealingServer.Lamp("light").Replace("docs:", "dcs:") + "\n# longer");
        await library.ScanAsync(default);
        var problems = (await server.Server.GetAsync("/api/playbooks/problems")).AsArray();
        problems.Select(problem => $"{problem!["file"]}:{problem["line"]} {problem["path"]}").Should().BeEquivalentTo(["light.yaml:1 docs", "light.yaml:4 dcs"]);
        library.Playbooks.Should().ContainKey("light");
        ((bool)(await server.Server.GetAsync("/api/playbooks/light"))["playbook"]!["hasProblems"]!).Should().BeTrue();

        var good = await server.Server.Http.PutAsJsonAsync("/api/playbooks/light", new { text = HealingServer.Lamp("light").Replace("Set lamp", "Light lamp") });
        good.EnsureSuccessStatusCode();
        ((string?)(await server.Server.GetAsync("/api/playbooks/light"))["playbook"]!["name"]).Should().Be("Light lamp on").And.NotBe((string?)before["playbook"]!["name"]);
        ((string?)(await server.Server.GetAsync("/elsa/api/workflow-definitions/by-definition-id/playbook-light"))["name"]).Should().Be("Light lamp on");

        File.Delete(Path.Combine(server.Folder, "light.yaml"));
        await library.ScanAsync(default);
        (await server.Server.GetAsync("/api/playbooks"))["total"]!.GetValue<int>().Should().Be(0);
    }

    [Fact]
    public async Task DryRun_OfAPlaybook_ReadsResolvesAndDoesNothing()
    {
        const string need = "preconditions:\n  - { as: lamp, activity: lamp.look, input: { lamp: \"${ target.name }\" }, expression: \"lamp.state = 'off'\" }";
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", need)));
        var (status, tried) = await server.Server.PostAsync("/api/playbooks/light/dry-run", new { incident = new { kind = "dark", target = Web } });
        status.Should().Be(200, tried?.ToJsonString());
        ((bool)tried!["matches"]!).Should().BeTrue();
        ((bool)tried["preconditions"]![0]!["holds"]!).Should().BeTrue();
        ((string?)tried["plan"]!["steps"]![0]!["input"]!["lamp"]).Should().Be("web");
        var run = await server.Server.FinishAsync((string)tried["runId"]!);
        run.SubStatus.Should().Be(Homelab.Engine.Runs.RunSubStatus.Finished);
        server.Lamps.Done.Should().BeEmpty();

        var other = (await server.Server.PostAsync("/api/playbooks/light/dry-run", new { incident = new { kind = "bright", target = Web } })).Body!;
        ((string?)other["whyNotMatching"]).Should().Contain("it is for dark");
        (await server.Server.PostAsync("/api/playbooks/light/dry-run", new { })).Status.Should().Be(400);
    }

    [Fact]
    public async Task Playbook_RunByHandAsAWorkflow_PassesTheGateStepByStepAndIsTakenBackWhereItDoesNotHelp()
    {
        await using var server = await StartAsync(("light.yaml", HealingServer.Lamp("light", "on", "snapshot:\n  - { activity: lamp.save, input: { lamp: \"${ target.name }\" } }")), ("dim.yaml", HealingServer.Lamp("dim", "dim")));
        server.SayYes();
        var (status, started) = await server.Server.PostAsync("/api/workflows/playbook-light/run", new { input = new { incident = new { kind = "dark", target = Web } } });
        status.Should().BeInRange(200, 202, started?.ToJsonString());
        (await server.Server.FinishAsync((string)started!["runId"]!)).SubStatus.Should().Be(Homelab.Engine.Runs.RunSubStatus.Finished, await server.StoryAsync(""));
        server.Lamps.Done.Should().Equal("save web", "set web on");

        started = (await server.Server.PostAsync("/api/workflows/playbook-dim/run", new { input = new { incident = new { kind = "dark", target = Web } } })).Body;
        (await server.Server.FinishAsync((string)started!["runId"]!)).SubStatus.Should().Be(Homelab.Engine.Runs.RunSubStatus.Faulted);
        server.Lamps.Done.Should().Equal("save web", "set web on", "set web dim", "set web on");
    }

    private static Task<HealingServer> StartAsync(params (string File, string Text)[] playbooks) => HealingServer.StartAsync(playbooks.ToDictionary(pair => pair.File, pair => pair.Text), Sure);
}
