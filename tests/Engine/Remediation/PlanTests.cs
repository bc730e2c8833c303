using System.Net.Http.Json;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Runs;
using Xunit;

namespace Homelab.Tests.Engine.Remediation;

/// <summary>Plans of several steps, carried out by the whole product: saved first, verified after, taken back when it did not help.</summary>
public sealed class PlanTests
{
    private const string Prefer = """{ "autonomy": "moderate", "cooldown": "0s", "actionsPerTarget": 100, "actionsPerCause": 100, "actionsPerDay": 100 }""";

    [Fact]
    public async Task Plan_Proven_IsSavedDoneVerifiedAndReported()
    {
        await using var server = await ProvenAsync();
        var (status, answer) = await server.PostAsync("/api/plans", Plan());
        status.Should().Be(202, answer?.ToJsonString());
        (await server.FinishAsync((string)answer!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
        server.Lamps.Done.Should().Equal("save web", "set web on", "set desk on");
        var changes = await server.ChangesAsync();
        changes.Select(change => (string?)change["result"]).Should().Equal("succeeded", "succeeded", "succeeded");
        changes.Select(change => (string?)change["decisionId"]).Distinct().Should().ContainSingle("the plan was decided as a whole");
        (await server.CountAsync($"SELECT COUNT(*) FROM authorizations WHERE plan_hash = '{answer["planHash"]}'")).Should().Be(3);
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE kind = 'after' AND text LIKE '%it helped%'")).Should().Be(1);
        (await server.GetAsync($"/elsa/api/workflow-definitions/by-definition-id/{answer["planId"]}"))["root"].Should().NotBeNull("Studio shows it like any other");
        (await server.Http.GetStringAsync("/metrics")).Should().MatchRegex("homelab_decisions_total\\{action=\"lamp.set\",risk=\"\\w+\",verdict=\"(execute|tellFirst)\"\\} 1\n")
            .And.Contain("homelab_decision_confidence_count{").And.MatchRegex("homelab_changes_total\\{result=\"succeeded\"\\} [3-9]");
    }

    [Fact]
    public async Task Plan_SentTwice_RunsTwiceButNotForOneKey()
    {
        await using var server = await ProvenAsync();
        server.Http.DefaultRequestHeaders.Add("Idempotency-Key", "k1");
        var first = (await server.PostAsync("/api/plans", Plan())).Body!;
        ((string?)(await server.PostAsync("/api/plans", Plan())).Body!["runId"]).Should().Be((string?)first["runId"]);
        await server.FinishAsync((string)first["runId"]!);
        server.Http.DefaultRequestHeaders.Remove("Idempotency-Key");
        var second = (await server.PostAsync("/api/plans", Plan())).Body!;
        ((string?)second["planId"]).Should().Be((string?)first["planId"]);
        (await server.FinishAsync((string)second["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
        server.Lamps.Done.Should().HaveCount(6);
    }

    [Fact]
    public async Task Plan_SnapshotFails_NothingIsDoneAndPeopleAreTold()
    {
        await using var server = await ProvenAsync();
        server.Lamps.Failure = what => what == "save web" ? new ActivityException("The disk is full.", retryable: false) : null;
        await FaultedAsync(server, Plan());
        server.Lamps.Done.Should().BeEmpty();
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE kind = 'alert' AND text LIKE '%nothing was done%' AND text LIKE '%disk is full%'")).Should().Be(1);
    }

    [Theory]
    [InlineData("off")]
    [InlineData(null)]
    public async Task Plan_NotVerifiedOrInconclusive_IsRolledBackByWhatTheStepsRecorded(string? seen)
    {
        await using var server = await ProvenAsync();
        server.Lamps.Seen = _ => seen;
        await FaultedAsync(server, Plan());
        server.Lamps.Done.Should().Equal("save web", "set web on", "set desk on", "set desk off", "set web off");
        var changes = await server.ChangesAsync();
        changes.Where(change => (string?)change["result"] == "rolledBack").Should().HaveCount(2);
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE kind = 'alert' AND text LIKE '%was taken back%'")).Should().Be(1);
        (await server.CountAsync($"SELECT COUNT(*) FROM notices WHERE text LIKE '%{(seen is null ? "inconclusive" : "not so yet")}%'")).Should().Be(1);
    }

    [Fact]
    public async Task Plan_VerifiedLate_IsWaitedForUntilItsTime()
    {
        await using var server = await ProvenAsync();
        var looks = 0;
        server.Lamps.Seen = _ => ++looks switch { 1 => "off", 2 => null, _ => "on" };
        var (_, answer) = await server.PostAsync("/api/plans", Plan(within: 30));
        (await server.FinishAsync((string)answer!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
        looks.Should().Be(3);
        server.Lamps.Done.Should().HaveCount(3);
    }

    [Fact]
    public async Task Plan_WithItsOwnWayBack_GoesItUnderTheSameDecision()
    {
        await using var server = await ProvenAsync();
        server.Lamps.Seen = _ => "off";
        await FaultedAsync(server, Plan(rollback: [new { activity = "lamp.set", input = new { lamp = "web", state = "safe" } }]));
        server.Lamps.Done.Should().Equal("save web", "set web on", "set desk on", "set web safe");
        (await server.ChangesAsync()).Select(change => (string?)change["decisionId"]).Distinct().Should().ContainSingle();
    }

    [Fact]
    public async Task Plan_StepFails_WhatWasDoneIsTakenBackAndTheRestIsNotDone()
    {
        await using var server = await ProvenAsync();
        server.Lamps.Failure = what => what == "set desk on" ? new ActivityException("The bulb broke.", retryable: false) : null;
        await FaultedAsync(server, Plan());
        server.Lamps.Done.Should().Equal("save web", "set web on", "set web off");
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE text LIKE '%The bulb broke.%'")).Should().Be(1);
    }

    [Fact]
    public async Task Plan_RollbackFails_IsSaidAsCritical()
    {
        await using var server = await ProvenAsync();
        server.Lamps.Seen = _ => "off";
        server.Lamps.Failure = what => what == "set desk off" ? new ActivityException("Stuck.", retryable: false) : null;
        await FaultedAsync(server, Plan());
        (await server.CountAsync("SELECT COUNT(*) FROM notices WHERE severity = 'critical' AND text LIKE '%could not be taken back%'")).Should().Be(1);
        (await server.ChangesAsync()).Where(change => (string?)change["result"] == "notVerified").Should().HaveCount(2);
    }

    [Fact]
    public async Task Plan_StoppedInTheMiddle_DoesNothingMore()
    {
        await using var server = await ProvenAsync();
        server.Lamps.Inside = async (what, _) =>
        {
            if (what == "set web on")
                await server.PostAsync("/api/controls/pause", new { reason = "test" });
        };
        await FaultedAsync(server, Plan());
        server.Lamps.Done.Should().Equal("save web", "set web on");
    }

    /// <summary>The same proven plan: at once where it cannot wait, by a person's word where it can and no window is open.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Plan_ThatCanWait_IsAskedOutsideOfTheWindow(bool canWait)
    {
        var otherDay = TimeProvider.System.GetUtcNow().AddDays(3).DayOfWeek;
        await using var server = await LampServer.StartAsync(preferences: Prefer.Replace("{ ", $$"""{ "maintenanceWindows": ["{{otherDay}} 02:00-05:00"], """));
        await server.ProveAsync("dark", "lamp.set", "lamp.save");
        var (_, answer) = await server.PostAsync("/api/plans", Plan(canWait: canWait));
        if (canWait)
        {
            var asked = await server.AskedAsync();
            asked.ToJsonString().Should().Contain("maintenance window");
            server.Lamps.Done.Should().BeEmpty();
            await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true });
        }

        (await server.FinishAsync((string)answer!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
        server.Lamps.Done.Should().HaveCount(3);
        (await server.GetAsync("/api/approvals"))["total"]!.GetValue<int>().Should().Be(canWait ? 1 : 0);
    }

    [Fact]
    public async Task Plan_Unproven_IsAskedOnceForAllItsSteps()
    {
        await using var server = await LampServer.StartAsync(preferences: Prefer);
        var (_, answer) = await server.PostAsync("/api/plans", Plan());
        var asked = await server.AskedAsync();
        asked["plan"]!["steps"]!.AsArray().Should().HaveCount(3);
        var (changed, problem) = await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true, changes = new { lamp = "other" } });
        changed.Should().Be(400);
        problem!.ToJsonString().Should().Contain("several steps");
        server.Lamps.Done.Should().BeEmpty();
        await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true });
        (await server.FinishAsync((string)answer!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
        server.Lamps.Done.Should().HaveCount(3);
        (await server.GetAsync("/api/approvals"))["items"]!.AsArray().Should().ContainSingle();
        (await server.ChangesAsync()).Select(change => (string?)change["decidedBy"]).Distinct().Should().Equal("admin");
        (await server.Http.GetStringAsync("/metrics")).Should().Contain("homelab_approvals_total{state=\"approved\"} 1");
    }

    /// <summary>The yes to a plan is a yes to its way back, at whatever level: nobody has to be awake for it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Plan_ApprovedAndDidNotHelp_IsTakenBackWithoutASecondAnswer(bool breakerOpens)
    {
        await using var server = await LampServer.StartAsync(preferences: Prefer.Replace("moderate", "conservative").Replace("{ \"autonomy", $$$"""{ "circuitBreaker": { "failures": {{{(breakerOpens ? 1 : 9)}}} }, "autonomy"""));
        server.Lamps.Seen = _ => "off";
        if (breakerOpens)
            server.Lamps.Failure = what => what == "set desk on" ? new ActivityException("The bulb broke.", retryable: false) : null;
        var (_, answer) = await server.PostAsync("/api/plans", Plan());
        await server.PostAsync($"/api/approvals/{(await server.AskedAsync())["id"]}/answer", new { approve = true });
        (await server.FinishAsync((string)answer!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Faulted);
        server.Lamps.Done.Should().EndWith("set web off");
        (await server.GetAsync("/api/approvals"))["total"]!.GetValue<int>().Should().Be(1);
        (await server.ChangesAsync()).Select(change => (string?)change["decidedBy"]).Distinct().Should().Equal("admin");
        ((bool?)(await server.GetAsync("/api/audit/verify"))["intact"]).Should().BeTrue();
    }

    [Fact]
    public async Task Plan_WayBackIsRiskierThanWhatWasApproved_IsAsked()
    {
        await using var server = await LampServer.StartAsync(preferences: Prefer);
        server.Lamps.Seen = _ => "off";
        server.Lamps.Inside = async (what, token) =>
        {
            if (what == "set desk on")
                (await server.Http.PutAsJsonAsync("/api/preferences", System.Text.Json.Nodes.JsonNode.Parse(Prefer.Replace("{ ", """{ "criticalServices": ["desk"], """)), token)).EnsureSuccessStatusCode();
        };
        var (_, answer) = await server.PostAsync("/api/plans", Plan());
        var asked = await server.AskedAsync();
        await server.PostAsync($"/api/approvals/{asked["id"]}/answer", new { approve = true });
        var again = await server.AskedAsync(not: (string)asked["id"]!);
        ((string?)again["target"]).Should().Be("desk");
        server.Lamps.Done.Should().Equal("save web", "set web on", "set desk on");
        await server.PostAsync($"/api/approvals/{again["id"]}/answer", new { approve = true });
        await server.FinishAsync((string)answer!["runId"]!);
        server.Lamps.Done.Should().EndWith(["set desk off", "set web off"]);
    }

    [Fact]
    public async Task Plan_SomebodyElseStartsItsUndo_IsAsked()
    {
        await using var server = await LampServer.StartAsync(preferences: Prefer.Replace("moderate", "conservative"));
        var (_, answer) = await server.PostAsync("/api/plans", Plan(within: 5));
        await server.PostAsync($"/api/approvals/{(await server.AskedAsync())["id"]}/answer", new { approve = true });
        (await server.FinishAsync((string)answer!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Finished);
        var (_, key) = await server.PostAsync("/api/api-keys", new { name = "plan", role = "operator", scopes = Array.Empty<string>() });
        using var machine = new HttpClient { BaseAddress = server.Http.BaseAddress };
        machine.DefaultRequestHeaders.Add("X-Api-Key", (string)key!["key"]!);
        (await machine.PostAsJsonAsync("/api/changes/undo-last", new { })).EnsureSuccessStatusCode();
        (await server.AskedAsync())["action"]!.ToString().Should().Be("lamp.set");
        server.Lamps.Done.Should().HaveCount(3, "a key that is called like the engine's own word has no say");
    }

    [Fact]
    public async Task Plan_Denied_DoesNothing()
    {
        await using var server = await LampServer.StartAsync(preferences: Prefer);
        var (_, answer) = await server.PostAsync("/api/plans", Plan());
        await server.PostAsync($"/api/approvals/{(await server.AskedAsync())["id"]}/answer", new { approve = false, note = "not now" });
        (await server.FinishAsync((string)answer!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Faulted);
        server.Lamps.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Plan_WithARiskyStep_IsAskedAsAWhole()
    {
        await using var server = await ProvenAsync();
        await server.PostAsync("/api/plans", Plan(further: new { activity = "lamp.break", input = new { lamp = "web" } }));
        ((string?)(await server.AskedAsync())["risk"]).Should().Be("high");
        server.Lamps.Done.Should().BeEmpty();
    }

    [Fact]
    public async Task Plan_DryRun_DoesNothingAndEnds()
    {
        await using var server = await LampServer.StartAsync(preferences: Prefer);
        var (status, answer) = await server.PostAsync("/api/plans?dryRun=true", Plan());
        status.Should().Be(202);
        var state = await server.FinishAsync((string)answer!["runId"]!);
        (state.SubStatus, state.DryRun).Should().Be((RunSubStatus.Finished, true));
        server.Lamps.Done.Should().BeEmpty();
        (await server.ChangesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Plan_Bad_EveryProblemIsNamedAndNothingStarts()
    {
        await using var server = await LampServer.StartAsync();
        var (status, problem) = await server.PostAsync("/api/plans", new
        {
            title = "x",
            steps = new object[]
            {
                new { activity = "lamp.bogus" }, new { activity = "lamp.set", input = new { state = "on" } }, new { activity = "lamp.look", input = new { lamp = "a" } },
                new { activity = "lamp.set", input = new { lamp = "nowhere", state = "on" } }, new { activity = "lamp.set", input = new { lamp = "a", state = "on", token = "clear-text" } },
                new { activity = "remediation.report", input = new { } },
            },
            verify = new { activity = "lamp.set", input = new { lamp = "a", state = "on" }, expression = "state =", everySeconds = 0, withinSeconds = 0 },
        });
        status.Should().Be(400);
        problem!["errors"]!.AsArray().Select(error => (string)error!["path"]!).Should().BeEquivalentTo(
            "steps[0].activity", "steps[1].input.lamp", "steps[2].activity", "steps[3]", "steps[4].input.token", "steps[5].activity", "verify.activity", "verify.expression", "verify.everySeconds", "verify.withinSeconds");
        problem.ToJsonString().Should().NotContain("clear-text");
        (await server.PostAsync("/api/plans", new { title = "x", steps = Array.Empty<object>() })).Status.Should().Be(400);
        (await server.PostAsync("/api/plans", new { title = "x", steps = new[] { new { activity = "lamp.set", input = new { lamp = "a", state = "on" } } } })).Body!.ToJsonString().Should().Contain("how its success is seen");
        (await server.PostAsync("/api/plans", new { })).Status.Should().Be(400);
        (await server.GetAsync("/api/runs"))["total"]!.GetValue<int>().Should().Be(0);
    }

    private static object Plan(double within = 2, object[]? rollback = null, object? further = null, bool canWait = false) => new
    {
        title = "Light the lamps",
        incident = "dark",
        snapshot = new[] { new { activity = "lamp.save", input = new { lamp = "web" } } },
        steps = (object[])[
            new { activity = "lamp.set", input = new { lamp = "web", state = "on" } }, new { activity = "lamp.set", input = new { lamp = "desk", state = "on" } },
            .. further is null ? (object[])[] : [further]],
        verify = new { activity = "lamp.look", input = new { lamp = "desk" }, expression = "state = 'on'", everySeconds = 0.1, withinSeconds = within },
        rollback = rollback ?? [],
        canWait,
    };

    private static async Task<LampServer> ProvenAsync()
    {
        var server = await LampServer.StartAsync(preferences: Prefer);
        await server.ProveAsync("dark", "lamp.set", "lamp.save", "lamp.break");
        await server.ProveAsync("undo lamp.set", "lamp.set");
        return server;
    }

    private static async Task FaultedAsync(LampServer server, object plan)
    {
        var (status, answer) = await server.PostAsync("/api/plans", plan);
        status.Should().Be(202, answer?.ToJsonString());
        (await server.FinishAsync((string)answer!["runId"]!)).SubStatus.Should().Be(RunSubStatus.Faulted);
    }
}
