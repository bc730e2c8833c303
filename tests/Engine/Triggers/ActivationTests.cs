using System.Net;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Homelab.Engine.Triggers;
using Homelab.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Triggers;

public sealed class SqliteActivationTests : ActivationTests
{
    private protected override Task<(string, string)[]> StoreAsync() => Task.FromResult<(string, string)[]>([]);
}

public sealed class PostgresActivationTests : ActivationTests
{
    private protected override async Task<(string, string)[]> StoreAsync() => [("Storage:ConnectionString", await (await PostgresServer.SharedAsync()).CreateDatabaseAsync())];

    [Fact]
    public async Task Start_SingletonOnTwoNodesAtOnce_OneRun()
    {
        var store = await StoreAsync();
        await using var first = await TestServer.StartAsync(store);
        await using var second = await TestServer.StartAsync(store);
        await first.PublishAsync(Waiting("one", "SingletonStrategy", EventTrigger("unused")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(number => StartAsync(number % 2 == 0 ? first : second, "one")));

        answers.OfType<IntakeAnswer.Accepted>().Should().ContainSingle();
        answers.OfType<IntakeAnswer.AlreadyRunning>().Should().HaveCount(11);
    }

    [Fact]
    public async Task Start_ManyKeysInOppositeOrdersOnTwoNodes_OneRunOfEachAndNobodyIsTurnedAway()
    {
        var store = await StoreAsync();
        await using var first = await TestServer.StartAsync(store);
        await using var second = await TestServer.StartAsync(store);
        await first.PublishAsync(Waiting("crossed", "CorrelatedSingletonStrategy", EventTrigger("unused")));
        string[] keys = [.. Enumerable.Range(0, 60).Select(number => $"disk-{number}")];

        // A transaction holds many starts: taken in opposite orders, they wait for each other in a circle.
        var answers = await Task.WhenAll(keys.SelectMany(key => new[] { (first, key) }).Concat(keys.Reverse().Select(key => (second, key))).OrderBy(start => start.Item1 == first ? Array.IndexOf(keys, start.key) : 59 - Array.IndexOf(keys, start.key))
            .Select(start => Task.Run(() => StartAsync(start.Item1, "crossed", start.key))));

        answers.OfType<IntakeAnswer.Accepted>().Should().HaveCount(60);
        answers.OfType<IntakeAnswer.AlreadyRunning>().Should().HaveCount(60);
    }
}

/// <summary>Elsa's activation strategies, at every door.</summary>
public abstract class ActivationTests
{
    private protected abstract Task<(string Name, string Value)[]> StoreAsync();

    [Fact]
    public async Task Start_SingletonTenTimesAtOnce_OneRunUntilItIsOver()
    {
        await using var server = await TestServer.StartAsync(await StoreAsync());
        await server.PublishAsync(Waiting("one", "SingletonStrategy", EventTrigger("unused")));

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => StartAsync(server, "one")));
        var run = answers.OfType<IntakeAnswer.Accepted>().Should().ContainSingle().Which.Run;
        answers.OfType<IntakeAnswer.AlreadyRunning>().Should().HaveCount(9).And.AllSatisfy(refused => refused.Reason.Should().Contain("'one'").And.Contain("Singleton"));

