using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Engine.Schedules;
using Homelab.Engine.Triggers;
using Homelab.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Quartz;
using Xunit;

namespace Homelab.Tests.Engine.Schedules;

public sealed class SqliteSchedulesTests : SchedulesTests
{
    private protected override Task<string?> ConnectionStringAsync() => Task.FromResult<string?>(null);
}

public sealed class PostgresSchedulesTests : SchedulesTests
{
    private protected override async Task<string?> ConnectionStringAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    [Fact]
    public async Task Fire_TwoNodesOnOneDatabase_EachFiringStartsOneRun()
    {
        var connectionString = await ConnectionStringAsync();
        var intake = new RecordingIntake();
        await using var first = await new SchedulerNode(Directory, connectionString, intake).StartAsync();
        await using var second = await new SchedulerNode(Directory, connectionString, intake).StartAsync();

        await Task.WhenAll(
            first.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromSeconds(1))], default),
            second.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromSeconds(1))], default));
        for (var firing = 0; firing < 5; firing++)
            await intake.NextAsync();
        await (await first.SchedulerAsync()).Standby();
        await (await second.SchedulerAsync()).Standby();

        intake.Keys.Should().OnlyHaveUniqueItems("the key holds the scheduled time, so the same firing on two nodes would show twice");
        (await first.Jobs.ListAsync(0, 50, default)).Items.Should().ContainSingle(job => job.DefinitionId == "ping");
    }

    [Fact]
    public async Task Fire_OneOfTwoNodesStops_TheOtherGoesOn()
    {
        var connectionString = await ConnectionStringAsync();
        var intake = new RecordingIntake();
        await using var survivor = await new SchedulerNode(Directory, connectionString, intake).StartAsync();
        await using (var stopping = await new SchedulerNode(Directory, connectionString, intake).StartAsync())
        {
            await stopping.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromSeconds(1))], default);
            await intake.NextAsync();
        }

        var before = intake.Keys.Count;
        await intake.NextAsync();
        await intake.NextAsync();

        intake.Keys.Count.Should().BeGreaterThan(before);
        intake.Keys.Should().OnlyHaveUniqueItems();
    }
}

/// <summary>The same on both stores: a behaviour that only one has is a bug.</summary>
public abstract class SchedulesTests : IDisposable
{
    private protected string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("homelab-schedules-").FullName;

