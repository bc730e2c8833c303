using FluentAssertions;
using Homelab.Activities;
using Xunit;

namespace Homelab.Tests.Activities.Ssh;

public sealed class SshFixture : ServerFixture
{
    public const string Sshd = "/usr/sbin/sshd";

    internal RealServer Server { get; private set; } = null!;

    protected override IEnumerable<string> Programs => [Sshd];

    internal IEnumerable<KeyValuePair<string, string?>> Settings(string name = "default") => new Dictionary<string, string?>
    {
        [$"Activities:Ssh:{name}:Host"] = "127.0.0.1",
        [$"Activities:Ssh:{name}:Port"] = $"{Server.Port}",
        [$"Activities:Ssh:{name}:User"] = "labops",
        [$"Activities:Ssh:{name}:KeyFile"] = Path.Combine(Server.Data, "id_ed25519"),
        [$"Activities:Ssh:{name}:KnownHostsFile"] = Path.Combine(Server.Data, "known_hosts"),
    };

    protected override async Task StartAsync() => Server = await StartAsync("sshd");
}

[Trait("Category", "Servers")]
public sealed class SshTests(SshFixture fixture) : IClassFixture<SshFixture>, IDisposable
{
    private ActivityEnvironment? _environment;

    private ActivityEnvironment Environment => _environment ??= new(fixture.Settings());

    public void Dispose() => _environment?.Dispose();

