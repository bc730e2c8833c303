using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Connections;

public sealed class ProcessRunnerTests
{
    private readonly ProcessRunner _runner = new(new Secrets(new NoSecrets()));

    [Theory]
    [InlineData("x; reboot")]
    [InlineData("$(id)")]
    [InlineData("`id`")]
    [InlineData("a\nb")]
    [InlineData("ünï \"quoted\" 'text' \\")]
    public async Task Run_HostileArgument_ArrivesAsItIs(string argument)
    {
        var answer = await RunAsync(new("printf", "%s", argument));
        answer.Output.Should().Be(argument);
    }

    [Fact]
    public async Task Run_Fails_AnswersCodeAndLastWords()
    {
        var answer = await RunAsync(new("sh", "-c", "echo out; echo err >&2; exit 3"));
        (answer.ExitCode, answer.Output, answer.Error).Should().Be((3, "out\n", "err\n"));
        answer.Invoking(failed => failed.Expect()).Should().Throw<ActivityException>().Which.Message.Should().Contain("3").And.Contain("err");
    }

    [Fact]
    public async Task Run_InputNobodyReads_IsNoFailure() =>
        (await RunAsync(new("true") { Input = new string('x', 1 << 20) })).ExitCode.Should().Be(0);

    [Fact]
    public async Task Run_TooMuchOutput_EndsTheTree()
    {
        var run = () => RunAsync(new("sh", "-c", "yes & yes; wait") { LargestOutputBytes = 100_000 });
        (await run.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => failure.Message.Contains("100000") && !failure.Retryable);
    }

    [Fact]
    public async Task Run_Cancelled_EndsTheWholeTree()
    {
        using var cancel = new CancellationTokenSource();
        var pid = new TaskCompletionSource<int>();
        var running = _runner.RunAsync(
            new("sh", "-c", "sleep 600 & echo $! >&2; wait") { OnErrorLine = line => !pid.TrySetResult(int.Parse(line, System.Globalization.CultureInfo.InvariantCulture)) },
            ActivityEnvironment.Context(), cancel.Token);
        var child = await pid.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        // Killed is not gone yet: the kernel takes its time on a busy machine.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (IsRunning(child))
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
    }

    [Fact]
    public async Task Run_DoesNotEndInTime_IsEndedAndRetryable()
    {
        var run = () => RunAsync(new("sleep", "600") { Timeout = TimeSpan.FromMilliseconds(100) });
        (await run.Should().ThrowAsync<ActivityException>()).Which.Should().Match<ActivityException>(failure => failure.Kind == FailureKind.Timeout && failure.Retryable);
    }

    [Fact]
    public async Task Run_NoSuchProgram_SaysSo() =>
        (await FluentActions.Awaiting(() => RunAsync(new("no-such-program"))).Should().ThrowAsync<ActivityException>())
            .Which.Message.Should().Contain("no-such-program").And.Contain("installed");

    [Fact]
    public async Task Run_ChangeInADryRun_DoesNotStart()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var context = ActivityEnvironment.Context(dryRun: true);
        await FluentActions.Awaiting(() => _runner.RunAsync(new("touch", file), context, default)).Should().ThrowAsync<Exception>();
        File.Exists(file).Should().BeFalse();
        context.Plan.Held.Should().Equal($"touch {file}");
    }

    private Task<ProcessAnswer> RunAsync(ProcessCommand command) => _runner.RunAsync(command, ActivityEnvironment.Context(), default);

    private static bool IsRunning(int pid)
    {
        // A zombie that nobody has reaped yet does nothing any more.
        var status = $"/proc/{pid}/status";
        try
        {
            return !File.ReadAllText(status).Contains("State:\tZ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