        await SuspendedAsync(server, run);
        (await StartAsync(server, "one")).Should().BeOfType<IntakeAnswer.AlreadyRunning>();
        await Runs(server).PublishEventAsync("go on", null, null, default);
        await Runs(server).WaitForFinishAsync(run, default).WaitAsync(TimeSpan.FromSeconds(30));
        (await StartAsync(server, "one")).Should().BeOfType<IntakeAnswer.Accepted>();
    }

    [Fact]
    public async Task Start_SingletonWithTheSameKey_IsTheSameRunNotARefusal()
    {
        await using var server = await TestServer.StartAsync(await StoreAsync());
        await server.PublishAsync(Waiting("keyed", "SingletonStrategy", EventTrigger("unused")));

        var first = await StartAsync(server, "keyed", key: "k");
        var again = await StartAsync(server, "keyed", key: "k");

        again.Should().Be(first).And.BeOfType<IntakeAnswer.Accepted>();
    }

    [Fact]
    public async Task PublishEvent_TriggersASingletonManyTimesAtOnce_OneRun()
    {
        await using var server = await TestServer.StartAsync(await StoreAsync());
        await server.PublishAsync(Waiting("rung", "SingletonStrategy", EventTrigger("ring")));
        await server.PublishAsync(Waiting("always", "AllowAlwaysStrategy", EventTrigger("ring")));

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Runs(server).PublishEventAsync("ring", null, null, default)));

        await UntilAsync(async () => (await RunsOfAsync(server, "always")).Count == 6);
        (await RunsOfAsync(server, "rung")).Should().ContainSingle("the six are shared out with the others in the same transactions");
    }

    [Fact]
    public async Task Post_WebhookOfASingletonThatRuns_Is409AndNothingIsAccepted()
    {
        await using var server = await TestServer.StartAsync(await StoreAsync());
        await server.PublishAsync(Singleton(TestServer.Webhook("hook", "hook", ["POST"], null, WaitActivity)));
        await server.PublishAsync(Singleton(TestServer.Webhook("hook2", "hook2", ["POST"], null, TestServer.Respond("'first'").Replace("\"respond\"", "\"r\"", StringComparison.Ordinal), WaitActivity)));

        foreach (var (path, status) in ((string, HttpStatusCode)[])[("hook", HttpStatusCode.Accepted), ("hook2", HttpStatusCode.OK)])
        {
            (await server.Http.PostAsync($"/workflows/{path}", null)).StatusCode.Should().Be(status);
            (await server.Http.PostAsync($"/workflows/{path}", null)).StatusCode.Should().Be(HttpStatusCode.Conflict);
            (await RunsOfAsync(server, path)).Should().HaveCountLessThanOrEqualTo(1);
        }
    }

    [Theory]
    [InlineData("CorrelationStrategy", false)]
    [InlineData("CorrelatedSingletonStrategy", true)]
    public async Task Start_ByCorrelation_OneRunOfEachCorrelation(string strategy, bool otherWorkflowMayRun)
    {
        await using var server = await TestServer.StartAsync(await StoreAsync());
        await server.PublishAsync(Waiting("a", strategy, EventTrigger("unused")));
        await server.PublishAsync(Waiting("b", strategy, EventTrigger("unused")));

        (await StartAsync(server, "a", "disk-1")).Should().BeOfType<IntakeAnswer.Accepted>();
        (await StartAsync(server, "a", "disk-1")).Should().BeOfType<IntakeAnswer.AlreadyRunning>();
        (await StartAsync(server, "a", "disk-2")).Should().BeOfType<IntakeAnswer.Accepted>();
        (await StartAsync(server, "a")).Should().BeOfType<IntakeAnswer.Accepted>("no correlation is bound by no rule about correlations");
        ((await StartAsync(server, "b", "disk-1")) is IntakeAnswer.Accepted).Should().Be(otherWorkflowMayRun);
    }

    private const string WaitActivity = """{"id":"wait","type":"Elsa.Event","version":1,"eventName":{"typeName":"String","expression":{"type":"Literal","value":"go on"}}}""";

    private protected static string EventTrigger(string name) =>
        $$$"""{"id":"in","type":"Elsa.Event","version":1,"customProperties":{"canStartWorkflow":true},"eventName":{"typeName":"String","expression":{"type":"Literal","value":"{{{name}}}"} } }""";

    private protected static string Waiting(string id, string strategy, string trigger) => $$$"""
        {"id":"{{{id}}}-v1","definitionId":"{{{id}}}","name":"{{{id}}}","version":1,"isLatest":true,"isPublished":true,
         "options":{"activationStrategyType":"Elsa.Workflows.ActivationValidators.{{{strategy}}}, Elsa.Workflows.Core"},
         "root":{"id":"flow","type":"Elsa.Flowchart","version":1,"start":"in","activities":[{{{trigger}}},{{{WaitActivity}}}],
          "connections":[{"source":{"activity":"in","port":"Done"},"target":{"activity":"wait","port":"In"}}]}}
        """;

    private static string Singleton(string definition) =>
        definition.Replace("\"isPublished\":true,", "\"isPublished\":true,\"options\":{\"activationStrategyType\":\"Elsa.Workflows.ActivationValidators.SingletonStrategy, Elsa.Workflows.Core\"},", StringComparison.Ordinal);

    private protected static Task<IntakeAnswer> StartAsync(TestServer server, string definition, string? correlation = null, string? key = null) =>
        server.Services.GetRequiredService<IIntake>().StartAsync(new StartRequest { DefinitionId = definition, TriggerActivityId = "in", CorrelationId = correlation, IdempotencyKey = key }, default);

    private static Homelab.Engine.Dispatch.Runs Runs(TestServer server) => server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();

    private static async Task<IReadOnlyList<RunSummary>> RunsOfAsync(TestServer server, string definition) =>
        (await Runs(server).ListAsync(new RunFilter { DefinitionIds = [definition] }, RunOrder.Created, true, 0, 100, default)).Items;

    private static Task SuspendedAsync(TestServer server, RunId run) => UntilAsync(async () => (await Runs(server).FindAsync(run, default))?.SubStatus == RunSubStatus.Suspended);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
    }
}