    public void Dispose()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Reconcile_PublishedTriggers_AreJobsWithTheirNextTime()
    {
        await using var node = await NodeAsync(new RecordingIntake());

        await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1)), Cron("report", "0 0 8 * * *")], default);

        var jobs = await node.Jobs.ListAsync(0, 50, default);
        jobs.TotalCount.Should().Be(2);
        jobs.Items.Should().SatisfyRespectively(
            ping =>
            {
                ping.Id.Should().Be("workflows.ping:trigger");
                ping.Schedule.Should().Be("every 01:00:00");
                ping.Next.Should().BeCloseTo(TimeProvider.System.GetUtcNow().AddHours(1), TimeSpan.FromMinutes(1));
                ping.Last.Should().BeNull();
                ping.Paused.Should().BeFalse();
            },
            report => report.Next!.Value.TimeOfDay.Should().Be(TimeSpan.FromHours(8)));
    }

    [Fact]
    public async Task Reconcile_NothingChanged_ChangesNothing()
    {
        await using var node = await NodeAsync(new RecordingIntake());
        await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1))], default);
        var next = (await node.Jobs.FindAsync("workflows.ping:trigger", default))!.Next;

        var changes = await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1))], default);

        changes.Should().Be(0);
        (await node.Jobs.FindAsync("workflows.ping:trigger", default))!.Next.Should().Be(next);
    }

    [Fact]
    public async Task Reconcile_NewVersionWithTheSameSchedule_KeepsTheNextTimeAndThePause()
    {
        await using var node = await NodeAsync(new RecordingIntake());
        await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1))], default);
        await node.Jobs.PauseAsync("workflows.ping:trigger", default);

        await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1)) with { DefinitionVersionId = "v2" }], default);
        var same = await node.Jobs.FindAsync("workflows.ping:trigger", default);
        await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(2)) with { DefinitionVersionId = "v3" }], default);
        var changed = await node.Jobs.FindAsync("workflows.ping:trigger", default);

        same!.Paused.Should().BeTrue();
        changed!.Paused.Should().BeTrue("a new schedule does not switch on what a person switched off");
        changed.Schedule.Should().Be("every 02:00:00");
    }

    [Fact]
    public async Task Reconcile_Unpublished_RemovesTheJob()
    {
        await using var node = await NodeAsync(new RecordingIntake());
        await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1))], default);

        await node.Reconciler.ReconcileAsync([], default);

        (await node.Jobs.ListAsync(0, 50, default)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task Reconcile_TimeThatHasPassedWhenPublished_IsNotScheduled()
    {
        await using var node = await NodeAsync(new RecordingIntake());

        await node.Reconciler.ReconcileAsync([Trigger("late", "Elsa.StartAt", new Schedule.At(TimeProvider.System.GetUtcNow().AddMinutes(-1)))], default);

        (await node.Jobs.ListAsync(0, 50, default)).Items.Should().BeEmpty();
    }

    [Fact]
    public async Task Restart_ScheduledJob_IsStillThere()
    {
        var connectionString = await ConnectionStringAsync();
        await using (var before = await new SchedulerNode(Directory, connectionString, new RecordingIntake()).StartAsync())
            await before.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1))], default);

        await using var after = await new SchedulerNode(Directory, connectionString, new RecordingIntake()).StartAsync();

        (await after.Jobs.ListAsync(0, 50, default)).Items.Should().ContainSingle(job => job.Schedule == "every 01:00:00");
    }

    [Fact]
    public async Task RunNow_Job_StartsItsWorkflowAndIsInTheHistory()
    {
        var intake = new RecordingIntake();
        await using var node = await NodeAsync(intake);
        await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1))], default);

        (await node.Jobs.RunNowAsync("workflows.ping:trigger", default)).Should().BeTrue();

        var request = await intake.NextAsync();
        request.DefinitionId.Should().Be("ping");
        request.TriggerActivityId.Should().Be("trigger");
        var firing = await FiringAsync(node, firing => firing.Result == "succeeded");
        firing.ByHand.Should().BeTrue();
        firing.Job.Should().Be("workflows.ping:trigger");
    }

    [Fact]
    public async Task RunNow_UnknownJob_IsFalse()
    {
        await using var node = await NodeAsync(new RecordingIntake());

        (await node.Jobs.RunNowAsync("workflows.nobody", default)).Should().BeFalse();
        (await node.Jobs.PauseAsync("nonsense", default)).Should().BeFalse();
    }

    [Fact]
    public async Task Fire_IntakeFails_IsRetriedLaterWithTheSameKey()
    {
        var intake = new RecordingIntake { Answer = call => call == 1 ? throw new InvalidOperationException("database lost") : new IntakeAnswer.Accepted(new RunId("run")) };
        await using var node = await NodeAsync(intake);
        await node.Reconciler.ReconcileAsync([Trigger("once", "Elsa.StartAt", new Schedule.At(TimeProvider.System.GetUtcNow().AddSeconds(1)))], default);

        var first = await intake.NextAsync();
        var failed = await FiringAsync(node, firing => firing.Result == "failed");
        var second = await intake.NextAsync();

        failed.Error.Should().Contain("database lost");
        failed.RetryFollows.Should().BeTrue();
        second.IdempotencyKey.Should().Be(first.IdempotencyKey, "the first attempt may have been stored all the same");
        (await FiringAsync(node, firing => firing.Result == "succeeded")).Attempt.Should().Be(1);
    }

    [Fact]
    public async Task Fire_WorkflowStillRunning_IsSkippedNotFailed()
    {
        var intake = new RecordingIntake { Answer = _ => new IntakeAnswer.AlreadyRunning("one at a time") };
        await using var node = await NodeAsync(intake);
        await node.Reconciler.ReconcileAsync([Every("ping", TimeSpan.FromHours(1))], default);

        await node.Jobs.RunNowAsync("workflows.ping:trigger", default);

        (await FiringAsync(node, _ => true)).Result.Should().Be("skipped");
        (await node.Jobs.FindAsync("workflows.ping:trigger", default))!.ConsecutiveFailures.Should().Be(0);
    }

    [Theory]
    [InlineData("interval")]
    [InlineData("cron")]
    [InlineData("at")]
    public async Task Start_FiringsMissedWhileDown_FireOnceLateAndGoOn(string kind)
    {
        var intake = new RecordingIntake();
        var hourAgo = TimeProvider.System.GetUtcNow().AddHours(-1);
        Schedule schedule = kind switch
        {
            "interval" => new Schedule.Every(TimeSpan.FromMinutes(10)),
            "cron" => new Schedule.Cron("0 */10 * * * *"),
            _ => new Schedule.At(hourAgo),
        };
        await using var node = new SchedulerNode(Directory, await ConnectionStringAsync(), intake);
        await ScheduledAnHourAgoAsync(node, schedule, hourAgo);

        await node.StartAsync();

        await intake.NextAsync();
        var job = await UntilAsync(async () => await node.Jobs.FindAsync("workflows.down:trigger", default), found => found!.Last is not null && !found.Running);
        intake.Idle.Should().BeTrue("however many were missed, one makes up for them");
        if (kind == "at")
            job!.Next.Should().BeNull();
        else
            job!.Next.Should().BeAfter(TimeProvider.System.GetUtcNow());
    }

    private protected abstract Task<string?> ConnectionStringAsync();

    private protected static ScheduledTrigger Every(string definition, TimeSpan interval) => Trigger(definition, "Elsa.Timer", new Schedule.Every(interval));

    private static ScheduledTrigger Cron(string definition, string text) => Trigger(definition, "Elsa.Cron", new Schedule.Cron(text));

    private static ScheduledTrigger Trigger(string definition, string type, Schedule schedule) => new(definition, "v1", "trigger", type, definition, schedule);

    private async Task<SchedulerNode> NodeAsync(IIntake intake) => await new SchedulerNode(Directory, await ConnectionStringAsync(), intake).StartAsync();

    /// <summary>What the store looks like after an hour without a node.</summary>
    private static async Task ScheduledAnHourAgoAsync(SchedulerNode node, Schedule schedule, DateTimeOffset hourAgo)
    {
        foreach (var hosted in node.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<SchedulesStore>())
            await hosted.StartAsync(default);
        var scheduler = await node.SchedulerAsync();
        var key = new JobKey("down:trigger", JobNames.Workflows);
        var job = JobBuilder.Create<FireWorkflow>().WithIdentity(key).StoreDurably()
            .UsingJobData(FireWorkflow.DefinitionKey, "down").UsingJobData(FireWorkflow.ActivityKey, "trigger").UsingJobData(FireWorkflow.ScheduleKey, schedule.Describe()).Build();
        await scheduler.ScheduleJob(job, [schedule.ToTrigger(JobNames.TriggerOf(key), key, new FixedTime(hourAgo))]);
    }

    private static async Task<JobFiring> FiringAsync(SchedulerNode node, Func<JobFiring, bool> match) => (await UntilAsync(
        async () => (await node.Jobs.HistoryAsync(null, false, 0, 50, default)).Items.FirstOrDefault(match), found => found is not null))!;

    private static async Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> enough)
    {
        var end = TimeProvider.System.GetUtcNow() + SchedulerNode.Limit;
        while (true)
        {
            var value = await read();
            if (enough(value))
                return value;
            if (TimeProvider.System.GetUtcNow() > end)
                throw new TimeoutException("It did not come to pass.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