    [ServerTheory(SshFixture.Sshd)]
    [InlineData("x; reboot")]
    [InlineData("$(id)")]
    [InlineData("`id`")]
    [InlineData("../../etc")]
    [InlineData("it's \"quoted\" \\ & | > * ~ !")]
    [InlineData("a\nb\tc")]
    [InlineData("ünï ✓")]
    [InlineData("")]
    [InlineData("-rf")]
    public async Task RunCommand_HostileArgument_ArrivesAsItIs(string argument)
    {
        var output = await Environment.RunAsync("ssh.run_command", new { command = new[] { "printf", "<%s>", "--", argument } });
        output["standardOutput"]!.GetValue<string>().Should().Be($"<--><{argument}>");
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task RunCommand_ShellAskedFor_InterpretsTheScriptOnly()
    {
        var output = await Environment.RunAsync("ssh.run_command", new { command = new[] { "echo $((1+2)) \"$0\"", "$(id)" }, shell = true });
        output["standardOutput"]!.GetValue<string>().Should().Be("3 $(id)\n");
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task RunCommand_Fails_IsAFailureOrAnAnswer()
    {
        var run = () => Environment.RunAsync("ssh.run_command", new { command = new[] { "ls", "/no/such" } });
        (await run.Should().ThrowAsync<ActivityException>()).Which.Message.Should().Contain("/no/such").And.NotContain("homelab-pid");
        var output = await Environment.RunAsync("ssh.run_command", new { command = new[] { "ls", "/no/such" }, allowFailure = true });
        output["exitCode"]!.GetValue<int>().Should().Be(2);
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task RunCommand_DoesNotEndInTime_EndsTheRemoteProcess()
    {
        var mark = $"6{Random.Shared.Next(100000, 999999)}";
        var run = () => Environment.RunAsync("ssh.run_command", new { command = new[] { "sleep", mark }, timeoutSeconds = 1 });
        (await run.Should().ThrowAsync<ActivityException>()).Which.Kind.Should().Be(FailureKind.Timeout);
        (await SleepersAsync(mark)).Should().Be(0);
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task RunCommand_Cancelled_EndsTheRemoteProcess()
    {
        var mark = $"7{Random.Shared.Next(100000, 999999)}";
        using var cancel = new CancellationTokenSource();
        var running = Environment.RunAsync("ssh.run_command", new { command = new[] { "sleep", mark }, timeoutSeconds = 600 }, cancellationToken: cancel.Token);
        await UntilAsync(async () => await SleepersAsync(mark) > 0);
        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => running).Should().ThrowAsync<OperationCanceledException>();
        await UntilAsync(async () => await SleepersAsync(mark) == 0);
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task RunCommand_UnknownHostKey_IsRefusedForGood()
    {
        var known = Path.Combine(fixture.Server.Data, "known_nobody");
        await File.WriteAllTextAsync(known, "");
        using var environment = new ActivityEnvironment(fixture.Settings().Select(setting =>
            setting.Key.EndsWith("KnownHostsFile", StringComparison.Ordinal) ? KeyValuePair.Create(setting.Key, (string?)known) : setting));
        var failure = (await FluentActions.Awaiting(() => environment.RunAsync("ssh.run_command", new { command = new[] { "id" } })).Should().ThrowAsync<ActivityException>()).Which;
        (failure.Retryable, failure.Kind).Should().Be((false, FailureKind.Connect), failure.Message);
        (await File.ReadAllTextAsync(known)).Should().BeEmpty("no key is ever added by itself");
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task RunCommand_DryRun_RunsNothing()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var output = await Environment.RunAsync("ssh.run_command", new { command = new[] { "touch", file } }, dryRun: true);
        output["planned"]![0]!.GetValue<string>().Should().Be($"default: touch {file}");
        File.Exists(file).Should().BeFalse();
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task UploadFile_OverAnotherAndUndone_RestoresIt()
    {
        var folder = Directory.CreateTempSubdirectory("hl-up-").FullName;
        await RealServer.RunAsync("chown", "labops", folder);
        await RealServer.RunAsync("chmod", "755", folder);
        var path = Path.Combine(folder, "a file; $(id)");
        var first = new { path, content = "first\n" };
        var made = await Environment.RunAsync("ssh.upload_file", first);
        (await File.ReadAllTextAsync(path)).Should().Be("first\n");
        await RealServer.RunAsync("chmod", "640", path);

        var second = new { path, content = "zweite Fassung: ä\n" };
        (await Environment.ProbeAsync("ssh.upload_file", second)).Should().Be(Probe.DidNotHappen);
        // Another step: its key differs, so its backup does.
        var context = ActivityEnvironment.Context() with { IdempotencyKey = "run/step:2" };
        var replaced = (await Environment.Invoker("ssh.upload_file").ExecuteAsync(ActivityEnvironment.Json(second), context, default))!.AsObject();
        (await File.ReadAllTextAsync(path)).Should().Be("zweite Fassung: ä\n");
        (await RealServer.RunAsync("stat", "-c", "%a", path)).Trim().Should().Be("640");
        (await Environment.ProbeAsync("ssh.upload_file", second)).Should().Be(Probe.Happened);

        await Environment.UndoAsync("ssh.upload_file", second, replaced);
        (await File.ReadAllTextAsync(path)).Should().Be("first\n");
        await Environment.UndoAsync("ssh.upload_file", first, made);
        File.Exists(path).Should().BeFalse();
        Directory.Delete(folder, recursive: true);
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task DownloadFile_TextAndBinary_AreRead()
    {
        var text = await Environment.RunAsync("ssh.download_file", new { path = "/etc/passwd" });
        text["text"]!.GetValue<string>().Should().Be(await File.ReadAllTextAsync("/etc/passwd"));
        var binary = await Environment.RunAsync("ssh.download_file", new { path = "/bin/true" });
        Convert.FromBase64String(binary["base64"]!.GetValue<string>()).Should().Equal(await File.ReadAllBytesAsync("/bin/true"));
    }

    [ServerFact(SshFixture.Sshd)]
    public async Task Connection_Tested_AnswersVersionAndProblem()
    {
        using var environment = new ActivityEnvironment(fixture.Settings().Concat(
            fixture.Settings("gone").Select(setting => setting.Key.EndsWith("Port", StringComparison.Ordinal) ? KeyValuePair.Create(setting.Key, (string?)"1") : setting)));
        var test = environment.Connections.Single(connection => connection.Tool == "Ssh");
        test.Names.Should().Equal("default", "gone");
        (await test.TestAsync("default", default)).Should().Match<ConnectionReport>(report => report.Reachable && report.Version!.StartsWith("Linux") && report.Problem == null);
        (await test.TestAsync("gone", default)).Should().Match<ConnectionReport>(report => !report.Reachable && report.Problem!.Contains("refused"));
    }

    private static async Task<int> SleepersAsync(string mark) =>
        (await RealServer.RunAsync("ps", "-eo", "args")).Split('\n').Count(line => line.Trim() == $"sleep {mark}");

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, limit.Token);
    }
}
