using FluentAssertions;
using Homelab.Activities;
using Microsoft.Extensions.DependencyInjection;
using System.Text.Json.Nodes;
using Xunit;

namespace Homelab.Tests.Activities.Contract;

/// <summary>What every activity that runs programs does when the program misbehaves.</summary>
public sealed class ProcessContractTests
{
    public static TheoryData<string> Ids => [.. Activities.Select(activity => activity.Id)];

    public static TheoryData<string> Effects => [.. Activities.Where(activity => activity.Effect != Effect.None).Select(activity => activity.Id)];

    private static IEnumerable<ActivityDescriptor> Activities => Tools.ByPrograms;

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_ProgramFails_SaysItsLastWordsWithoutSecrets(string id)
    {
        var (environment, runner) = Environment(id);
        using var _ = environment;
        runner.Answer = command => new(command.ToString(), 77, "", $"no {Tools.Secret} for you");
        var failure = await FailureAsync(environment, id);
        failure.Should().NotBeNull();
        failure!.ToString().Should().NotContain(Tools.Secret);
        runner.Seen.Should().NotBeEmpty();
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_GarbageOutput_DoesNotLeakOrCrash(string id)
    {
        var (environment, runner) = Environment(id);
        using var _ = environment;
        runner.Answer = command => new(command.ToString(), 0, $"\u0000}}{{ {Tools.Secret}: =\nx y\n", "");
        string text;
        try
        {
            text = (await environment.Invoker(id).ExecuteAsync(ActivityEnvironment.Json(Sample(id)), ActivityEnvironment.Context(), default))!.ToJsonString();
        }
        catch (ActivityException exception)
        {
            text = exception.ToString();
        }

        text.Should().NotContain(Tools.Secret);
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_Cancelled_PassesThrough(string id)
    {
        var (environment, runner) = Environment(id);
        using var _ = environment;
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        runner.Answer = _ => throw new OperationCanceledException(cancel.Token);
        await FluentActions.Awaiting(() => environment.Invoker(id).ExecuteAsync(ActivityEnvironment.Json(Sample(id)), ActivityEnvironment.Context(), cancel.Token))
            .Should().ThrowAsync<OperationCanceledException>();
    }

    [Theory, MemberData(nameof(Effects))]
    public async Task Execute_DryRun_RunsNothingThatChanges(string id)
    {
        var (environment, runner) = Environment(id);
        using var _ = environment;
        runner.Answer = Plausible;
        var input = Sample(id);
        await FailureAsync(environment, id, dryRun: true);
        await FluentActions.Awaiting(() => environment.TargetAsync(id, input)).Should().NotThrowAsync<DryRunStop>();
        runner.Seen.Where(command => command.Changes).Should().BeEmpty();
    }

    [Theory, MemberData(nameof(Ids))]
    public async Task Execute_UnknownConnection_NamesThoseThereAre(string id)
    {
        var (environment, runner) = Environment(id);
        using var _ = environment;
        var input = Sample(id);
        input["connection"] = "elsewhere";
        var failure = await FluentActions.Awaiting(() => environment.RunAsync(id, input)).Should().ThrowAsync<ActivityException>();
        failure.Which.Message.Should().Contain("'elsewhere'").And.Contain("default");
        runner.Seen.Should().BeEmpty();
    }

    internal static (ActivityEnvironment Environment, RecordingRunner Runner) Environment(string id)
    {
        var runner = new RecordingRunner();
        var settings = Tools.ProgramSettings(Find(id)).Select(setting => KeyValuePair.Create(setting.Key, setting.Value));
        var environment = new ActivityEnvironment(settings, services => services.AddSingleton<IProcessRunner>(runner));
        environment.Get<Secrets>().Remember(Tools.Secret);
        return (environment, runner);
    }

    internal static JsonObject Sample(string id) => Tools.Sample(Find(id));

    /// <summary>Answers that let most activities go on to what they change.</summary>
    internal static ProcessAnswer Plausible(ProcessCommand command) => new(
        command.ToString(), 0, "Id=x.service\nLoadState=loaded\nActiveState=active\nInvocationID=1\nUUID: 1\nParent UUID: 2\n12345\n", "");

    private static ActivityDescriptor Find(string id) => ActivityCatalog.All.Single(activity => activity.Id == id);

    private static async Task<ActivityException?> FailureAsync(ActivityEnvironment environment, string id, bool dryRun = false)
    {
        try
        {
            await environment.Invoker(id).ExecuteAsync(ActivityEnvironment.Json(Sample(id)), ActivityEnvironment.Context(dryRun), default);
            return null;
        }
        catch (ActivityException exception)
        {
            return exception;
        }
    }
}

/// <summary>Records what would be run and answers as told; like the real one it lets nothing that changes through in a dry run.</summary>
internal sealed class RecordingRunner : IProcessRunner
{
    private readonly List<ProcessCommand> _seen = [];

    public Func<ProcessCommand, ProcessAnswer> Answer { get; set; } = command => new(command.ToString(), 0, "", "");

    public IReadOnlyList<ProcessCommand> Seen => _seen;

    public Task<ProcessAnswer> RunAsync(ProcessCommand command, ActivityContext context, CancellationToken cancellationToken)
    {
        if (command.Changes)
            DryRunPlan.Door(context, command.ToString());
        _seen.Add(command);
        return Task.FromResult(Answer(command));
    }
}
